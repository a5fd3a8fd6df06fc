"""Awful lists whose cells are hard to read: numbers, dates, phones, e-mail addresses, people twice."""

from __future__ import annotations

from datetime import date

from directory.staff_lists.hints import AS_WRITTEN, MONTH_FIRST, SWAPPED, Hints
from tests.lists.expected import Awful, csv, named, row_of
from tests.lists.workbooks import HEADER, ListFile, Person, people

_MIDDLE_OF_THE_MONTH = 14
"""People from here on are born after the 12th, so that nobody takes the day for a month."""

_END_OF_THE_MONTH = 20
"""Of people from here on some are born after the 12th, and the others not in the month of the same number."""


def numbers_without_zeros() -> Awful:
    """CCCD as numbers that lost their zeros, STT as what a formula made."""
    made = ListFile().letterhead().add(HEADER)
    persons = people(3)
    for number, person in enumerate(persons, start=1):
        made.add([number + 3e-14, person.name, person.born, person.title, None, int(person.personal_id)])
    values = {row: {"personal_id": person.personal_id} for row, person in enumerate(persons, start=6)}
    return Awful(made.signatures(3).xlsx(), named(6, persons), values=values)


def dates_of_every_form() -> Awful:
    """A date, a serial number, dots, dashes, two digits, a year alone, the month first, no date."""
    persons = a, b, c, d, e, f, _, _ = people(8, _MIDDLE_OF_THE_MONTH)
    serial = (b.birth - date(1899, 12, 30)).days
    forms = [
        a.birth,
        serial,
        f"{c.birth:%d.%m.%Y}",
        f"{d.birth:%d-%m-%y}",
        f"{e.birth.day}/{e.birth.month}/{e.birth.year}",
        f.birth.year,
        "03/13/1985",
        "không rõ",
    ]
    made = ListFile().add(HEADER)
    for number, (person, form) in enumerate(zip(persons, forms, strict=True), start=1):
        made.add([number, person.name, form, person.title, None, person.personal_id])
    values = {row: {"birth_date": person.birth} for row, person in enumerate(persons[:5], start=2)}
    asks = {8: "birth_date", 9: "birth_date"}
    return Awful(made.xlsx(), named(2, persons), asks, values={**values, 7: {"birth_date": None}})


def _with_birth(persons: list[Person], form: str) -> bytes:
    made = ListFile().add(HEADER)
    for number, person in enumerate(persons, start=1):
        made.add([number, person.name, f"{person.birth:{form}}", None, None, person.personal_id])
    return made.xlsx()


def month_first() -> Awful:
    """Dates as an American program wrote them: some can be read only so, and the others are asked about too."""
    persons = people(16, _END_OF_THE_MONTH)
    asks = {row: "birth_date" for row, person in enumerate(persons, 2) if person.birth.day != person.birth.month}
    return Awful(_with_birth(persons, "%m/%d/%Y"), named(2, persons), asks, "birth_date")


def month_first_confirmed() -> Awful:
    """The same, when a person has said that the month is first."""
    persons = people(16, _END_OF_THE_MONTH)
    values = {row: {"birth_date": person.birth} for row, person in enumerate(persons, start=2)}
    hints = Hints(repairs=frozenset({MONTH_FIRST}))
    return Awful(_with_birth(persons, "%m/%d/%Y"), named(2, persons), values=values, hints=hints)


def _exchanged(persons: list[Person]) -> bytes:
    made = ListFile().add(HEADER)
    for number, person in enumerate(persons, start=1):
        day, month = person.birth.day, person.birth.month
        cell = person.born if day > 12 else person.birth.replace(day=month, month=day)
        made.add([number, person.name, cell, None, None, person.personal_id])
    return made.xlsx()


def dates_a_spreadsheet_exchanged() -> Awful:
    """Typed with the day first where the month was expected: 02/03 became the third of February, 13/03 stayed text."""
    persons = people(24, _END_OF_THE_MONTH)
    asks = {row: "birth_date" for row, each in enumerate(persons, 2) if each.birth.month != each.birth.day <= 12}
    return Awful(_exchanged(persons), named(2, persons), asks, "birth_date")


def dates_a_spreadsheet_exchanged_confirmed() -> Awful:
    """The same, when a person has said so."""
    persons = people(24, _END_OF_THE_MONTH)
    values = {row: {"birth_date": person.birth} for row, person in enumerate(persons, start=2)}
    hints = Hints(repairs=frozenset({SWAPPED}))
    return Awful(_exchanged(persons), named(2, persons), values=values, hints=hints)


def one_wrong_date_among_few() -> Awful:
    """One date that can only have the month first, in a list of which a person has said that the day is first."""
    one, two = people(2)
    made = ListFile().add(HEADER, [1, one.name, "03/13/1985"], row_of(2, two))
    made.rows[1] = [1, one.name, "03/13/1985", None, None, one.personal_id]
    hints = Hints(repairs=frozenset({AS_WRITTEN}))
    values = {3: {"birth_date": two.birth}}
    return Awful(made.xlsx(), named(2, [one, two]), {2: "birth_date"}, values=values, hints=hints)


def old_cards_and_short_numbers() -> Awful:
    """Numbers of old identity cards, numbers that a spreadsheet shortened, letters among digits."""
    persons = people(6)
    numbers = ["123456789", "12345678", "3.60850E+10", "0360850000O1", "03608500000123", persons[5].personal_id]
    made = ListFile().add(HEADER)
    for number, (person, written) in enumerate(zip(persons, numbers, strict=True), start=1):
        made.add([number, person.name, person.born, person.title, None, written])
    return Awful(made.xlsx(), named(2, persons), dict.fromkeys(range(2, 7), "personal_id"))


def mails_with_errors() -> Awful:
    """Official addresses with every typing error, of another domain, twice, kept for a role; and one that is right."""
    written = [
        "moi.nguoi@tinh.gov.vn",
        "a,b@tinh.gov.vn",
        "a..b@tinh.gov.vn",
        "a@@tinh.gov.vn",
        "a@tinh.gov",
        "a@khac.gov.vn",
        "a@gmail.com",
        "vanthu@tinh.gov.vn",
        "hai@tinh.gov.vn",
        "hai@tinh.gov.vn",
        None,
    ]
    made = ListFile().add([*HEADER, "Thư điện tử công vụ"])
    for number, (person, mail) in enumerate(zip(people(11), written, strict=True), start=1):
        made.add(row_of(number, person, mail))
    asks = dict.fromkeys(range(3, 7), "address")
    return Awful(made.xlsx(), named(2, people(11)), asks, held=range(7, 12))


def phones_of_every_form() -> Awful:
    """Old prefixes, lost zeros, country codes, two numbers, a landline; only rubbish is asked about."""
    written = {
        "0912345678": "0912345678",
        912345678: "0912345678",
        "+84 912 345 678": "0912345678",
        "0168.234.5678": "0382345678",
        "0912345678/0987654321": "0912345678",
        "0912345678\n0987654321": "0912345678",
        "0912 345 678 - 0987 654 321": "0912345678",
        "02383123456": None,
        "x": None,
    }
    made = ListFile().add([*HEADER, "Di động"])
    for number, (person, phone) in enumerate(zip(people(9), written, strict=True), start=1):
        made.add(row_of(number, person, phone))
    values = {row: {"phone": phone} for row, phone in enumerate(written.values(), start=2)}
    return Awful(made.xlsx(), named(2, people(9)), {10: "phone"}, values=values)


def people_twice() -> Awful:
    """The same number in two rows, the same person without numbers in two others."""
    one, two, three = people(3)
    made = ListFile().add(HEADER, row_of(1, one), row_of(2, two), row_of(3, one))
    made.add([4, three.name, three.born], [5, three.name.upper(), three.born])
    return Awful(made.xlsx(), named(2, [one, two, one, three, three]), held=(2, 4, 5, 6))


def names_alone() -> Awful:
    """People of whom nothing but the name is known, and a number without a name."""
    one, two = people(2)
    made = ListFile().add(
        HEADER, [1, one.name], [2, two.name, two.birth.year], [3, None, None, None, None, one.personal_id]
    )
    return Awful(made.xlsx(), {2: one.name, 3: two.name, 4: None}, {4: "full_name"}, held=(2, 3))


def numbers_that_disagree() -> Awful:
    """A number whose sex or year is not that of the row: noted, but asked where zeros had been put back."""
    one, two = people(2)
    made = ListFile().add([*HEADER, "Giới tính"])
    made.add(row_of(1, one, "Nữ"))
    made.add([2, two.name, two.born, None, None, int("36" + "1" + "99" + "000001"), "Nữ"])
    return Awful(made.xlsx(), named(2, [one, two]), {3: "personal_id"})


def formulas_in_names() -> Awful:
    """Texts that a spreadsheet program would run are no names."""
    (person,) = people(1)
    made = ListFile().add(HEADER, [1, '\t=HYPERLINK("http://x")', person.born, None, None, person.personal_id])
    return Awful(made.xlsx(), {2: None}, {2: "full_name"})


def everything_is_a_number() -> Awful:
    """Ranks, phones, dates and numbers of staff that a spreadsheet took for numbers; a hyperlink; a formula's error."""
    (person,) = people(1)
    made = ListFile().add([*HEADER, "Mã ngạch", "Di động", "Mã cán bộ"])
    serial = (person.birth - date(1899, 12, 30)).days
    made.add([1.0, person.name, serial, "=1/0", None, int(person.personal_id), 1.003, 912345678, 1024])
    values = {
        "birth_date": person.birth,
        "rank": "01.003",
        "phone": "0912345678",
        "staff_number": "1024",
        "personal_id": person.personal_id,
    }
    return Awful(made.xlsx(), named(2, [person]), values={2: values})


def csv_with_lines_in_cells() -> Awful:
    """Commas and line breaks inside quoted cells: a row of the file is a row of the spreadsheet, not a line of text."""
    one, two = people(2)
    rows = [
        ["STT", '"Họ và\ntên"', "Số CCCD", '"Chức vụ, chức danh"'],
        ["1", f'"{one.name}"', one.personal_id, '"Phó phòng,\nphụ trách"'],
        ["2", two.name, two.personal_id, '"Trưởng phòng ""A"""'],
    ]
    values = {2: {"title": "Phó phòng, phụ trách"}, 3: {"title": 'Trưởng phòng "A'}}
    return Awful(csv(rows, "utf-8", ","), named(2, [one, two]), values=values)

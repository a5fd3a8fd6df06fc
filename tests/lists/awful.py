"""Deliberately awful lists, made in code, each with what its rows come to.

The file is long because it is a collection: each list stands beside what it comes to.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from directory.staff_lists.old_fonts import TCVN3_LETTERS, VNI_SEQUENCES
from tests.lists.workbooks import HEADER, ListFile, Person, people, plain_list
from tests.sheets.files import ods, xls

TO_TCVN3 = {chr(letter): chr(code) for code, letter in TCVN3_LETTERS.items()}
TO_VNI = {letter: sequence for sequence, letter in VNI_SEQUENCES.items()}


@dataclass(frozen=True)
class Awful:
    """A file and, for each of its rows about a person, what it comes to in an empty department."""

    content: bytes
    kinds: dict[int, str]


def _row(number: int, person: Person, *more: object) -> list[object]:
    return [number, person.name, person.born, person.title, None, person.personal_id, *more]


def _csv(rows: list[list[object]], encoding: str, delimiter: str = ";") -> bytes:
    lines = [delimiter.join("" if value is None else str(value) for value in row) for row in rows]
    return "\r\n".join(lines).encode(encoding)


def _in_font(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(letter, letter) for letter in text)


def numbers_without_zeros() -> Awful:
    """CCCD as numbers that lost their zeros, STT as what a formula made."""
    made = ListFile().letterhead().add(HEADER)
    for number, person in enumerate(people(3), start=1):
        made.add([number + 3e-14, person.name, person.born, person.title, None, int(person.personal_id)])
    return Awful(made.signatures(3).xlsx(), dict.fromkeys((6, 7, 8), "create"))


def header_over_two_rows() -> Awful:
    """Two columns of birth dates under one heading, the rest merged downwards, columns numbered below."""
    made = ListFile().letterhead().add([], [], ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"])
    for column, heading in enumerate(("STT", "Họ và tên", None, None, "Chức vụ", "Căn cước công dân")):
        if heading:
            made.merge(4, column, 5, column, heading)
    made.merge(4, 2, 4, 3, "Ngày tháng năm sinh")
    made.rows[5] = [None, None, "Nam", "Nữ"]
    for number, person in enumerate(people(4), start=1):
        born = [person.born, None] if person.sex == "male" else [None, person.born]
        made.add([number, person.name, *born, person.title, person.personal_id])
    return Awful(made.signatures(4).xlsx(), dict.fromkeys((8, 9, 10, 11), "create"))


def groups_and_subtotals() -> Awful:
    """Units as rows with Roman numerals, subtotals between them, the header again in the middle."""
    one, two, three, four = people(4)
    made = (
        ListFile().letterhead().add(HEADER, ["I", "LÃNH ĐẠO SỞ"], _row(1, one), ["II", "Phòng Tổ chức"], _row(2, two))
    )
    made.add([None, "Cộng: 1 người"], HEADER, _row(3, three), ["", "III. Phòng Mới (1 người)"], _row(4, four))
    return Awful(made.signatures(4).xlsx(), dict.fromkeys((7, 9, 12, 14), "create"))


def unit_once_per_block() -> Awful:
    """The unit in merged cells beside its people."""
    made = ListFile().add(HEADER)
    for number, person in enumerate(people(4), start=1):
        made.add(_row(number, person))
    made.merge(1, 4, 2, 4, "Phòng Tổ chức").merge(3, 4, 4, 4, "Phòng Mới")
    return Awful(made.xlsx(), dict.fromkeys((2, 3, 4, 5), "create"))


def name_in_two_columns() -> Awful:
    """Họ đệm and Tên apart under one merged heading."""
    made = ListFile().add(["STT", None, None, "Ngày sinh", "CCCD"]).merge(0, 1, 0, 2, "Họ và tên")
    for number, person in enumerate(people(3), start=1):
        first, _, given = person.name.rpartition(" ")
        made.add([number, first, given, person.born, person.personal_id])
    return Awful(made.xlsx(), dict.fromkeys((2, 3, 4), "create"))


def dates_of_every_form() -> Awful:
    """A date, a serial number, dots, dashes, two digits, a year alone, the month first, no date."""
    a, b, c, d, e, f, g, h = people(8)
    serial = (b.birth - date(1899, 12, 30)).days
    forms = [
        a.birth,
        serial,
        f"{c.birth:%d.%m.%Y}",
        f"{d.birth:%d-%m-%y}",
        f"{e.birth.day}/{e.birth.month}/{e.birth.year}",
    ]
    made = ListFile().add(HEADER)
    for number, (person, form) in enumerate(
        zip((a, b, c, d, e, f, g, h), [*forms, f.birth.year, "03/13/1985", "không rõ"], strict=True), start=1
    ):
        made.add([number, person.name, form, person.title, None, person.personal_id])
    return Awful(made.xlsx(), {**dict.fromkeys(range(2, 8), "create"), 8: "person", 9: "person"})


def old_cards_and_short_numbers() -> Awful:
    """Numbers of old identity cards, numbers that a spreadsheet shortened, letters among digits."""
    persons = people(6)
    numbers = ["123456789", "12345678", "3.60850E+10", "0360850000O1", "03608500000123", persons[5].personal_id]
    made = ListFile().add(HEADER)
    for number, (person, written) in enumerate(zip(persons, numbers, strict=True), start=1):
        made.add([number, person.name, person.born, person.title, None, written])
    return Awful(made.xlsx(), {**dict.fromkeys(range(2, 7), "person"), 7: "create"})


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
        made.add(_row(number, person, mail))
    return Awful(made.xlsx(), {2: "create", **dict.fromkeys(range(3, 12), "person"), 12: "create"})


def phones_of_every_form() -> Awful:
    """Old prefixes, lost zeros, country codes, two numbers, a landline; only rubbish is asked about."""
    written = ["0912345678", 912345678, "+84 912 345 678", "0168.234.5678", "0912345678/0987654321", "02383123456", "x"]
    made = ListFile().add([*HEADER, "Di động"])
    for number, (person, phone) in enumerate(zip(people(7), written, strict=True), start=1):
        made.add(_row(number, person, phone))
    return Awful(made.xlsx(), {**dict.fromkeys(range(2, 8), "create"), 8: "person"})


def people_twice() -> Awful:
    """The same number in two rows, the same person without numbers in two others."""
    one, two, three = people(3)
    made = ListFile().add(HEADER, _row(1, one), _row(2, two), _row(3, one))
    made.add([4, three.name, three.born], [5, three.name.upper(), three.born])
    return Awful(made.xlsx(), {2: "person", 3: "create", 4: "person", 5: "person", 6: "person"})


def names_alone() -> Awful:
    """People of whom nothing but the name is known, and a number without a name."""
    one, two = people(2)
    made = ListFile().add(
        HEADER, [1, one.name], [2, two.name, two.birth.year], [3, None, None, None, None, one.personal_id]
    )
    return Awful(made.xlsx(), dict.fromkeys((2, 3, 4), "person"))


def _unconfirmed(count: int) -> dict[int, str]:
    """What people of a list in an old font come to, from row 2 on, before a person has confirmed the conversion."""
    return {row: "create" if each.name.isascii() else "person" for row, each in enumerate(people(count), start=2)}


def tcvn3() -> Awful:
    """Headings and names in TCVN3."""
    made = ListFile().add([_in_font(str(heading), TO_TCVN3) for heading in HEADER])
    for number, person in enumerate(people(12), start=1):
        made.add([number, _in_font(person.name, TO_TCVN3), person.born, None, None, person.personal_id])
    return Awful(made.xlsx(), _unconfirmed(12))


def vni() -> Awful:
    """Headings and names in VNI."""
    made = ListFile().add([_in_font(str(heading), TO_VNI) for heading in HEADER])
    for number, person in enumerate(people(12), start=1):
        made.add([number, _in_font(person.name, TO_VNI), person.born, None, None, person.personal_id])
    return Awful(made.xlsx(), _unconfirmed(12))


def decomposed_capitals_and_look_alikes() -> Awful:
    """Names in capitals, with marks apart, with the Ð of another alphabet, after Ông and Bà."""
    one, two, three, four = people(4)
    made = ListFile().add(HEADER)
    made.add([1, one.name.upper(), one.born, None, None, one.personal_id])
    made.add([2, unicodedata.normalize("NFD", two.name), two.born, None, None, two.personal_id])
    made.add([3, "Ông " + three.name.replace("Đ", "Ð"), three.born, None, None, three.personal_id])
    made.add([4, "Bà " + four.name, four.born, None, None, four.personal_id])
    return Awful(made.xlsx(), dict.fromkeys(range(2, 6), "create"))


def minority_names() -> Awful:
    """Names of one word to five, with apostrophes and letters that Vietnamese has no use for."""
    made = ListFile().add(HEADER)
    names = ["Y Thanh", "H'Linh Byă", "K’Brêu", "Giàng A Páo", "Đinh", "Nguyễn Hoàng Thị Ánh Tuyết"]
    for number, (name, person) in enumerate(zip(names, people(6), strict=True), start=1):
        made.add([number, name, person.born, None, None, person.personal_id])
    return Awful(made.xlsx(), dict.fromkeys(range(2, 8), "create"))


def footer_with_names() -> Awful:
    """Names printed below the signatures, in the column of names."""
    made = plain_list(people(2))
    made.add([None, "Nguyễn Thị Kiểm", None, "Kế toán trưởng"])
    return Awful(made.xlsx(), {6: "create", 7: "create"})


def formulas_in_names() -> Awful:
    """Texts that a spreadsheet program would run are no names."""
    (person,) = people(1)
    made = ListFile().add(HEADER, [1, '\t=HYPERLINK("http://x")', person.born, None, None, person.personal_id])
    return Awful(made.xlsx(), {2: "person"})


def csv_as_excel_saves_it() -> Awful:
    """Semicolons, a mark at the beginning, title rows, merged cells gone."""
    persons = people(3)
    rows: list[list[object]] = [["DANH SÁCH"], [], ["TT", "Họ tên", "Năm sinh", "", "CCCD"], ["", "", "Nam", "Nữ", ""]]
    for number, person in enumerate(persons, start=1):
        born = [person.born, ""] if person.sex == "male" else ["", person.born]
        rows.append([number, person.name, *born, int(person.personal_id)])
    return Awful(_csv(rows, "utf-8-sig"), dict.fromkeys((5, 6, 7), "create"))


def csv_in_utf_16() -> Awful:
    """Tabs and UTF-16, as "Unicode text" is saved."""
    rows = [[*HEADER], *([*_row(number, person)] for number, person in enumerate(people(2), start=1))]
    return Awful(_csv(rows, "utf-16", "\t"), {2: "create", 3: "create"})


def csv_in_tcvn3() -> Awful:
    """Bytes of TCVN3 without any word of their encoding."""
    rows: list[list[object]] = [[_in_font(str(heading), TO_TCVN3) for heading in HEADER]]
    for number, person in enumerate(people(8), start=1):
        rows.append([number, _in_font(person.name, TO_TCVN3), person.born, None, None, person.personal_id])
    return Awful(_csv(rows, "latin-1"), _unconfirmed(8))


def old_excel() -> Awful:
    """A workbook of Excel 97."""
    rows = [[*HEADER], *([*_row(number, person)] for number, person in enumerate(people(2), start=1))]
    return Awful(xls([["" if value is None else value for value in row] for row in rows]), {2: "create", 3: "create"})


def open_document() -> Awful:
    """A spreadsheet of LibreOffice."""
    rows = [[*HEADER], *([*_row(number, person)] for number, person in enumerate(people(2), start=1))]
    return Awful(ods([["" if value is None else value for value in row] for row in rows]), {2: "create", 3: "create"})


def without_numbers_and_units_below() -> Awful:
    """No STT at all; units are lines of text."""
    one, two = people(2)
    made = ListFile().add(
        ["Họ và tên", "Ngày sinh", "Số CCCD"], ["PHÒNG TỔ CHỨC"], [one.name, one.born, one.personal_id]
    )
    made.add(["Văn phòng"], [two.name, two.born, two.personal_id], ["Người lập biểu"], ["Phạm Thị Lập"])
    return Awful(made.xlsx(), {3: "create", 5: "create"})


def sex_by_crosses() -> Awful:
    """Crosses in columns Nam and Nữ, the birth date elsewhere."""
    made = ListFile().add(["STT", "Họ và tên", "Giới tính", None, "Ngày sinh", "CCCD"], [None, None, "Nam", "Nữ"])
    for number, person in enumerate(people(2), start=1):
        crosses = ["x", None] if person.sex == "male" else [None, "x"]
        made.add([number, person.name, *crosses, person.born, person.personal_id])
    return Awful(made.xlsx(), {3: "create", 4: "create"})


def numbers_that_disagree() -> Awful:
    """A number whose sex or year is not that of the row: noted, but asked where zeros had been put back."""
    one, two = people(2)
    made = ListFile().add([*HEADER, "Giới tính"])
    made.add(_row(1, one, "Nữ"))
    made.add([2, two.name, two.born, None, None, int("36" + "1" + "99" + "000001"), "Nữ"])
    return Awful(made.xlsx(), {2: "create", 3: "person"})


def columns_of_others() -> Awful:
    """Many columns that are not ours, some that sound like ours."""
    (person,) = people(1)
    made = ListFile().add(
        ["STT", "Họ và tên", "Nơi sinh", "Ngày cấp CCCD", "Số CCCD", "Điện thoại cơ quan", "Trình độ", "Ghi chú"],
        [1, person.name, "Hà Nội", "01/01/2020", person.personal_id, "02438251234", "Đại học", "nghỉ phép"],
    )
    return Awful(made.xlsx(), {2: "create"})


def numbered_in_advance() -> Awful:
    """Numbers down the page, people only in the first rows."""
    made = plain_list(people(2))
    del made.rows[7:]
    made.add(*([number] for number in range(3, 40))).signatures(2)
    return Awful(made.xlsx(), {6: "create", 7: "create"})


LISTS: dict[str, Callable[[], Awful]] = {
    make.__name__: make
    for make in (
        numbers_without_zeros,
        header_over_two_rows,
        groups_and_subtotals,
        unit_once_per_block,
        name_in_two_columns,
        dates_of_every_form,
        old_cards_and_short_numbers,
        mails_with_errors,
        phones_of_every_form,
        people_twice,
        names_alone,
        tcvn3,
        vni,
        decomposed_capitals_and_look_alikes,
        minority_names,
        footer_with_names,
        formulas_in_names,
        csv_as_excel_saves_it,
        csv_in_utf_16,
        csv_in_tcvn3,
        old_excel,
        open_document,
        without_numbers_and_units_below,
        sex_by_crosses,
        numbers_that_disagree,
        columns_of_others,
        numbered_in_advance,
    )
}

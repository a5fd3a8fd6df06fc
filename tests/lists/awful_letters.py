"""Awful lists whose letters are not what they seem: old fonts, marks apart, look-alikes, encodings of files."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from io import BytesIO

import xlsxwriter

from directory.staff_lists.hints import Encoding, Hints
from tests.lists.expected import TO_TCVN3, TO_VNI, Awful, csv, in_font, named
from tests.lists.workbooks import HEADER, ListFile, Person, people
from tests.sheets.test_reading import cp1258


def _typed(persons: Sequence[Person], table: Mapping[str, str]) -> list[list[object]]:
    """Give a list whose headings and names are typed with an old font."""
    rows: list[list[object]] = [[in_font(str(heading), table) for heading in HEADER]]
    for number, person in enumerate(persons, start=1):
        rows.append([number, in_font(person.name, table), person.born, None, None, person.personal_id])
    return rows


def _unsure(persons: Sequence[Person], first: int = 2) -> dict[int, str]:
    """Ask about the names whose letters were converted."""
    return {row: "full_name" for row, each in enumerate(persons, start=first) if not each.name.isascii()}


def tcvn3() -> Awful:
    """Headings and names in TCVN3, told by their letters: every row waits for one confirmation."""
    persons = people(12)
    made = ListFile().add(*_typed(persons, TO_TCVN3))
    return Awful(made.xlsx(), named(2, persons), _unsure(persons), "full_name")


def vni() -> Awful:
    """Headings and names in VNI."""
    persons = people(12)
    made = ListFile().add(*_typed(persons, TO_VNI))
    return Awful(made.xlsx(), named(2, persons), _unsure(persons), "full_name")


def tcvn3_confirmed() -> Awful:
    """The same list in TCVN3 when a person has said so."""
    return Awful(tcvn3().content, named(2, people(12)), hints=Hints(encodings={1: "TCVN3"}))


def vni_confirmed() -> Awful:
    """The same list in VNI when a person has said so."""
    return Awful(vni().content, named(2, people(12)), hints=Hints(encodings={1: "VNI"}))


def taken_for_an_old_font() -> Awful:
    """Letters that look like TCVN3 and are not, when a person has said so: no name is made of them."""
    (person,) = people(1)
    made = ListFile().add(HEADER, [1, "M¸o Gau", person.born, None, None, person.personal_id])
    hints = Hints(encodings={1: "Unicode"})
    return Awful(made.xlsx(), {2: None}, {2: "full_name"}, hints=hints)


def one_column_in_each_font() -> Awful:
    """Names in TCVN3, titles in VNI, units in Unicode."""
    persons = people(10)
    made = ListFile().add(HEADER)
    for number, person in enumerate(persons, start=1):
        title, unit = in_font("Phó trưởng phòng", TO_VNI), "Phòng Tổ chức"
        made.add([number, in_font(person.name, TO_TCVN3), person.born, title, unit, person.personal_id])
    asks = {row: _unsure(persons).get(row, "title") for row in range(2, 12)}
    values = {row: {"title": "Phó trưởng phòng", "unit": "Phòng Tổ chức"} for row in range(2, 12)}
    return Awful(made.xlsx(), named(2, persons), asks, "full_name title", values)


def one_column_in_each_font_confirmed() -> Awful:
    """The same, when a person has said so of both columns."""
    encodings: dict[int, Encoding] = {1: "TCVN3", 3: "VNI"}
    made = one_column_in_each_font()
    return Awful(made.content, made.names, values=made.values, hints=Hints(encodings=encodings))


def _formatted(name: str, texts: Sequence[str], persons: Sequence[Person]) -> bytes:
    """Make a list whose names are formatted with a font."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        old = book.add_format({"font_name": name})
        sheet = book.add_worksheet("A")
        sheet.write_row(0, 0, [*HEADER])
        for row, (text, person) in enumerate(zip(texts, persons, strict=True), start=1):
            sheet.write_row(row, 0, [row, None, person.born, None, None, person.personal_id])
            sheet.write_string(row, 1, text, old)
    return out.getvalue()


def told_by_the_font() -> Awful:
    """Names that could be Unicode by their letters, formatted with .VnTime: that is certain, and nothing is asked."""
    return Awful(_formatted(".VnTime", ["Lª Tó", "Tó", "Hå Tó"], people(3)), {2: "Lê Tú", 3: "Tú", 4: "Hồ Tú"})


def told_by_a_font_of_capitals() -> Awful:
    """Small letters that the font shows as capitals."""
    return Awful(_formatted(".VnTimeH", ["nguyÔn v¨n tó", "lª hµ"], people(2)), {2: "Nguyễn Văn Tú", 3: "Lê Hà"})


def unicode_in_cells_of_an_old_font() -> Awful:
    """Unicode typed into cells that are still formatted with VNI: one name could be either, and is asked."""
    content = _formatted("VNI-Times", ["Nguyễn Thị Tú", "Phan Höông"], people(2))
    return Awful(content, {2: "Nguyễn Thị Tú", 3: "Phan Hương"}, {3: "full_name"}, "full_name")


def fonts_within_a_cell() -> Awful:
    """Names of which one half was typed in Unicode and the other with .VnTime."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        old, new = book.add_format({"font_name": ".VnTime"}), book.add_format({"font_name": "Arial"})
        sheet = book.add_worksheet("A")
        sheet.write_row(0, 0, [*HEADER])
        (person,) = people(1)
        sheet.write_row(1, 0, [1, None, person.born, None, None, person.personal_id])
        sheet.write_rich_string(1, 1, new, "Nguyễn ", old, "ThÞ ", new, "Đào ", old, "Tó")
    return Awful(out.getvalue(), {2: "Nguyễn Thị Đào Tú"})


def read_as_windows_text() -> Awful:
    """TCVN3 that a program took for Vietnamese Windows text: twelve of its letters look like Vietnamese."""
    written = ["Ph¹m V¨n Bi\u0309n", "Lª ThÞ Mü", "Vò V¨n H¶i", "Bïi V¨n Tiªn"]
    made = ListFile().add(HEADER)
    for number, (name, person) in enumerate(zip(written, people(4), strict=True), start=1):
        made.add([number, name, person.born, None, None, person.personal_id])
    names = {2: "Phạm Văn Biền", 3: "Lê Thị Mỹ", 4: "Vũ Văn Hải", 5: "Bùi Văn Tiên"}
    return Awful(made.xlsx(), names, dict.fromkeys(names, "full_name"), "full_name")


def decomposed_capitals_and_look_alikes() -> Awful:
    """Names in capitals, with marks apart, with the Ð of another alphabet, after Ông and Bà."""
    persons = one, two, three, four = people(4)
    made = ListFile().add(HEADER)
    made.add([1, one.name.upper(), one.born, None, None, one.personal_id])
    made.add([2, unicodedata.normalize("NFD", two.name), two.born, None, None, two.personal_id])
    made.add([3, "Ông " + three.name.replace("Đ", "Ð"), three.born, None, None, three.personal_id])
    made.add([4, "Bà " + four.name, four.born, None, None, four.personal_id])
    return Awful(made.xlsx(), named(2, persons))


def four_kinds_of_d() -> Awful:
    """Đ as four other letters, spaces that are none, soft hyphens, apostrophes before texts."""
    written = ["Ðào Thị Ðan", "Ɖinh Văn Đan", "\u00a0Đỗ Văn\u00a0An ", "'Lê\u200b Văn An", "ĐẶNG THỊ ðào"]
    made = ListFile().add(HEADER)
    for number, (name, person) in enumerate(zip(written, people(5), strict=True), start=1):
        made.add([number, name, person.born, None, None, person.personal_id])
    names = ["Đào Thị Đan", "Đinh Văn Đan", "Đỗ Văn An", "Lê Văn An", "ĐẶNG THỊ đào"]
    return Awful(made.xlsx(), dict(enumerate(names, start=2)))


def honours_and_a_family_called_ong() -> Awful:
    """Forms of address before names, and people whose family is called Ông."""
    written = ["Đ/c Nguyễn Văn An", "ThS.BS Trần Thị Bình", "Ông Ích Khiêm", "PGS. TS. Lê Văn Công", "TS Vũ Thị Hà"]
    made = ListFile().add(HEADER)
    for number, (name, person) in enumerate(zip(written, people(5), strict=True), start=1):
        made.add([number, name, person.born, None, None, person.personal_id])
    names = ["Nguyễn Văn An", "Trần Thị Bình", "Ông Ích Khiêm", "Lê Văn Công", "Vũ Thị Hà"]
    return Awful(made.xlsx(), dict(enumerate(names, start=2)))


def minority_names() -> Awful:
    """Names of one word to five, with apostrophes and letters that Vietnamese has no use for."""
    made = ListFile().add(HEADER)
    written = ["Y Thanh", "H'Linh Byă", "K’Brêu", "Giàng A Páo", "Đinh", "Nguyễn Hoàng Thị Ánh Tuyết"]
    for number, (name, person) in enumerate(zip(written, people(6), strict=True), start=1):
        made.add([number, name, person.born, None, None, person.personal_id])
    names = dict(enumerate([name.replace("’", "'") for name in written], start=2))
    return Awful(made.xlsx(), names)


def _rows(count: int) -> list[list[object]]:
    return [
        [*HEADER],
        *([n, each.name, each.born, each.title, None, each.personal_id] for n, each in enumerate(people(count), 1)),
    ]


def csv_as_excel_saves_it() -> Awful:
    """Semicolons, a mark at the beginning, title rows, merged cells gone."""
    persons = people(3)
    rows: list[list[object]] = [["DANH SÁCH"], [], ["TT", "Họ tên", "Năm sinh", "", "CCCD"], ["", "", "Nam", "Nữ", ""]]
    for number, person in enumerate(persons, start=1):
        born = [person.born, ""] if person.sex == "male" else ["", person.born]
        rows.append([number, person.name, *born, int(person.personal_id)])
    return Awful(csv(rows, "utf-8-sig"), named(5, persons))


def csv_in_utf_16() -> Awful:
    """Tabs and UTF-16, as "Unicode text" is saved."""
    return Awful(csv(_rows(2), "utf-16", "\t"), named(2, people(2)))


def csv_in_windows_text() -> Awful:
    """The encoding of Vietnamese Windows, with marks behind their letters."""
    return Awful(cp1258(csv(_rows(6), "utf-8").decode()), named(2, people(6)))


def csv_with_commas_and_a_word_to_excel() -> Awful:
    """A first line that only tells the delimiter, and UTF-8 without a mark."""
    return Awful(b"sep=,\r\n" + csv(_rows(3), "utf-8", ","), named(2, people(3)))


def csv_in_tcvn3() -> Awful:
    """Bytes of TCVN3 without any word of their encoding."""
    persons = people(8)
    return Awful(csv(_typed(persons, TO_TCVN3), "latin-1"), named(2, persons), _unsure(persons), "full_name")


def csv_in_vni_confirmed() -> Awful:
    """Bytes of VNI, of which a person has said what they are."""
    persons = people(8)
    return Awful(csv(_typed(persons, TO_VNI), "cp1252"), named(2, persons), hints=Hints(encodings={1: "VNI"}))

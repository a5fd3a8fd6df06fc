"""No row is lost: each row with text is a person, or is told as what it was taken for; in doubt a person is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.staff_lists.cells import Cell, Merged, Sheet
from directory.staff_lists.hints import Hints
from directory.staff_lists.interpretation import interpret
from directory.staff_lists.refusals import NoTable
from directory.staff_lists.table import Table, find_table
from directory.staff_lists.walk import DOUBTFUL

TODAY = date(2026, 11, 23)
BARE: list[Cell] = ["STT", "Họ và tên", "Chức vụ", "Đơn vị"]
"""The headings of a list with nothing that only a person has."""
FULL: list[Cell] = ["STT", "Họ và tên", "Ngày sinh", "Chức vụ", "Số CCCD"]
AN: list[Cell] = [1.0, "Lê Văn An", "02/03/1985", "Chuyên viên", "036085000001"]
SIGNED: list[list[Cell]] = [["", "NGƯỜI LẬP BIỂU", "", "GIÁM ĐỐC"], ["", "Phạm Thị Dung", "", "Hồ Văn Em"]]


def found(*rows: Sequence[Cell], merged: Sequence[Merged] = ()) -> dict[int, bool]:
    """Give the rows about people, and whether that is doubted."""
    read = interpret([Sheet("A", rows, merged)], Hints(), TODAY)
    return {row.number: any(reason.message == DOUBTFUL for reason in row.reasons) for row in read.rows}


@pytest.mark.parametrize(
    "title", ["Kế toán trưởng", "Thủ trưởng đơn vị", "Tổng Giám đốc", "Tổng biên tập", "Tổng hợp", "TM. Ban chỉ huy"]
)
def test_a_title_that_sounds_like_a_footer(title: str) -> None:
    """What stands beside a numbered name closes no list: neither that person nor those below are cut off."""
    rows: list[list[Cell]] = [[1.0, "Lê An", "", ""], [2.0, "Lê Bình", title, ""], [3.0, "Lê Chi", "", ""]]

    assert found(BARE, *rows) == {2: False, 3: False, 4: False}


def test_a_unit_that_sounds_like_a_total() -> None:
    """Tổng cục is no total, in a column of units and as a group."""
    rows: list[list[Cell]] = [["I", "Tổng cục Một"], [1.0, "Lê An", "", "Tổng cục Hai"], [2.0, "Lê Bình", "", ""]]

    assert found(BARE, *rows) == {3: False, 4: False}


@pytest.mark.parametrize("name", ["Vũ Văn An", "Trương Thị Bình", "Tô Văn Cường", "Đoàn Văn Dũng", "Phương Văn Em"])
@pytest.mark.parametrize("beside", ["", "Phòng Tổ chức"])
def test_a_family_that_sounds_like_a_unit(name: str, beside: str) -> None:
    """Where rows have no number, marks tell Vũ from Vụ and Trương from Trường."""
    assert found(["Họ và tên", "Đơn vị"], ["Lê An", "Văn phòng"], [name, beside]) == {2: False, 3: False}


@pytest.mark.parametrize("name", ["Nơi Văn Nhận", "Trưởng Phòng", "Thu Trường", "Xác Nhận Thị", "Cộng Hòa"])
def test_a_name_that_sounds_like_a_footer(name: str) -> None:
    """A numbered row with a name is a person, whatever the name is like."""
    assert found(BARE, [1.0, name, "", ""], [2.0, "Lê An", "", ""]) == {2: False, 3: False}


@pytest.mark.parametrize("number", ["2a", "2bis", "2/", "2-", "I.2", "1.2", "(2)", "02", 2.0000000001])
def test_numbers_of_rows_that_were_put_in(number: Cell) -> None:
    """Whatever the form of its number, the row has one."""
    assert found(BARE, [1.0, "Lê An", "", ""], [number, "Lê Bình", "", ""]) == {2: False, 3: False}


def test_people_go_on_after_a_subtotal() -> None:
    """A row that counts on below a subtotal is a person; one that begins anew below it is asked about."""
    subtotal: list[Cell] = ["", "Cộng: 1"]

    assert found(BARE, [1.0, "Lê An", "", ""], subtotal, [2.0, "Lê Bình", "", ""]) == {2: False, 4: False}
    assert found(BARE, [1.0, "Lê An", "", ""], subtotal, [1.0, "Lê Bình", "", ""]) == {2: False, 4: True}


def test_people_of_a_group_after_a_subtotal() -> None:
    """A unit that begins below a total opens the list again."""
    rows: list[list[Cell]] = [["", "Cộng: 1"], ["II", "Phòng Hai"], [1.0, "Lê Bình", "Chuyên viên", ""]]

    assert found(BARE, [1.0, "Lê An", "", ""], *rows) == {2: False, 5: False}


def test_a_summary_below_the_total_is_nobody() -> None:
    """Kinds of staff with their counts are no people."""
    rows: list[list[Cell]] = [["", "Tổng số: 1"], ["", "Trong đó:"], [1.0, "Công chức", 1.0]]

    assert found(BARE, [1.0, "Lê An", "", ""], *rows) == {2: False}


def test_people_below_the_signatures() -> None:
    """Somebody added below the signatures is found by what only people have, and asked about with a number alone."""
    added: list[Cell] = ["", "Lê Bình", "03/04/1990", "", "036190000002"]

    assert found(FULL, AN, *SIGNED, added, [3.0, "Lê Chi", "", "", ""]) == {2: False, 5: False, 6: False}
    assert found(FULL, AN, *SIGNED, [3.0, "Lê Chi", "", "", ""]) == {2: False, 5: True}


def test_a_name_alone_among_numbered_rows() -> None:
    """A name without a number may be a person or a unit: a person says which, and nobody below is put into it."""
    rows: list[list[Cell]] = [[1.0, "Lê An", "", ""], ["", "Nguyễn Văn Năm", "", ""], [3.0, "Lê Chi", "", ""]]

    read = interpret([Sheet("A", [BARE, *rows])], Hints(), TODAY)

    assert found(BARE, *rows) == {2: False, 3: True, 4: False}
    assert read.rows[-1].record.unit is None


def test_names_that_a_formula_lost() -> None:
    """Rows of which name and number are formulas without a value are people without a name, which is asked."""
    lost: list[Cell] = ["", "", "02/03/1985", "Chuyên viên", "036085000001"]

    read = interpret([Sheet("A", [FULL, lost, [2.0, "", "", "Chuyên viên", ""], AN])], Hints(), TODAY)

    assert [row.number for row in read.rows if any(each.about == "full_name" for each in row.reasons)] == [2, 3]


def test_a_total_under_marks_is_nobody() -> None:
    """How many men and women there are, in a list without numbers."""
    assert found(["Họ và tên", "Nam", "Nữ"], ["Lê An", "1985", ""], ["Tổng cộng", 1.0, 0.0]) == {2: False}


def test_a_group_with_its_count_is_nobody() -> None:
    """A unit with how many it has, in a column of titles, heads those below it."""
    read = interpret([Sheet("A", [FULL, ["I", "Phòng Tổ chức", "", "5 người"], AN])], Hints(), TODAY)

    assert [(row.number, row.record.unit) for row in read.rows] == [(3, "Phòng Tổ chức")]


def test_a_second_line_of_a_person_is_no_unit() -> None:
    """What somebody is besides, on a line of its own, heads nobody below it and is told as not read."""
    table = find_table(Sheet("A", [FULL, AN, ["", "", "", "đồng thời Bí thư Chi bộ"], [2.0, "Lê Bình"]]))

    assert table is not None
    assert ([row.group for row in table.rows], table.passed.left_out) == ([None, None], [3])


@pytest.mark.parametrize("ditto", ["nt", "-nt-", "như trên", "(Như trên)", '"', "''", "〃", "//"])
def test_a_cell_that_says_as_above(ditto: str) -> None:
    """Title and unit are those of the row above, which is told; below a new unit nothing stands above."""
    rows: list[list[Cell]] = [[1.0, "Lê An", "Chuyên viên", "Phòng Một"], [2.0, "Lê Bình", ditto, ditto]]

    first, second, third = interpret(
        [Sheet("A", [BARE, *rows, ["II", "Phòng Hai"], [3.0, "Lê Chi", ditto, ditto]])], Hints(), TODAY
    ).rows

    assert (second.record.title, second.record.unit) == ("Chuyên viên", "Phòng Một")
    assert (third.record.title, third.record.unit) == (None, "Phòng Hai")
    assert [[reason.about for reason in row.reasons] for row in (first, second)] == [[], ["title", "unit"]]


@pytest.mark.parametrize("said", ["Nghỉ hưu từ 01/9/2026", "(đã nghỉ việc)", "Đã chuyển công tác", "TỪ TRẦN"])
def test_a_row_that_says_that_somebody_has_left(said: str) -> None:
    """In a column of notes, which is not read, and in that of titles it is a warning; elsewhere nobody is warned."""
    header: list[Cell] = [*FULL, "Ghi chú"]

    rows = interpret(
        [Sheet("A", [header, [*AN, said], [2.0, "Lê Văn Bình", "", said, "036085000002"], [3.0, "Lê Văn Chi"]])],
        Hints(),
        TODAY,
    ).rows

    assert [[reason.level for reason in row.reasons] for row in rows] == [["warning"], ["warning"], []]


def test_people_above_a_fuller_header() -> None:
    """A second table that says more than the first does not hide it: those below the second header are asked."""
    second: list[list[Cell]] = [["STT", "Họ và tên", "Ngày sinh", "Số CCCD", "Chức vụ", "Đơn vị"], [1.0, "Lê Chi"]]

    assert [*found(BARE, [1.0, "Lê An", "CV", ""], [2.0, "Lê Bình", "CV", ""], ["", "Cộng"], *second)] == [2, 3, 6]


def test_a_sheet_that_is_not_read_is_told() -> None:
    """People on a sheet without a header, beside one with a header, are named by their sheet."""
    sheets = [Sheet("A", [FULL, AN]), Sheet("B", [AN, [2.0, "Lê Văn Bình", "02/03/1986", "", "036086000002"]])]

    notes = interpret(sheets, Hints(), TODAY).notes

    assert [note.fields for note in notes if "sheet" in note.fields] == [{"sheet": "B", "count": 2, "chosen": "A"}]


NAMES = st.sampled_from(
    ["Lê An", "Vũ Văn Sở", "Trương Thị Phòng", "Nơi Văn Nhận", "Trưởng Phòng", "Đoàn Văn Tổng", "Y Thanh", "H'Linh Byă"]
)
TITLES = st.sampled_from(["", "Chuyên viên", "Kế toán trưởng", "Thủ trưởng", "Tổng Giám đốc", "nt", "#REF!"])
IDS = st.sampled_from(["", "036085000001", 36085000001.0, "#N/A"])
BIRTHS = st.sampled_from(["", "02/03/1985", date(1985, 3, 2), 31108.0, 1985.0])
NUMBERED = st.tuples(st.integers(1, 500).map(float), NAMES, BIRTHS, TITLES, IDS)
PROVED = st.tuples(st.just(""), NAMES, BIRTHS, TITLES, st.just("036085000001"))
OTHERS: list[list[Cell]] = [
    [],
    ["", "", "", ""],
    FULL,
    ["(1)", "(2)", "(3)", "(4)", "(5)"],
    ["I", "Phòng Tổ chức"],
    ["", "VĂN PHÒNG (2 người)"],
    ["", "Cộng: 3 người"],
    ["Tổng cộng", "", 3.0],
    ["", "Trong đó:", "", "nữ: 1"],
    [7.0],
    ["", "Lê Văn Năm"],
    ["", "Thái Bình"],
    ["", "", "", "Ngày 1 tháng 3 năm 2026"],
    ["", "NGƯỜI LẬP BIỂU", "", "GIÁM ĐỐC"],
    ["", "Phạm Thị Dung", "", "Hồ Văn Em"],
    ["Nơi nhận: như trên"],
    ["#REF!"],
    ["STT", "Họ và tên", "Số CCCD", "Điện thoại"],
]


def numbers_told(table: Table) -> list[int]:
    """Give the rows of a table, each time that one is told as something."""
    passed = table.passed
    told = (table.above, passed.headers, passed.units, passed.numbers, passed.left_out)
    return sorted([*(row.number for row in table.rows), *(number for each in told for number in each)])


@settings(max_examples=400, deadline=None)
@given(
    header=st.sampled_from([FULL, BARE, FULL[1:], ["Họ đệm", "Tên", "Nam", "Nữ"]]),
    rows=st.lists(NUMBERED | PROVED | st.sampled_from(OTHERS), max_size=14),
    merged=st.lists(st.builds(Merged, st.integers(1, 6), st.just(3), st.integers(6, 9), st.integers(3, 4)), max_size=1),
    last=st.integers(0, 3),
)
def test_every_row_with_text_is_told_once(
    header: list[Cell], rows: list[Sequence[Cell]], merged: list[Merged], last: int
) -> None:
    """Whatever stands where, each row with text is told as one thing, and the counts that are shown add up to them."""
    sheet = Sheet("A", [["DANH SÁCH"], *[[]] * last, header, *rows], merged)
    table = find_table(sheet)
    written = [number for number, row in enumerate(sheet.rows, 1) if any(cell != "" for cell in row)]

    assert table is not None
    assert numbers_told(table) == written
    if table.rows:
        notes = interpret([sheet], Hints(), TODAY).notes
        first, *others = [note.fields for note in notes if "people" in note.fields or "rows" in note.fields]
        assert first["count"] == len(written)
        assert int(first["people"]) + sum(int(each["count"]) for each in others) == len(written)


@settings(max_examples=400, deadline=None)
@given(rows=st.lists(NUMBERED | PROVED | st.sampled_from(OTHERS), min_size=1, max_size=14))
def test_everybody_with_a_personal_id_is_found(rows: list[Sequence[Cell]]) -> None:
    """Below totals, signatures and other headers too, whoever has a name and a personal ID number is found."""
    sheet = Sheet("A", [FULL, *rows])
    expected = {number for number, row in enumerate(sheet.rows, 1) if len(row) > 4 and row[4] == "036085000001"}

    try:
        people = {row.number for row in interpret([sheet], Hints(), TODAY).rows}
    except NoTable:
        people = set()

    assert expected <= people


@settings(max_examples=400, deadline=None)
@given(rows=st.lists(NUMBERED | st.sampled_from(OTHERS), min_size=1, max_size=14))
def test_everybody_with_a_number_is_found(rows: list[Sequence[Cell]]) -> None:
    """A number and a name are enough for a row to be a person, or to be asked about."""
    sheet = Sheet("A", [FULL, *rows])
    expected = {number for number, row in enumerate(sheet.rows, 1) if len(row) > 4 and isinstance(row[0], float)}

    try:
        people = {row.number for row in interpret([sheet], Hints(), TODAY).rows}
    except NoTable:
        people = set()

    assert expected <= people

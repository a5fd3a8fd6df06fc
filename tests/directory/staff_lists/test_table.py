"""The table of a sheet is found among letterheads, groups, totals and signatures."""

from __future__ import annotations

from collections.abc import Sequence

from directory.staff_lists.cells import Cell, Merged, Sheet
from directory.staff_lists.hints import Hints
from directory.staff_lists.table import Table, find_table
from directory.staff_lists.walk import Passed

HEADER: list[Cell] = ["STT", "Họ và tên", "Ngày sinh", "Chức vụ", "Số CCCD"]
AN: list[Cell] = [1.0, "Nguyễn Văn An", "02/03/1985", "Chuyên viên", "036085000001"]
BINH: list[Cell] = [2.0, "Trần Thị Bình", "03/04/1990", "Chuyên viên", "036190000002"]


def table_of(*rows: Sequence[Cell], merged: Sequence[Merged] = ()) -> Table:
    """Find the table that must be there."""
    table = find_table(Sheet("A", rows, merged))
    assert table is not None
    return table


def columns(table: Table) -> dict[str, int]:
    """Give the columns by field."""
    return {column.field: column.index for column in table.columns}


def people(table: Table) -> list[tuple[int, str]]:
    """Give the rows by their numbers and names."""
    return [(row.number, str(name)) for row, name in zip(table.rows, table.cells["full_name"], strict=True)]


def test_header_below_a_letterhead() -> None:
    """Title rows above the header are passed over, and rows keep the file's numbers."""
    table = table_of(
        ["ỦY BAN NHÂN DÂN", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["SỞ NỘI VỤ", "", "", "Độc lập - Tự do - Hạnh phúc"],
        [],
        ["DANH SÁCH CÁN BỘ, CÔNG CHỨC NĂM 2026"],
        HEADER,
        AN,
        BINH,
    )

    assert people(table) == [(6, "Nguyễn Văn An"), (7, "Trần Thị Bình")]


def test_header_over_two_rows() -> None:
    """`Ngày sinh` above `Nam | Nữ` gives two columns; merged headings above nothing give one each."""
    table = table_of(
        ["STT", "Họ và tên", "Ngày tháng năm sinh", "", "CCCD"],
        ["", "", "Nam", "Nữ", ""],
        [1.0, "Nguyễn Văn An", "02/03/1985", "", "036085000001"],
        merged=[Merged(0, 2, 0, 3), Merged(0, 0, 1, 0), Merged(0, 1, 1, 1), Merged(0, 4, 1, 4)],
    )

    assert columns(table) == {"number": 0, "full_name": 1, "male": 2, "female": 3, "personal_id": 4}
    assert people(table) == [(3, "Nguyễn Văn An")]


def test_header_over_two_rows_without_merged_cells() -> None:
    """As saved in CSV, where an empty cell is all that is left of a merged one."""
    table = table_of(
        ["TT", "Họ tên", "Năm sinh", "", "Số điện thoại"],
        ["", "", "Nam", "Nữ", ""],
        [1.0, "Lê An", "", "1990", "0912345678"],
    )

    assert columns(table) == {"number": 0, "full_name": 1, "male": 2, "female": 3, "phone": 4}


def test_groups_of_columns_above_the_header() -> None:
    """A row that only groups columns does not hide the headings below it."""
    table = table_of(
        ["Thông tin cá nhân", "", "", "Liên hệ", ""],
        ["STT", "Họ và tên", "CCCD", "Di động", "Email"],
        [1.0, "Lê An", "036085000001", "0912345678", "a@gmail.com"],
        merged=[Merged(0, 0, 0, 2), Merged(0, 3, 0, 4)],
    )

    assert columns(table) == {"number": 0, "full_name": 1, "personal_id": 2, "phone": 3, "mail": 4}


def test_the_first_person_is_no_second_row_of_the_header() -> None:
    """A sex or a title in the first row does not make it a part of the header."""
    table = table_of(["STT", "Họ và tên", "Giới tính", "CCCD"], [1.0, "Lê An", "Nam", "036085000001"])

    assert people(table) == [(2, "Lê An")]


def test_what_the_first_person_has_is_no_heading() -> None:
    """A cell of the first person that reads like a heading does not make them a part of the header."""
    table = table_of(["STT", "Họ và tên", "CCCD", "Trực thuộc"], [1.0, "Lê An", "036085000001", "Phòng Tổ chức"])

    assert people(table) == [(2, "Lê An")]


def test_name_in_two_columns() -> None:
    """Họ đệm and Tên are one name."""
    table = table_of(
        ["STT", "Họ và tên", "", "CCCD"], ["", "Họ đệm", "Tên", ""], [1.0, "Nguyễn Văn", "An", "036085000001"]
    )

    assert columns(table) == {"number": 0, "family_middle": 1, "given": 2, "personal_id": 3}


def test_name_in_two_columns_under_one_heading() -> None:
    """A merged heading over two columns is one name too."""
    table = table_of(
        ["STT", "Họ và tên", "", "CCCD"],
        [1.0, "Nguyễn Văn", "An", "036085000001"],
        [2.0, "Trần Thị", "Bình", "036190000002"],
        merged=[Merged(0, 1, 0, 2)],
    )

    assert columns(table) == {"number": 0, "full_name": 1, "personal_id": 3, "given": 2}


def test_numbers_of_columns_and_later_headers_are_passed_over() -> None:
    """Neither a row that numbers the columns nor the header on the next page is a person."""
    table = table_of(HEADER, [1.0, 2.0, 3.0, 4.0, 5.0], AN, HEADER, ["(1)", "(2)", "(3)", "(4)", "(5)"], BINH)

    assert people(table) == [(3, "Nguyễn Văn An"), (6, "Trần Thị Bình")]


def test_later_headers_without_numbers() -> None:
    """Where rows are not numbered, the header on the next page is still no person."""
    header: list[Cell] = ["Họ và tên", "Ngày sinh", "CCCD"]

    table = table_of(header, ["Lê An", "02/03/1985", "036085000001"], header, ["Lê Bình", "02/03/1985", "036085000002"])

    assert people(table) == [(2, "Lê An"), (4, "Lê Bình")]


def test_group_rows_name_the_unit() -> None:
    """A Roman numeral, or a row of one text, begins a group; people keep the group they stand under."""
    table = table_of(
        HEADER,
        ["I", "Phòng Tổ chức"],
        AN,
        ["", "II. VĂN PHÒNG (12 người)"],
        BINH,
        ["Thanh tra"],
        [3.0, "Lê Cường", "05/06/1991", "", "036091000003"],
    )

    assert [row.group for row in table.rows] == ["Phòng Tổ chức", "VĂN PHÒNG", "Thanh tra"]


def test_unit_written_once_per_block() -> None:
    """A unit in merged cells is that of every row of the range."""
    table = table_of(
        ["STT", "Họ và tên", "CCCD", "Đơn vị"],
        [1.0, "Lê An", "036085000001", "Văn phòng"],
        [2.0, "Lê Bình", "036085000002", ""],
        [3.0, "Lê Chi", "036085000003", ""],
        merged=[Merged(1, 3, 2, 3)],
    )

    assert table.cells["unit"] == ("Văn phòng", "Văn phòng", "")


def test_footer_is_cut() -> None:
    """Totals and signatures are left out and told by their rows; a printed name below them is nobody."""
    table = table_of(
        HEADER,
        AN,
        BINH,
        ["", "Tổng cộng: 2 người"],
        ["", "", "", "", "…, ngày 01 tháng 3 năm 2026"],
        ["", "NGƯỜI LẬP BIỂU", "", "GIÁM ĐỐC"],
        ["", "(Ký, ghi rõ họ tên)"],
        [],
        ["", "Phạm Thị Dung", "", "Hồ Văn Em"],
    )

    assert people(table) == [(2, "Nguyễn Văn An"), (3, "Trần Thị Bình")]
    assert table.passed.left_out == [4, 5, 6, 7, 9]


def test_table_goes_on_after_a_subtotal() -> None:
    """A numbered row with details after a total is a person again."""
    table = table_of(HEADER, AN, ["", "Cộng phòng Tổ chức: 1"], BINH)

    assert people(table) == [(2, "Nguyễn Văn An"), (4, "Trần Thị Bình")]


def test_names_that_sound_like_a_footer() -> None:
    """Tống, Công and a chief accountant are people."""
    table = table_of(
        ["STT", "Họ đệm", "Tên", "Chức vụ", "CCCD"],
        [1.0, "Tống Văn", "Công", "Kế toán trưởng", "036085000001"],
        [2.0, "Bộ Thị", "Phương", "Cộng tác viên", "036185000002"],
        [3.0, "Vũ Văn", "Sở", "", "036085000003"],
    )

    assert [row.number for row in table.rows] == [2, 3, 4]


def test_list_without_numbers() -> None:
    """Where rows are not numbered, what only a person has tells people from units."""
    table = table_of(
        ["Họ và tên", "Ngày sinh", "CCCD"],
        ["Phòng Tổ chức"],
        ["Nguyễn Văn An", "02/03/1985", "036085000001"],
        ["Người lập biểu"],
        ["Phạm Thị Dung"],
    )

    assert [(row.number, row.group) for row in table.rows] == [(3, "Phòng Tổ chức")]


def test_numbered_row_without_anything_is_no_person() -> None:
    """Rows that were numbered in advance are nobody, and told as what they are."""
    table = table_of(HEADER, AN, [2.0], [3.0])

    assert (people(table), table.passed) == ([(2, "Nguyễn Văn An")], Passed(numbers=[3, 4]))


def test_number_that_a_formula_made() -> None:
    """An STT of 150.00000000000003 is a number."""
    table = table_of(HEADER, [150.00000000000003, "Lê An"])

    assert people(table) == [(2, "Lê An")]


def test_sheet_in_an_old_font() -> None:
    """Headings and names typed in TCVN3 are read; the rows tell the font."""
    table = table_of(
        ["STT", "Hä vµ tªn", "Ngµy sinh", "CCCD"],
        [1.0, "NguyÔn V¨n B×nh", "02/03/1985", "036085000001"],
        [2.0, "Lª Tó", "02/03/1986", "036086000002"],
    )

    assert people(table) == [(2, "Nguyễn Văn Bình"), (3, "Lê Tú")]
    assert [row.converted["full_name"].font for row in table.rows] == ["TCVN3", "TCVN3"]


def test_sheet_without_a_header() -> None:
    """Where nothing heads the columns, what stands in them tells what they are; the table says that it was so."""
    table = table_of(AN, BINH)

    assert table.header == 0
    assert columns(table) == {"number": 0, "full_name": 1, "birth_date": 2, "title": 3, "personal_id": 4}


def test_header_too_far_down() -> None:
    """Beyond the first 30 rows no header is looked for, unless a person says where it is."""
    sheet = Sheet("A", [*([["x"]] * 30), HEADER, AN])

    table = find_table(sheet, Hints(header=31))

    assert find_table(sheet) is None
    assert table is not None
    assert (table.header, people(table)) == (31, [(32, "Nguyễn Văn An")])


def test_empty_sheet() -> None:
    """A sheet with nothing in it has no table."""
    assert find_table(Sheet("A", [])) is None

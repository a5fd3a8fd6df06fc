"""Files of every kind come out as rows of cells with the file's own row numbers."""

from __future__ import annotations

import unicodedata
from datetime import date
from io import BytesIO

import pytest
import xlsxwriter

from directory.staff_lists.cells import Merged
from provisioning.sheets.reader import read
from tests.sheets.files import ods, raw_xlsx, xls, xlsx

ROWS = [["STT", "Họ và tên"], [], ["", "Đào"]]
TONES = "\u0300\u0301\u0303\u0309\u0323"


def cp1258(text: str) -> bytes:
    """Encode as Windows does: letters with their own marks, tones behind them."""
    encoded = b""
    for letter in text:
        parted = unicodedata.normalize("NFD", letter)
        own = unicodedata.normalize("NFC", "".join(part for part in parted if part not in TONES))
        encoded += (own + "".join(part for part in parted if part in TONES)).encode("cp1258")
    return encoded


@pytest.mark.parametrize("content", [xlsx(A=ROWS), xls(ROWS), ods(ROWS)], ids=["xlsx", "xls", "ods"])
def test_rows_keep_their_places(content: bytes) -> None:
    """Empty rows and columns before and between cells are there."""
    (sheet,) = read(content)

    assert [list(row) for row in sheet.rows] == ROWS


@pytest.mark.parametrize(
    "content",
    [
        "STT;Họ và tên\r\n\r\n;Đào\r\n".encode("utf-8-sig"),
        "STT,Họ và tên\n\n,Đào\n".encode(),
        "STT\tHọ và tên\n\n\tĐào\n".encode("utf-16"),
        "STT;Họ và tên\n\n;Đào\n".encode("utf-16-le"),
        cp1258("STT;Họ và tên\n\n;Đào\n"),
        "sep=|\nSTT|Họ và tên\n\n|Đào\n".encode(),
    ],
    ids=["utf-8 with a mark", "commas", "tabs, utf-16", "utf-16 without a mark", "cp1258", "sep="],
)
def test_delimited_text_of_every_kind(content: bytes) -> None:
    """Encoding and delimiter are found out, and row numbers are those that a spreadsheet shows."""
    (sheet,) = read(content)

    assert [list(row) for row in sheet.rows] == ROWS


def test_text_of_old_fonts_is_left_to_those_who_know_its_letters() -> None:
    """Bytes that make no Vietnamese are passed on as they are, TCVN3 and VNI alike."""
    (tcvn3,) = read("Hä vµ tªn;x\nNguyÔn V¨n B×nh;1".encode("cp1252"))
    (vni,) = read("Hoï vaø teân;x\nNguyeãn Thò Höôøng;1".encode("cp1252"))

    assert [tcvn3.rows[1][0], vni.rows[1][0]] == ["NguyÔn V¨n B×nh", "Nguyeãn Thò Höôøng"]


def test_quotation_marks_of_windows_in_an_old_font() -> None:
    """Bytes that Western Windows has and Latin-1 has not come out as their signs."""
    (sheet,) = read("H\u00e4 v\u00b5 t\u00aan;x\nNguy\u00d4n V\u00a8n \u201cB\u00d7nh\u201d;1".encode("cp1252"))

    assert sheet.rows[1][0] == "Nguy\u00d4n V\u00a8n \u201cB\u00d7nh\u201d"


def test_cells_keep_their_types() -> None:
    """A number stays a number, a date a date, and an error or an empty formula is empty."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_number(0, 0, 36085000001)
        sheet.write_datetime(0, 1, date(1985, 3, 2), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_string(0, 2, "01.003")
        sheet.write_formula(0, 3, "=1/0", None, "#DIV/0!")
        sheet.write_boolean(0, 4, boolean=True)

    (read_sheet,) = read(out.getvalue())

    assert list(read_sheet.rows[0]) == [36085000001.0, date(1985, 3, 2), "01.003", "", "TRUE"]


def test_merged_ranges_are_told() -> None:
    """Merged cells are told by their first and last row and column."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet().merge_range(1, 0, 2, 3, "Ngày sinh")

    (sheet,) = read(out.getvalue())

    assert list(sheet.merged) == [Merged(top=1, left=0, bottom=2, right=3)]


def test_hidden_and_empty_sheets_are_left_out() -> None:
    """What nobody sees is not read."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Danh sách").write(0, 0, "x")
        book.add_worksheet("Trống")
        hidden = book.add_worksheet("Ẩn")
        hidden.write(0, 0, "x")
        hidden.hide()

    assert [sheet.name for sheet in read(out.getvalue())] == ["Danh sách"]


def test_formatting_far_away_does_no_harm() -> None:
    """A cell in the last corner that is only formatted is no cell."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>'

    (sheet,) = read(raw_xlsx(rows))

    assert [list(row) for row in sheet.rows] == [[1.0]]

"""Whatever is written is read back, and whatever is sent is read or refused by name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.staff_lists.cells import Sheet
from directory.staff_lists.hints import Hints
from directory.staff_lists.interpretation import interpret
from directory.staff_lists.refusals import NoTable, SheetsToChooseFrom
from provisioning.sheets.reader import read
from provisioning.sheets.refusals import FileRefused
from tests.lists.awful import LISTS
from tests.sheets.files import Rows, ods, xls, xlsx, zipped

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 23)
some = settings(max_examples=20, deadline=None)  # each example starts a process
letters = st.characters(exclude_categories=("C", "Zl", "Zp", "Zs"), exclude_characters="<>&'\"\ufffd_")
texts = st.text(letters, min_size=1, max_size=12)
numbers = st.integers(-(10**9), 10**12).map(float) | st.floats(-1e6, 1e6, allow_nan=False).map(
    lambda each: round(each, 3)
)
dates = st.dates(date(1901, 1, 1), date(2099, 12, 31))


def tables(cells: st.SearchStrategy[object]) -> st.SearchStrategy[list[list[object]]]:
    """Rows of different widths, some cells empty, the last of each not."""
    row = st.tuples(st.lists(st.just("") | cells, max_size=4), cells).map(lambda each: [*each[0], each[1]])
    return st.lists(st.just([]) | row, max_size=6).flatmap(lambda rows: row.map(lambda last: [*rows, last]))


def with_dates(rows: Rows) -> bytes:
    """Make a workbook whose dates are formatted as such."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        day, sheet = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_worksheet()
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 - a day in a sheet has no zone
                elif isinstance(value, str):
                    sheet.write_string(number, column, value)
                else:
                    sheet.write(number, column, value)
    return out.getvalue()


def read_back(content: bytes) -> list[list[object]]:
    """Give the rows of the only sheet."""
    (sheet,) = read(content)
    return [list(row) for row in sheet.rows]


@some
@given(rows=tables(texts | numbers | dates))
def test_any_workbook_is_read_back(rows: list[list[object]]) -> None:
    """Cell for cell, with its type, in the row where it stands."""
    assert read_back(with_dates(rows)) == rows


@some
@given(rows=tables(texts.filter(lambda text: max(text) <= "\uffff") | numbers))
def test_any_old_workbook_is_read_back(rows: list[list[object]]) -> None:
    """The same of .xls."""
    assert read_back(xls(rows)) == rows


@some
@given(rows=tables(texts))
def test_any_spreadsheet_of_libreoffice_is_read_back(rows: list[list[object]]) -> None:
    """The same of .ods."""
    assert read_back(ods(rows)) == rows


@some
@given(
    rows=tables(st.text(st.sampled_from('aăâđêôơườẫ19 .,;\n"'), min_size=1, max_size=6).map(str.strip).filter(bool)),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_delimited_text_is_read_back(rows: list[list[object]], encoding: str) -> None:
    """The same of .csv, whatever is quoted, once its first row says what the delimiter is."""
    lines: list[list[object]] = [["a", "b", "c", "d", "e", "f"], *rows]
    quoted = [";".join('"{}"'.format(str(cell).replace('"', '""')) for cell in row) for row in lines]

    assert read_back("\r\n".join(quoted).encode(encoding)) == lines


def is_survived(content: bytes) -> None:
    """Read a file through to the rows of a list; only named refusals come out."""
    with suppress(FileRefused, NoTable, SheetsToChooseFrom):
        interpret(read(content), Hints(), TODAY)


@some
@given(content=st.binary(max_size=4_000))
def test_any_bytes_are_survived(content: bytes) -> None:
    """Bytes that are no file at all are refused by name."""
    is_survived(content)


@some
@given(
    beginning=st.sampled_from(
        [b"PK\x03\x04", bytes.fromhex("D0CF11E0A1B11AE1"), b"\xff\xfe", b"sep=;\n", b"\xef\xbb\xbf"]
    ),
    content=st.binary(max_size=4_000),
)
def test_bytes_that_look_like_a_file_are_survived(beginning: bytes, content: bytes) -> None:
    """Bytes that begin as a file does are refused by name."""
    is_survived(beginning + content)


FILES = {
    "xlsx": LISTS["told_by_the_font"]().content,
    "xls": LISTS["old_excel"]().content,
    "ods": LISTS["open_document"]().content,
    "csv": LISTS["csv_in_tcvn3"]().content,
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
@some
@given(edits=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_file_with_wrong_bytes_is_survived(content: bytes, edits: list[tuple[int, int]]) -> None:
    """A file of which some bytes have changed is read or refused by name."""
    damaged = bytearray(content)
    for place, byte in edits:
        damaged[place % len(damaged)] = byte

    is_survived(bytes(damaged))


WORDS = (b'"', b"<", b"/>", b"</c>", b"-1", b"99999999999999999999", b"s=", b't="s"', b"&x;", b"\xff", b"", b"XFE9")


@pytest.mark.parametrize(
    "name", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]
)
@some
@given(edits=st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from(WORDS)), min_size=1, max_size=6))
def test_a_package_with_wrong_markup_is_survived(name: str, edits: list[tuple[int, bytes]]) -> None:
    """A workbook whose zip is whole and whose XML is not is read or refused by name."""
    with zipfile.ZipFile(io.BytesIO(FILES["xlsx"])) as package:
        members = {each: package.read(each) for each in package.namelist()}
    damaged = bytearray(members[name])
    for place, word in edits:
        begin = place % len(damaged)
        damaged[begin : begin + len(word)] = word

    is_survived(zipped({**members, name: bytes(damaged)}))


cells = (
    st.text(max_size=20)
    | st.floats()
    | st.dates()
    | st.sampled_from(["Họ và tên", "Nam", "CCCD", "Lê An", "I", "Tổng"])
)


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.lists(cells, max_size=6), max_size=12), header=st.none() | st.integers(0, 14))
def test_any_cells_are_survived(rows: list[list[str | float | date]], header: int | None) -> None:
    """Whatever stands in a sheet, and wherever a person says the header is, rows keep to the sheet."""
    hints = Hints(header=header, columns={0: "full_name"} if header == 0 else {})

    with suppress(NoTable):
        assert {row.number for row in interpret([Sheet("A", rows)], hints, TODAY).rows} <= {*range(1, len(rows) + 1)}


@pytest.mark.parametrize("make", [lambda rows: xlsx(A=rows), xls, ods], ids=["xlsx", "xls", "ods"])
def test_a_sheet_that_begins_far_down(make: Callable[[Rows], bytes]) -> None:
    """Rows and columns before the first cell are counted, so that a message names the file's own row."""
    assert read_back(make([*([[]] * 40), ["", "", "x"]])) == [*([[]] * 40), ["", "", "x"]]

"""Cells in fonts from before Unicode are told by their fonts' names, whatever their letters look like."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from directory.staff_lists.cells import Typed
from directory.staff_lists.grid import grid_of
from provisioning.sheets import fonts
from provisioning.sheets.reader import read
from provisioning.sheets.refusals import Damaged
from tests.sheets.files import raw_xlsx, xlsx

STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts><font><name val=".VnTime"/>'
    "</font></fonts><cellXfs><xf fontId='0'/></cellXfs></styleSheet>"
)


def workbook(fill: Callable[[Workbook, Worksheet], object]) -> bytes:
    """Make a workbook of one sheet."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        fill(book, book.add_worksheet("A"))
    return out.getvalue()


def in_font(name: str, *texts: str) -> bytes:
    """Make a workbook with a column of texts in a font."""

    def fill(book: Workbook, sheet: Worksheet) -> None:
        old = book.add_format({"font_name": name})
        for row, text in enumerate(texts):
            sheet.write_string(row, 1, text, old)

    return workbook(fill)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (".VnTime", Typed(1, 0, 2, "TCVN3")),
        (".VnArial NarrowH", Typed(1, 0, 2, "TCVN3", is_capitals=True)),
        ("VNI-Times", Typed(1, 0, 2, "VNI")),
    ],
)
def test_the_font_of_cells(name: str, expected: Typed) -> None:
    """Cells below each other in one old font are told together."""
    (sheet,) = read(in_font(name, "Tó", "Lan", "Hà"))

    assert sheet.typed == [expected]


@pytest.mark.parametrize("content", [in_font("Times New Roman", "Tó"), in_font("Vni", "Tó"), xlsx(A=[["Tó"]])])
def test_other_fonts_are_not_told(content: bytes) -> None:
    """Of fonts that have Unicode nothing is said."""
    (sheet,) = read(content)

    assert sheet.typed == []


def test_runs_end_where_another_font_begins() -> None:
    """A cell in another font ends the run of cells; a number does not."""

    def fill(book: Workbook, sheet: Worksheet) -> None:
        old = book.add_format({"font_name": ".VnTime"})
        for row, (value, style) in enumerate([("Tó", old), (1, None), ("Tó", old), ("Tó", None), ("Tó", old)]):
            sheet.write(row, 0, value, style)

    (sheet,) = read(workbook(fill))

    assert sheet.typed == [Typed(0, 0, 2, "TCVN3"), Typed(0, 4, 4, "TCVN3")]


def test_two_old_fonts_below_each_other() -> None:
    """Cells of one old font do not carry on those of another."""

    def fill(book: Workbook, sheet: Worksheet) -> None:
        for row, name in enumerate((".VnTime", "VNI-Times", ".VnTimeH")):
            sheet.write_string(row, 0, "Tó", book.add_format({"font_name": name}))

    (sheet,) = read(workbook(fill))

    assert [(each.top, each.bottom, each.font, each.is_capitals) for each in sheet.typed] == [
        (0, 0, "TCVN3", False),
        (1, 1, "VNI", False),
        (2, 2, "TCVN3", True),
    ]


def test_the_fonts_of_the_parts_of_a_text() -> None:
    """A text of several fonts is told part by part, and comes out whole in Unicode."""

    def fill(book: Workbook, sheet: Worksheet) -> None:
        old, new = book.add_format({"font_name": ".VnTime"}), book.add_format({"font_name": "Arial"})
        sheet.write_rich_string(0, 0, new, "Nguyễn ", old, "V¨n B×nh", new, " (Đà Nẵng)")

    (sheet,) = read(workbook(fill))

    assert grid_of(sheet).rows[0][0] == "Nguyễn Văn Bình (Đà Nẵng)"


def test_parts_that_any_font_shows_alike_do_not_count() -> None:
    """Where only letters a to z stand in another font, the text is of one font."""

    def fill(book: Workbook, sheet: Worksheet) -> None:
        old, new = book.add_format({"font_name": "VNI-Times"}), book.add_format({"font_name": "Arial"})
        sheet.write_rich_string(0, 0, new, "Tran ", old, "Thò Höôøng")

    (sheet,) = read(workbook(fill))

    assert sheet.typed == [Typed(0, 0, 0, "VNI")]


def test_the_font_of_the_whole_workbook() -> None:
    """Cells without a style have the font of the first one, and texts may stand in the cells themselves."""
    rows = "<row><c t='inlineStr'><is><t>Tó</t></is></c><c t='inlineStr'><is><r><t>Hà</t></r></is></c></row>"

    (sheet,) = read(raw_xlsx(rows, more={"xl/styles.xml": STYLES}))

    assert sheet.typed == [Typed(0, 0, 0, "TCVN3"), Typed(1, 0, 0, "TCVN3")]


def test_each_sheet_has_its_own() -> None:
    """Cells are told of the sheet in which they stand."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Một").write_string(0, 0, "Tó")
        book.add_worksheet("Hai").write_string(0, 0, "Tó", book.add_format({"font_name": ".VnTime"}))

    typed = {sheet.name: list(sheet.typed) for sheet in read(out.getvalue())}

    assert typed == {"Một": [], "Hai": [Typed(0, 0, 0, "TCVN3")]}


@pytest.mark.parametrize("styles", ["<styleSheet><fonts><font><name val='.VnTime'/>", "\0"])
def test_styles_that_cannot_be_parsed(styles: str) -> None:
    """A damaged part that has to be looked at is a damaged file."""
    rows = "<row><c t='inlineStr'><is><r><rPr><rFont val=\".VnTime\"/></rPr><t>Tó</t></r></is></c></row>"

    with pytest.raises(Damaged):
        read(raw_xlsx(rows, more={"xl/styles.xml": styles}))


def test_cells_that_are_struck_through() -> None:
    """A text that is struck through as a whole is told, by its cell's format or its runs; a part of it is not."""

    def fill(book: Workbook, sheet: Worksheet) -> None:
        struck, plain = book.add_format({"font_strikeout": True}), book.add_format({"bold": True})
        sheet.write_string(0, 0, "Lê An", struck)
        sheet.write_string(1, 0, "Lê Bình")
        sheet.write_rich_string(2, 0, struck, "Lê ", struck, "Chi")
        sheet.write_rich_string(3, 0, plain, "Lê ", struck, "Dũng")
        sheet.write_number(4, 0, 7, struck)

    (sheet,) = read(workbook(fill))

    assert sheet.struck == [(0, 0), (2, 0)]


@pytest.mark.parametrize("content", [in_font(".VnTime", "Tó"), xlsx(A=[["Tó"]])])
def test_nothing_is_struck_through(content: bytes) -> None:
    """Without such a format no cell is told as struck through."""
    (sheet,) = read(content)

    assert sheet.struck == []


def test_strikes_are_left_alone_in_sheets_that_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet so large that nobody waits for it is read without what is struck through, but with its old fonts."""

    def fill(book: Workbook, sheet: Worksheet) -> None:
        sheet.write_string(0, 0, "Lê An", book.add_format({"font_strikeout": True}))

    def fill_with_font(book: Workbook, sheet: Worksheet) -> None:
        sheet.write_string(0, 0, "Tó", book.add_format({"font_strikeout": True, "font_name": ".VnTime"}))

    monkeypatch.setattr(fonts, "_LARGEST_FOR_STRIKES", 0)

    assert fonts.formats(workbook(fill)) == {}
    assert fonts.formats(workbook(fill_with_font))["A"].typed == [[0, 0, 0, "TCVN3", False, 0, None]]

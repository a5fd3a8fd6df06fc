"""Tables to be opened in a spreadsheet program: nothing in them is ever a formula or a link there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
_WIDEST = 60
_NARROWEST = 8
_MEASURED = 200


def write_xlsx(title: str, headings: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> bytes:
    """Write a workbook with one sheet: a header that stays in sight, every text a text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(title[:31])
    bold, wrapped = (
        book.add_format({"bold": True, "text_wrap": True}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    widths = [len(heading) for heading in headings]
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(last, column, value, wrapped)
            elif value:
                sheet.write_string(last, column, value, wrapped)
                if last < _MEASURED:
                    widths[column] = max(widths[column], *map(len, value.split("\n")))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(max(width + 2, _NARROWEST), _WIDEST))
    sheet.freeze_panes(1, 0)
    if headings:
        sheet.autofilter(0, 0, last, len(headings) - 1)
    book.close()
    return out.getvalue()


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> bytes:
    """Write CSV as Excel in Viet Nam opens it: UTF-8 with its mark, semicolons; active texts get an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_harmless(value) if isinstance(value, str) else value for value in row])
    return out.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    """Put an apostrophe before what a spreadsheet program would run."""
    return "'" + text if text.lstrip(" \n").startswith(_ACTIVE) or text.startswith(_ACTIVE) else text

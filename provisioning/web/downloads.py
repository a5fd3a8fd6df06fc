"""Tables to take along, as CSV and as XLSX; nothing in a cell is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import xlsxwriter
from flask import Response

Cell = str | int | Decimal | date | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a text must not begin in a CSV: a spreadsheet would run it. The wide ones are read as narrow by some."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_csv(name: str, rows: Iterable[Sequence[Cell]]) -> Response:
    """Give a table as CSV in UTF-8, marked so that Excel reads the letters right."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return _file(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", f"{name}.csv")


def as_xlsx(name: str, rows: Iterable[Sequence[Cell]]) -> Response:
    """Give a table as an Excel workbook; its first row is the header."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        heading = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = workbook.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, (int, Decimal)):
                    sheet.write_number(number, column, cell)
                elif cell is not None:  # as a text, whatever it looks like
                    sheet.write_string(number, column, cell, heading if number == 0 else None)
        sheet.freeze_panes(1, 0)
        sheet.autofit(400)
    return _file(content.getvalue(), _XLSX, f"{name}.xlsx")


def _plain(cell: Cell) -> str:
    """Write a cell of a CSV; a text that would be run gets an apostrophe before it."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
    return "" if cell is None else str(cell)


def _file(content: bytes, kind: str, name: str) -> Response:
    """Send a file to be kept, not shown."""
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

"""What a sheet is made of once it has been read: rows of cells that kept their type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

Cell = str | int | float | date
"""Text, a number or a date, as the file had it. An empty cell is the empty text."""


@dataclass(frozen=True)
class Merged:
    """A range of merged cells, rows and columns counted from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file. Row n of the file is `rows[n - 1]`, whatever stood above the table."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[Merged] = field(default=())


def text_of(cell: Cell) -> str:
    """Give a cell as a person sees it: a whole number without the `.0` that spreadsheets keep."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    return str(cell)

"""What a sheet is made of once it has been read: rows of cells that kept their type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Cell = str | int | float | date
"""Text, a number or a date, as the file had it. An empty cell is the empty text."""
Font = Literal["TCVN3", "VNI"]
"""The two families of fonts from before Unicode, named after how they lay out their letters."""


@dataclass(frozen=True)
class Merged:
    """A range of merged cells, rows and columns counted from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Typed:
    """Cells of a column (rows and column from 0, the last included) that the file formats with an old font by name."""

    column: int
    top: int
    bottom: int
    font: Font
    is_capitals: bool = False
    """The font shows small letters as capitals."""
    begin: int = 0
    end: int | None = None
    """Which part of the text, where a cell mixes fonts."""


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file. Row n of the file is `rows[n - 1]`, whatever stood above the table."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[Merged] = field(default=())
    typed: Sequence[Typed] = field(default=())
    struck: Sequence[tuple[int, int]] = field(default=())
    """Cells with text that is struck through, by row and column from 0."""


def text_of(cell: Cell) -> str:
    """Give a cell as a person sees it: a whole number without the `.0` that spreadsheets keep."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    return str(cell)

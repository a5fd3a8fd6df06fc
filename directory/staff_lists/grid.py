"""A sheet made ready for reading: texts trimmed and in Unicode, merged cells known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from directory.staff_lists.cells import Cell, Merged, Sheet, text_of
from directory.staff_lists.old_fonts import Font, decode_column


@dataclass(frozen=True)
class Grid:
    """The cells of a sheet, counted from 0, with the old font a row's texts were typed with."""

    rows: Sequence[Sequence[Cell]]
    fonts: Mapping[int, Font]
    merged: Mapping[tuple[int, int], tuple[int, int]]
    """For each cell of a merged range but the first, where the first is."""

    def text(self, row: int, column: int) -> str:
        """Give a cell as text; outside the sheet there is none."""
        if row >= len(self.rows) or column >= len(self.rows[row]):
            return ""
        return text_of(self.rows[row][column])

    def text_through(self, row: int, column: int) -> str:
        """Give a cell as text, that of the whole range if it is merged."""
        return self.text(*self.merged.get((row, column), (row, column)))

    def texts(self, row: int) -> list[str]:
        """Give what stands in a row, from left to right, merged cells once."""
        return [text for each in self.rows[row] if (text := text_of(each))]


def grid_of(sheet: Sheet) -> Grid:
    """Trim the texts of a sheet, decode its columns of old fonts, and spread its merged ranges out."""
    rows = [[each.strip() if isinstance(each, str) else each for each in row] for row in sheet.rows]
    fonts: dict[int, Font] = {}
    for column in range(max(map(len, rows), default=0)):
        places = [row for row, cells in enumerate(rows) if column < len(cells) and isinstance(cells[column], str)]
        decoded = decode_column([str(rows[row][column]) for row in places])
        for row, each in zip(places, decoded, strict=True):
            if each.font:
                rows[row][column] = each.text
                fonts[row] = each.font
    return Grid(rows, fonts, _spread(sheet.merged))


def _spread(merged: Sequence[Merged]) -> dict[tuple[int, int], tuple[int, int]]:
    return {
        (row, column): (each.top, each.left)
        for each in merged
        for row in range(each.top, each.bottom + 1)
        for column in range(each.left, each.right + 1)
        if (row, column) != (each.top, each.left)
    }

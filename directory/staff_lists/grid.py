"""A sheet made ready for reading: texts on one line and in Unicode, rows of one width, merged cells known.

Work is done by column and only where a look at the whole column says that there is any: lists have ten thousand rows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from directory.staff_lists.cells import Cell, Merged, Sheet, Typed, text_of
from directory.staff_lists.conversions import Converted, convert_column, kept_among
from directory.staff_lists.hints import Encoding
from directory.staff_lists.old_fonts import has_old_letters
from directory.staff_lists.readings import plain

_LONGEST = 2_000
"""What of a longer text is read; no field of a list is that long."""
_HEADER_ROWS = 40
_EDGE = "|"
_UNTIDY = ("  ", f"{_EDGE} ", f" {_EDGE}", f"{_EDGE}'", f"'{_EDGE}", f'{_EDGE}"', f'"{_EDGE}')
"""What shows between the texts of a column that `plain` would change something."""


@dataclass(frozen=True)
class Grid:
    """The cells of a sheet, counted from 0, and which of them were converted from an old font."""

    rows: Sequence[Sequence[Cell]]
    merged: Mapping[tuple[int, int], tuple[int, int]]
    """For each cell of a merged range but the first, where the first is."""
    converted: Mapping[int, Mapping[int, Converted]] = field(default_factory=dict)
    """By row and column."""

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
        return [text_of(each) for each in self.rows[row] if each != ""]


def grid_of(sheet: Sheet, encodings: Mapping[int, Encoding] | None = None) -> Grid:
    """Put the texts of a sheet in order, convert its columns of old fonts, and spread its merged ranges out."""
    converted: dict[int, dict[int, Converted]] = {}
    columns: list[Sequence[Cell]] = []
    for index, cells in enumerate(zip_longest(*sheet.rows, fillvalue="")):
        texts = _texts_in(cells)
        typed = [each for each in sheet.typed if each.column == index]
        said = (encodings or {}).get(index)
        column: Sequence[Cell] = cells
        if said is not None or typed or has_old_letters("".join(texts)):
            column, found = _converted(cells, typed, said)
            for row, each in found.items():
                converted.setdefault(row, {})[index] = each
            texts = _texts_in(column)
        columns.append(_tidied(column, texts))
    return Grid(list(zip(*columns, strict=True)), _spread(sheet.merged, len(sheet.rows), len(columns)), converted)


def _texts_in(cells: Sequence[Cell]) -> list[str]:
    """Give the texts of a column, each once: of ten thousand units or titles there are a few."""
    return [cell for cell in set(cells) if type(cell) is str]


def _converted(
    cells: Sequence[Cell], typed: Sequence[Typed], said: Encoding | None
) -> tuple[Sequence[Cell], Mapping[int, Converted]]:
    """Convert what is typed with an old font in a column."""
    texts = {row: cell[:_LONGEST] for row, cell in enumerate(cells) if type(cell) is str and cell}
    found = convert_column(texts, typed, said)
    found |= kept_among(found, texts, typed)
    return [found[row].after if row in found else cell for row, cell in enumerate(cells)], found


def _tidied(cells: Sequence[Cell], texts: Sequence[str]) -> Sequence[Cell]:
    """Put the texts of a column on one line and in one spelling, if any of them is not."""
    joined = f"{_EDGE}{_EDGE.join(texts)}{_EDGE}"
    is_tidy = (
        joined.isprintable()
        and (joined.isascii() or unicodedata.is_normalized("NFC", joined))
        and not any(each in joined for each in _UNTIDY)
        and max(map(len, texts), default=0) <= _LONGEST
    )
    if is_tidy:
        return cells
    tidy = {text: plain(text[:_LONGEST]) for text in texts}
    return [tidy[cell] if type(cell) is str else cell for cell in cells]


def _spread(merged: Sequence[Merged], rows: int, columns: int) -> dict[tuple[int, int], tuple[int, int]]:
    """Say of merged cells where their range begins: of all where headers stand, below only down the first column.

    Ranges do not overlap, so together they have no more cells than the sheet; a file that says otherwise is not
    followed further.
    """
    spread: dict[tuple[int, int], tuple[int, int]] = {}
    left = rows * columns
    for each in merged:
        for row in range(each.top, min(each.bottom, rows - 1) + 1):
            last = min(each.right, columns - 1) if row < _HEADER_ROWS else each.left
            for column in range(each.left, last + 1):
                left -= 1
                if (row, column) != (each.top, each.left):
                    spread[row, column] = (each.top, each.left)
            if left < 0:
                return spread
    return spread

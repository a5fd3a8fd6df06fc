"""Find the header of a table: one or two rows that name people and at least one more thing of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from directory.staff_lists.grid import Grid
from directory.staff_lists.headings import NAMES, meaning

WITHIN = 30
"""Rows looked at; letterheads are seldom longer than 15."""
_FEWEST = 2
_SAMPLE = 200


@dataclass(frozen=True)
class Column:
    """One column as it was understood: the field, its place in the sheet (from 0) and its heading."""

    field: str
    index: int
    heading: str


@dataclass(frozen=True)
class Header:
    """The columns of a table, and the first row below its header (from 0)."""

    columns: Sequence[Column]
    below: int


def find_header(grid: Grid) -> Header | None:
    """Give the header that names the most fields, or None if nothing within the first rows names people."""
    within = min(WITHIN, len(grid.rows))
    one_row = [Header(_one_row(grid, row), row + 1) for row in range(within)]
    two_rows = [Header(_two_rows(grid, row), row + 2) for row in range(within - 1)]
    # With as many fields, one row is enough: what stands above it is a title.
    named = [each for each in (*one_row, *two_rows) if {column.field for column in each.columns} & NAMES]
    best = max(named, key=lambda header: len(header.columns), default=None)
    if best is None or len(best.columns) < _FEWEST:
        return None
    return Header([*best.columns, *_second_half_of_name(grid, best)], best.below)


def _one_row(grid: Grid, row: int) -> list[Column]:
    headings = [(index, grid.text(row, index)) for index in range(len(grid.rows[row]))]
    return _columns([(index, heading, meaning(heading)) for index, heading in headings])


def _two_rows(grid: Grid, row: int) -> list[Column]:
    """Read a header over two rows: `Ngày sinh` above `Nam | Nữ`, `Họ và tên` above nothing."""
    if row + 1 >= len(grid.rows):
        return []
    found: list[tuple[int, str, str | None]] = []
    above = ""
    for index in range(max(len(grid.rows[row]), len(grid.rows[row + 1]))):
        goes_on_below = grid.merged.get((row + 1, index), (row + 1, 0))[0] <= row
        lower = "" if goes_on_below else grid.text(row + 1, index)
        upper = grid.text_through(row, index) or (above if lower else "")
        above = upper or above
        if lower and meaning(upper) in NAMES and meaning(lower) not in {"family_middle", *NAMES}:
            return []  # a name under the heading of names: the first row of people
        heading = f"{upper} {lower}".strip()
        found.append((index, heading, (meaning(lower) or meaning(heading)) if lower else meaning(upper)))
    return _columns(found)


def _columns(found: Sequence[tuple[int, str, str | None]]) -> list[Column]:
    """Keep the first column of each field."""
    columns: dict[str, Column] = {}
    for index, heading, field in found:
        if field is not None and field not in columns:
            columns[field] = Column(field, index, " ".join(heading.split()))
    return list(columns.values())


def _second_half_of_name(grid: Grid, header: Header) -> list[Column]:
    """Find the given names that stand, without a heading of their own, in the column after `Họ và tên`."""
    name = next((column for column in header.columns if column.field == "full_name"), None)
    taken = {column.index for column in header.columns}
    if name is None or name.index + 1 in taken or any(column.field == "given" for column in header.columns):
        return []
    heading = grid.text_through(header.below - 1, name.index + 1)
    rows = range(header.below, min(header.below + _SAMPLE, len(grid.rows)))
    named = [row for row in rows if grid.text(row, name.index)]
    halves = [row for row in named if re.fullmatch(r"[^\W\d_]+", grid.text(row, name.index + 1))]
    is_half = heading in ("", name.heading) and len(halves) > len(named) // 2
    return [Column("given", name.index + 1, name.heading)] if is_half else []

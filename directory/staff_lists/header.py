"""Find the header of a table: one or two rows that name people and at least one more thing of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from directory.staff_lists.grid import Grid
from directory.staff_lists.headings import NAMES, is_better, meaning

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
    """The columns of a table, the first row below its header (from 0), and every heading by its column."""

    columns: Sequence[Column]
    below: int
    headings: dict[int, str] = field(default_factory=dict)


def find_header(grid: Grid) -> Header | None:
    """Give the header that names the most fields, or None if nothing within the first rows names people."""
    # With as many fields, one row is enough: what stands above it is a title.
    best = max(_possible(grid, WITHIN), key=lambda header: len(header.columns), default=None)
    return _with_second_half_of_name(grid, best) if best else None


def headers_above(grid: Grid, header: Header) -> list[Header]:
    """Give what may be headers of another table above this one, from the top down, the fullest first."""
    found = sorted(_possible(grid, header.below - 1), key=lambda each: (each.below, -len(each.columns)))
    return [_with_second_half_of_name(grid, each) for each in found]


def _possible(grid: Grid, within: int) -> list[Header]:
    """Give every one or two of the first rows that name people and at least one more thing."""
    within = min(within, len(grid.rows))
    one_row = [_one_row(grid, row) for row in range(within)]
    two_rows = [_two_rows(grid, row) for row in range(within - 1)]
    return [
        each
        for each in (*one_row, *two_rows)
        if len(each.columns) >= _FEWEST and {column.field for column in each.columns} & NAMES
    ]


def header_at(grid: Grid, last: int) -> Header:
    """Give the header whose last row (from 0) a person has named, whatever it says."""
    one_row = _one_row(grid, last)
    two_rows = _two_rows(grid, last - 1) if last else one_row
    return _with_second_half_of_name(grid, max(one_row, two_rows, key=lambda header: len(header.columns)))


def _one_row(grid: Grid, row: int) -> Header:
    headings = {index: grid.text(row, index) for index in range(len(grid.rows[row]))} if row < len(grid.rows) else {}
    return _header({index: (heading, meaning(heading)) for index, heading in headings.items()}, row + 1)


def _two_rows(grid: Grid, row: int) -> Header:
    """Read a header over two rows: `Ngày sinh` above `Nam | Nữ`, `Họ và tên` above nothing."""
    found: dict[int, tuple[str, str | None]] = {}
    above = ""
    for index in range(len(grid.rows[row]) if row + 1 < len(grid.rows) else 0):
        goes_on_below = grid.merged.get((row + 1, index), (row + 1, 0))[0] <= row
        lower = "" if goes_on_below else grid.text(row + 1, index)
        upper = grid.text_through(row, index) or (above if lower else "")
        above = upper or above
        if lower and meaning(upper) in NAMES and meaning(lower) not in {"family_middle", *NAMES}:
            return Header([], row + 2)  # a name under the heading of names: the first row of people
        heading = f"{upper} {lower}".strip()
        found[index] = (heading, (meaning(lower) or meaning(heading)) if lower else meaning(upper))
    return _header(found, row + 2)


def _header(found: dict[int, tuple[str, str | None]], below: int) -> Header:
    """Keep one column of each field: the first, unless a later one says it more exactly."""
    columns: dict[str, Column] = {}
    for index, (heading, said) in found.items():
        if said is not None and (said not in columns or is_better(said, heading, columns[said].heading)):
            columns[said] = Column(said, index, heading)
    return Header(list(columns.values()), below, {index: heading for index, (heading, _) in found.items() if heading})


def _with_second_half_of_name(grid: Grid, header: Header) -> Header:
    """Find the given names that stand, without a heading of their own, in the column after `Họ và tên`."""
    name = next((column for column in header.columns if column.field == "full_name"), None)
    taken = {column.index for column in header.columns}
    if name is None or name.index + 1 in taken or any(column.field == "given" for column in header.columns):
        return header
    heading = grid.text_through(header.below - 1, name.index + 1)
    rows = range(header.below, min(header.below + _SAMPLE, len(grid.rows)))
    named = [row for row in rows if grid.text(row, name.index)]
    halves = [row for row in named if re.fullmatch(r"[^\W\d_]+", grid.text(row, name.index + 1))]
    if heading not in ("", name.heading) or len(halves) <= len(named) // 2:
        return header
    return Header([*header.columns, Column("given", name.index + 1, name.heading)], header.below, header.headings)

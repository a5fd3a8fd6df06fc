"""The table of a sheet: its header, its columns, and below them its rows of people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from directory.staff_lists.cells import Cell, Sheet
from directory.staff_lists.contents import guess_columns
from directory.staff_lists.grid import Grid, grid_of
from directory.staff_lists.header import Column, Header, find_header, header_at, headers_above
from directory.staff_lists.headings import NAMES
from directory.staff_lists.hints import IGNORED, NO_HEADER, Hints
from directory.staff_lists.lines import says_left
from directory.staff_lists.walk import Passed, PersonRow, Walk

_WRITTEN_NAMES = NAMES | {"family_middle"}
_WITH_NOTES = frozenset({"title", "unit"})
"""Fields in whose column a note may stand; all other notes are in columns that are not read."""


@dataclass(frozen=True)
class Table:
    """What a sheet says of people."""

    sheet: str
    columns: Sequence[Column]
    rows: Sequence[PersonRow]
    cells: Mapping[str, Sequence[Cell]]
    """The cells of these rows by field; an empty cell is the empty text."""
    passed: Passed
    """Rows with text below the header that are not about a person, by what they were taken for."""
    above: Sequence[int]
    """Rows with text down to the end of the header."""
    header: int
    """The last row of the header as the file numbers it; 0: there is none."""
    headings: Mapping[int, str]
    """What stands above each column (from 0), those that are not read included."""
    grid: Grid


def find_table(sheet: Sheet, hints: Hints | None = None) -> Table | None:
    """Give the table of a sheet, or None if neither a header nor the contents say where people are."""
    hints = hints or Hints()
    grid = grid_of(sheet, hints.encodings)
    header = (
        _first_header(grid) if hints.header is None else header_at(grid, hints.header - 1) if hints.header else None
    )
    is_headed = header is not None
    header = header or guess_columns(grid) or Header([], 0)
    columns = _with_what_is_said(header, hints, len(grid.rows[0]) if grid.rows else 0)
    if not {column.field for column in columns} & NAMES:
        return None
    walk = Walk(grid, columns, header.below)
    rows = list(walk.people())
    left = _rows_that_say_left(grid, [column.index for column in columns if column.field not in _WITH_NOTES])
    for row in rows if left else ():
        row.says_left = row.number - 1 in left
    names = {column.index for column in columns if column.field in _WRITTEN_NAMES}
    struck = {row for row, column in sheet.struck if column in names}
    for row in rows if struck else ():
        row.is_struck = row.number - 1 in struck
    above = [row + 1 for row in range(min(header.below, len(grid.rows))) if grid.texts(row)]
    last = header.below if is_headed else NO_HEADER
    cells = dict(zip(walk.columns, zip(*walk.picked, strict=True), strict=False))  # of no rows there are no columns
    return Table(sheet.name, columns, rows, cells, walk.passed, above, last, header.headings, grid)


def _rows_that_say_left(grid: Grid, others: Collection[int]) -> set[int]:
    """Give the rows (from 0) of which a column of titles, or one that is not read, says that somebody has left."""
    found: set[int] = set()
    for index in range(len(grid.rows[0]) if grid.rows else 0):
        texts = {} if index in others else dict.fromkeys(row[index] for row in grid.rows)
        saying = {text for text in texts if isinstance(text, str) and says_left(text)}
        if saying:
            found.update(number for number, row in enumerate(grid.rows) if row[index] in saying)
    return found


def _first_header(grid: Grid) -> Header | None:
    """Give the header that says the most; if there are people above it below another one, their list begins there."""
    best = find_header(grid)
    for header in headers_above(grid, best) if best else ():
        before = replace(grid, rows=grid.rows[: best.below - 1] if best else ())
        if any(not row.is_doubtful for row in Walk(before, header.columns, header.below).people()):
            return header
    return best


def _with_what_is_said(header: Header, hints: Hints, width: int) -> list[Column]:
    """Give the columns with those whose field a person has said in their places."""
    fields = set(hints.columns.values())
    found = [each for each in header.columns if each.index not in hints.columns and each.field not in fields]
    said = [
        Column(field, index, header.headings.get(index, ""))
        for index, field in hints.columns.items()
        if field != IGNORED and index < width
    ]
    return [*said, *found]

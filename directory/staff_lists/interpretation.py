"""Interpretation: from the cells of a file and what a person says of it to rows, and to what was understood. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from directory.staff_lists.cells import Sheet, text_of
from directory.staff_lists.contents import confidence_in
from directory.staff_lists.conversions import Converted
from directory.staff_lists.hints import (
    IGNORED,
    ColumnGuess,
    Confidence,
    Conversion,
    Encoding,
    Guess,
    Hints,
    SheetGuess,
)
from directory.staff_lists.reasons import N_, Reason, question, repair, warning
from directory.staff_lists.refusals import NoTable, SheetsToChooseFrom, SheetUnknown
from directory.staff_lists.rows import OF_THE_LIST, ListRow, understand
from directory.staff_lists.table import Table, find_table

_SHOWN = 500
_EXAMPLES = 3
_SAMPLE = 200

_COUNTED = N_("Of {count} rows with text in this sheet, {people} are about people.")
_ABOVE = N_("Title and header ({count}): rows {rows}.")
_HEADERS = N_("The header again, or the numbers of its columns ({count}): rows {rows}.")
_UNITS = N_("Taken for units, to which the people below them belong ({count}): rows {rows}.")
_NUMBERS = N_("A number and nothing else ({count}): rows {rows}.")
_LEFT_OUT = N_("Taken for totals, notes or signatures, and not read ({count}): rows {rows}.")
_OTHER_SHEET = N_(
    "The sheet {sheet} seems to have people too ({count} rows), but no header. It is not read; only {chosen} is."
)
_FONTS = N_("{count} rows were typed with letters of an old font ({fonts}) and are converted to Unicode.")
_TO_CONFIRM = N_(
    "The column {column} seems to be typed with letters of the old font {font}. Compare the examples, and confirm the"
    " conversion or say that the letters are right."
)


@dataclass(frozen=True)
class Interpretation:
    """What a file comes to: what was understood of it, its rows, and what was noticed of it as a whole."""

    guess: Guess
    rows: Sequence[ListRow]
    notes: Sequence[Reason]


def interpret(sheets: Sequence[Sheet], hints: Hints, today: date) -> Interpretation:
    """Read the list that a file holds, by what it says itself and by what a person says of it."""
    table, people = choose_table(sheets, hints)
    rows = understand(table, today, hints)
    columns = [*_columns(table, hints)]
    guess = Guess(people, table.sheet, table.header, columns, [*_questions(rows, columns)])
    beside = [each for each in people if each.people and each.name != table.sheet and hints.sheet is None]
    return Interpretation(guess, rows, [*_notes(table), *_sheets_beside(table.sheet, beside)])


def choose_table(sheets: Sequence[Sheet], hints: Hints) -> tuple[Table, list[SheetGuess]]:
    """Give the table of the sheet that is meant, or of the only one that has one; and what all sheets have."""
    names = [sheet.name for sheet in sheets]
    if hints.sheet is not None and hints.sheet not in names:
        raise SheetUnknown(sheet=hints.sheet, sheets=", ".join(names))
    tables: dict[str, Table] = {}
    for sheet in sheets:
        # What a person says of the columns is said of the sheet that they chose.
        is_meant = hints.sheet in (None, sheet.name)
        if (table := find_table(sheet, hints if is_meant else None)) is not None and table.rows:
            tables[sheet.name] = table
    # Beside a sheet with a header, one whose contents merely look like people is no list.
    headed = {name: table for name, table in tables.items() if table.header} or tables
    meant = headed if hints.sheet is None else {name: each for name, each in tables.items() if name == hints.sheet}
    if not meant:
        raise NoTable
    if len(meant) > 1:
        raise SheetsToChooseFrom(sheets=", ".join(meant))
    (table,) = meant.values()
    return table, [SheetGuess(name, len(tables[name].rows) if name in tables else 0) for name in names]


def _columns(table: Table, hints: Hints) -> Iterator[ColumnGuess]:
    """Say of every column that holds or heads something what it was understood to be."""
    fields = {column.index: column for column in table.columns}
    sample = [table.grid.rows[row.number - 1] for row in table.rows[:_SAMPLE]]
    for index in range(len(table.grid.rows[0])):
        cells = [row[index] for row in sample]
        examples = _distinct(map(text_of, cells))
        column = fields.get(index)
        heading = column.heading if column else table.headings.get(index, "")
        if not heading and not examples:
            continue
        field = column.field if column else IGNORED
        confidence: Confidence = "certain"
        if column and index not in hints.columns:
            confidence = confidence_in(field, cells, is_headed=bool(column.heading))
        conversion = _conversion(table, index) if column else None
        yield ColumnGuess(index, heading, field, confidence, examples, conversion)


def _distinct(texts: Iterable[str]) -> list[str]:
    """Give the first few different texts."""
    found: dict[str, None] = {}
    for text in texts:
        if text:
            found[text] = None
        if len(found) == _EXAMPLES:
            break
    return list(found)


def _conversion(table: Table, index: int) -> Conversion | None:
    """Say how a column was converted from an old font, and whether a person still has to confirm it."""
    converted = table.grid.converted
    if not converted:
        return None
    cells = [converted[row.number - 1][index] for row in table.rows if index in converted.get(row.number - 1, ())]
    cells = [each for each in cells if not each.is_kept]
    if not cells:
        return None
    fonts = Counter(each.font for each in cells)
    examples: dict[str, Converted] = {each.after: each for each in reversed(cells)}
    shown = [(each.before, each.after) for each in list(examples.values())[:_EXAMPLES]]
    encoding: Encoding = fonts.most_common(1)[0][0]
    return Conversion(encoding, len(cells), all(each.is_certain for each in cells), shown)


def _questions(rows: Sequence[ListRow], columns: Iterable[ColumnGuess]) -> Iterator[Reason]:
    """Give what must be answered for the list as a whole."""
    for column in columns:
        if column.conversion and not column.conversion.is_confirmed:
            yield question(_TO_CONFIRM, column.field, column=column.letters, font=column.conversion.encoding)
    asked = {
        reason.message: reason for row in rows if row.reasons for reason in row.reasons if reason.message in OF_THE_LIST
    }
    yield from asked.values()


def _notes(table: Table) -> Iterator[Reason]:
    """Say what was noticed of the list as a whole."""
    passed = table.passed
    told = {
        _ABOVE: table.above,
        _HEADERS: passed.headers,
        _UNITS: passed.units,
        _NUMBERS: passed.numbers,
        _LEFT_OUT: passed.left_out,
    }
    yield repair(_COUNTED, count=len(table.rows) + sum(map(len, told.values())), people=len(table.rows))
    for message, rows in told.items():
        if rows:
            yield repair(message, count=len(rows), rows=_numbers(rows))
    typed = [[cell for cell in row.converted.values() if not cell.is_kept] for row in table.rows if row.converted]
    sure = [each for each in typed if each and all(cell.is_certain for cell in each)]
    fonts = Counter(each[0].font for each in sure)
    if fonts:
        yield repair(_FONTS, count=fonts.total(), fonts=", ".join(sorted(fonts)))


def _sheets_beside(chosen: str, others: Iterable[SheetGuess]) -> Iterator[Reason]:
    """Say which sheets were not read although they seem to hold people."""
    for each in others:
        yield warning(_OTHER_SHEET, sheet=each.name, count=each.people, chosen=chosen)


def _numbers(rows: Iterable[int]) -> str:
    """Write row numbers, neighbours together; even of a list that is all units there is an end."""
    spans: list[list[int]] = []
    for row in sorted(rows):
        if spans and spans[-1][1] == row - 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    shown = (str(first) if first == last else f"{first}–{last}" for first, last in spans[:_SHOWN])
    return ", ".join(shown) + (", …" if len(spans) > _SHOWN else "")

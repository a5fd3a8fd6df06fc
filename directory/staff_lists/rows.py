"""From a table to records: each row's cells read and repaired, with what is to be said about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from directory.staff_lists.cells import Cell, text_of
from directory.staff_lists.dates import AS_IT_SHOULD_BE, EXCHANGED, MONTHS_FIRST, Order, order_of, read_birth_date
from directory.staff_lists.headings import MARKS
from directory.staff_lists.hints import Hints
from directory.staff_lists.identifiers import (
    compared,
    read_extension,
    read_mail,
    read_office_phone,
    read_personal_id,
    read_phone,
)
from directory.staff_lists.names import NameReader, uses_courtesies
from directory.staff_lists.readings import (
    Reading,
    category_of_rank,
    read_category,
    read_rank,
    read_sex,
    read_text,
)
from directory.staff_lists.reasons import N_, Reason, question, repair
from directory.staff_lists.table import PersonRow, Table

_NO_NAME = N_("There is no name in this row. Write the full name, or delete the row.")
_CONVERTED = N_("The row was typed with letters of the old font {font}; it is converted to Unicode. Check the name.")
UNCONFIRMED = N_("The row seems to be typed with letters of the old font {font}. Confirm the conversion of its column.")
GUESSED = N_("The list has no header, so what its columns are was guessed. Say on the page of the list what they are.")
OTHER_HEADER = N_(
    "From row {row} on, another header gives the columns in another order. Put this part on a sheet of its own."
)
UNIT_FROM_ABOVE = N_("The unit is not written in this row; it is taken from the rows above.")
OF_THE_LIST = frozenset({GUESSED, OTHER_HEADER, EXCHANGED, MONTHS_FIRST})
"""Questions of rows that are really one question about their list."""
OF_THE_COLUMNS = OF_THE_LIST | {UNCONFIRMED}
"""Questions of rows that are answered where a person says what the columns are."""
_NAME_PARTS = ("family_middle", "full_name", "given")


@dataclass(slots=True)
class Record:
    """What a row says of a person. None: the list says nothing, and nothing is changed."""

    full_name: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    category: str | None = None
    personal_id: str | None = None
    phone: str | None = None
    personal_mail: str | None = None
    staff_number: str | None = None
    work_phone: str | None = None
    extension: str | None = None
    source_record: str | None = None
    title: str | None = None
    rank: str | None = None
    unit: str | None = None
    address: str | None = None


@dataclass(slots=True)
class ListRow:
    """One row of a list, read: its number in the file, the record, the texts as written, and the reasons."""

    number: int
    record: Record
    written: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()


def understand(table: Table, today: date, hints: Hints | None = None) -> list[ListRow]:
    """Read every row of a table."""
    hints = hints or Hints()
    reader = RowReader(
        today=today,
        has_courtesies=uses_courtesies(written_name(row.cells) for row in table.rows),
        order=order_of(_birth_cells(table.rows), hints.repairs),
        carries_units=_units_head_blocks(table.rows),
        is_guessed=not table.header and not hints.columns,
    )
    return [reader.read(row) for row in table.rows]


def written_name(cells: Mapping[str, Cell]) -> str:
    """Give the name as it is written, put together from its columns."""
    if "given" in cells:
        return " ".join(text_of(cells[part]) for part in _NAME_PARTS if part in cells)
    return text_of(cells.get("full_name", ""))


def _units_head_blocks(rows: Sequence[PersonRow]) -> bool:
    """Say whether a unit is written once for all who stand below it.

    Where two neighbours both have theirs written, it stands beside each person, and an empty cell says nothing.
    """
    units = [row.cells.get("unit") for row in rows]
    return not any(unit is not None and unit == below for unit, below in pairwise(units))


def _birth_cells(rows: Sequence[PersonRow]) -> list[Cell]:
    return [row.cells[each] for row in rows for each in ("birth_date", *MARKS) if each in row.cells]


class RowReader:
    """Reads the rows of one list, one after the other; a cell that many rows have is read once."""

    def __init__(
        self,
        today: date,
        *,
        has_courtesies: bool = False,
        order: Order = AS_IT_SHOULD_BE,
        carries_units: bool = False,
        is_guessed: bool = False,
    ) -> None:
        self.is_guessed = is_guessed
        self.carries_units = carries_units
        self.unit: str | None = None
        self.name = NameReader(has_courtesies=has_courtesies)
        self.birth_date = _remembered(lambda cell: read_birth_date(cell, today, order))
        self.sex = _remembered(read_sex)
        self.plain: tuple[tuple[str, Callable[[Cell], Reading[str]]], ...] = (
            ("phone", read_phone),
            ("category", _remembered(read_category)),
            ("rank", _remembered(read_rank)),
            ("title", _remembered(lambda cell: read_text(cell, "title"))),
            ("staff_number", lambda cell: read_text(cell, "staff_number")),
            ("source_record", lambda cell: read_text(cell, "source_record")),
            ("unit", _remembered(lambda cell: read_text(cell, "unit"))),
        )

    def read(self, row: PersonRow) -> ListRow:
        """Read one row; a unit that it leaves out is that of the rows before it."""
        cells = row.cells
        reasons = self._doubts(row) if self.is_guessed or row.converted or row.other_header else []
        record = Record()
        if name := written_name(cells):
            record.full_name = _take(self.name.read(name), reasons)
        else:
            reasons.append(question(_NO_NAME, "full_name"))
        for field_, read in self.plain:
            if field_ in cells:
                setattr(record, field_, _take(read(cells[field_]), reasons))
        self._birth_and_sex(cells, record, reasons)
        if "personal_id" in cells:
            personal_id = read_personal_id(cells["personal_id"])
            record.personal_id = _take(compared(personal_id, record.birth_date, record.sex), reasons)
        record.category = record.category or category_of_rank(record.rank)
        _read_mails(cells, record, reasons)
        _read_office(cells, record, reasons)
        self._place(row, record, reasons)
        written = {
            field_: cell if type(cell) is str else text_of(cell) for field_, cell in cells.items() if field_ != "number"
        }
        return ListRow(row.number, record, written, tuple(reasons))

    def _doubts(self, row: PersonRow) -> list[Reason]:
        """Say what keeps the row as a whole from being sure, or was converted in it."""
        reasons: list[Reason] = []
        if self.is_guessed:
            reasons.append(question(GUESSED))
        if row.other_header:
            reasons.append(question(OTHER_HEADER, row=row.other_header))
        converted = [(about, each) for about, each in row.converted.items() if about != "number"]
        for about, each in sorted(converted, key=lambda pair: pair[1].is_certain)[:1]:
            make, message = (repair, _CONVERTED) if each.is_certain else (question, UNCONFIRMED)
            reasons.append(make(message, about, font=each.font))
        return reasons

    def _birth_and_sex(self, cells: Mapping[str, Cell], record: Record, reasons: list[Reason]) -> None:
        """Read birth date and sex, also from two columns `Nam | Nữ` with a date or a cross in one of them."""
        birth: Reading[date] | None = self.birth_date(cells["birth_date"]) if "birth_date" in cells else None
        sex: Reading[str] | None = self.sex(cells["sex"]) if "sex" in cells else None
        marked = [mark for mark in MARKS if mark in cells]
        if len(marked) == 1:
            cell = cells[marked[0]]
            sex = Reading(marked[0])
            if isinstance(cell, date) or any(letter.isdigit() for letter in text_of(cell)):
                birth = self.birth_date(cell)
        if birth is not None:
            record.birth_date = _take(birth, reasons)
        if sex is not None:
            record.sex = _take(sex, reasons)

    def _place(self, row: PersonRow, record: Record, reasons: list[Reason]) -> None:
        """Give the row its unit: its own, that of its group, or in a column of units that of the rows above."""
        record.unit = record.unit or row.group
        if record.unit is None and self.carries_units and self.unit is not None:
            record.unit = self.unit
            reasons.append(repair(UNIT_FROM_ABOVE, "unit"))
        self.unit = record.unit


def _take(reading: Reading[Any], reasons: list[Reason]) -> Any:  # noqa: ANN401 - each field has its own type
    if reading.reasons:
        reasons += reading.reasons
    return reading.value


def _remembered(read: Callable[[Cell], Reading[Any]]) -> Callable[[Cell], Reading[Any]]:
    """Read each cell once, for as long as the reader lives; a number and a text of the same digits differ."""
    known: dict[Cell, Reading[Any]] = {}

    def remembering(cell: Cell) -> Reading[Any]:
        found = known.get(cell)
        if found is None:
            found = known[cell] = read(cell)
        return found

    return remembering


def _read_mails(cells: Mapping[str, Cell], record: Record, reasons: list[Reason]) -> None:
    """Read the two kinds of e-mail; under a heading that says neither, the domain tells."""
    if "official_mail" in cells:
        record.address = _take(read_mail(cells["official_mail"], "address"), reasons)
    if "personal_mail" in cells:
        record.personal_mail = _take(read_mail(cells["personal_mail"], "personal_mail"), reasons)
    if "mail" in cells:
        either = _take(read_mail(cells["mail"], "address"), reasons)
        if either and either.endswith(".gov.vn"):
            record.address = record.address or either
        else:
            record.personal_mail = record.personal_mail or either


def _read_office(cells: Mapping[str, Cell], record: Record, reasons: list[Reason]) -> None:
    """Read the telephone at work; its extension stands behind it, or in a column of its own."""
    if "work_phone" in cells:
        number, record.extension = _take(read_office_phone(cells["work_phone"]), reasons) or (None, None)
        record.work_phone = number
    if "extension" in cells:
        record.extension = _take(read_extension(cells["extension"]), reasons) or record.extension

"""From a table to records: the cells read and repaired column by column, with what is to be said about each row.

What many rows repeat is read once, and what is read for all rows is read in one go: lists have ten thousand of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from functools import partial
from typing import Any, TypeVar

from directory.staff_lists.above import REPEATED, as_above, from_above, is_ditto, units_head_blocks
from directory.staff_lists.cells import Cell, text_of
from directory.staff_lists.conversions import UNCONFIRMED, remarks_on
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
from directory.staff_lists.reasons import N_, Reason, question, repair, warning
from directory.staff_lists.table import Table
from directory.staff_lists.walk import DOUBTFUL, LEFT, STRUCK, PersonRow

Value = TypeVar("Value")
_NO_NAME = N_("There is no name in this row. Write the full name, or delete the row.")
GUESSED = N_("The list has no header, so what its columns are was guessed. Say on the page of the list what they are.")
OTHER_HEADER = N_(
    "From row {row} on, another header gives the columns in another order. Put this part on a sheet of its own."
)
_AS_ABOVE = N_("The cell says “as above”; it is taken from the row above.")
UNIT_FROM_ABOVE = N_("The unit is not written in this row; it is taken from the rows above.")
OF_THE_LIST = frozenset({GUESSED, OTHER_HEADER, EXCHANGED, MONTHS_FIRST})
"""Questions of rows that are really one question about their list."""
OF_THE_COLUMNS = OF_THE_LIST | {UNCONFIRMED}
"""Questions of rows that are answered where a person says what the columns are."""
_NAME_PARTS = ("family_middle", "full_name", "given")
_PLAIN: Mapping[str, Callable[[Cell], Reading[str]]] = {
    "phone": read_phone,
    "category": read_category,
    "rank": read_rank,
    "title": lambda cell: read_text(cell, "title"),
    "staff_number": lambda cell: read_text(cell, "staff_number"),
    "source_record": lambda cell: read_text(cell, "source_record"),
    "unit": lambda cell: read_text(cell, "unit"),
}
"""The fields of which each is read of its own column and of nothing else."""


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


_FIELDS = tuple(each.name for each in fields(Record))


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
    births = [cell for name in ("birth_date", *MARKS) for cell in table.cells.get(name, ()) if cell != ""]
    reader = RowReader(
        table.rows,
        table.cells,
        order=order_of(births, hints.repairs),
        carries_units=units_head_blocks(table.cells.get("unit", ())),
        is_guessed=not table.header and not hints.columns,
    )
    return reader.read(today)


class RowReader:
    """Reads the rows of one list, a column after the other; what is said about a row keeps their order."""

    def __init__(
        self,
        rows: Sequence[PersonRow],
        cells: Mapping[str, Sequence[Cell]],
        *,
        order: Order = AS_IT_SHOULD_BE,
        carries_units: bool = False,
        is_guessed: bool = False,
    ) -> None:
        self.rows = rows
        self.order = order
        self.carries_units = carries_units
        self.is_guessed = is_guessed
        self.cells = cells
        self.blank: list[Cell] = [""] * len(rows)
        self.nothing: list[Any] = [None] * len(rows)
        self.values: dict[str, list[Any]] = {}
        self.reasons: dict[int, list[Reason]] = defaultdict(list)
        """By the place of a row among the rows."""

    def read(self, today: date) -> list[ListRow]:
        """Read all rows."""
        self._doubts()
        self._names()
        for name, read in _PLAIN.items():
            if name in self.cells:
                self.values[name] = self._read(self._spelt_out(name), read)
        self._births_and_sexes(today)
        self._personal_ids()
        self._categories()
        self._mails()
        self._office()
        self._places()
        records = map(Record, *(self.values.get(name, self.nothing) for name in _FIELDS))
        return [
            ListRow(row.number, record, written, tuple(self.reasons[at]) if at in self.reasons else ())
            for at, (row, record, written) in enumerate(zip(self.rows, records, self._written(), strict=True))
        ]

    def _read(self, cells: Sequence[Cell], read: Callable[[Cell], Reading[Value]]) -> list[Value | None]:
        """Read a column, each different cell once, and note what is to be said about its rows."""
        readings = {cell: read(cell) for cell in dict.fromkeys(cells) if cell != ""}
        said = {cell: reading.reasons for cell, reading in readings.items() if reading.reasons}
        if said:
            for at, cell in enumerate(cells):
                if cell in said:
                    self.reasons[at] += said[cell]
        values: dict[Cell, Value | None] = {cell: reading.value for cell, reading in readings.items()}
        values[""] = None
        return [values[cell] for cell in cells]

    def _spelt_out(self, name: str) -> Sequence[Cell]:
        """Give the cells of a column, those that say “as above” as the one above."""
        cells = self.cells[name]
        if name not in REPEATED or not any(map(is_ditto, set(cells))):
            return cells
        for at, cell in enumerate(cells):
            if is_ditto(cell):
                self.reasons[at].append(repair(_AS_ABOVE, name))
        return as_above(cells, [row.group for row in self.rows])

    def _written(self) -> Iterator[dict[str, str]]:
        """Give the cells of each row as texts."""
        names = [name for name in self.cells if name != "number"]
        columns = [_texts(self.cells[name]) for name in names]
        for texts in zip(*columns, strict=True) if columns else [()] * len(self.rows):
            written = zip(names, texts, strict=True)
            yield {name: text for name, text in written if text} if "" in texts else dict(written)

    def _doubts(self) -> None:
        """Say what keeps rows as a whole from being sure, or was converted in them."""
        if not self.is_guessed and not any(row.is_remarkable for row in self.rows):
            return
        for at, row in enumerate(self.rows):
            if self.is_guessed:
                self.reasons[at].append(question(GUESSED))
            if row.says_left:
                self.reasons[at].append(warning(LEFT))
            if row.is_struck:
                self.reasons[at].append(warning(STRUCK))
            if row.is_doubtful:
                self.reasons[at].append(question(DOUBTFUL))
            if row.other_header:
                self.reasons[at].append(question(OTHER_HEADER, row=row.other_header))
            if row.converted:
                self.reasons[at] += remarks_on(row.converted)

    def _names(self) -> None:
        names = self._written_names()
        reader = NameReader(has_courtesies=uses_courtesies(names))
        self.values["full_name"] = self._read(names, lambda name: reader.read(str(name)))
        if "" in names:
            for at, name in enumerate(names):
                if not name:
                    self.reasons[at].append(question(_NO_NAME, "full_name"))

    def _written_names(self) -> Sequence[str]:
        """Give the names as they are written, put together from their columns where there is one of given names."""
        whole = _texts(self.cells.get("full_name", self.blank))
        if "given" not in self.cells:
            return whole
        parts = zip(*(_texts(self.cells[part]) for part in _NAME_PARTS if part in self.cells), strict=True)
        return [" ".join(filter(None, each)) if each[-1] else name for each, name in zip(parts, whole, strict=True)]

    def _births_and_sexes(self, today: date) -> None:
        """Read birth date and sex, also from two columns `Nam | Nữ` with a date or a cross in one of them."""
        births, sexes = self.cells.get("birth_date", self.blank), self.cells.get("sex", self.blank)
        marked: dict[int, str] = {}
        if not self.cells.keys().isdisjoint(MARKS):
            births, sexes = [*births], [*sexes]
            marks = zip(*(self.cells.get(mark, self.blank) for mark in MARKS), strict=True)
            for at, cells in enumerate(marks):
                if sum(cell != "" for cell in cells) == 1:
                    cell = cells[0] if cells[1] == "" else cells[1]
                    marked[at], sexes[at] = MARKS[cells.index(cell)], ""
                    if isinstance(cell, date) or any(letter.isdigit() for letter in text_of(cell)):
                        births[at] = cell
        self.values["birth_date"] = self._read(births, lambda cell: read_birth_date(cell, today, self.order))
        self.values["sex"] = self._read(sexes, read_sex)
        for at, mark in marked.items():
            self.values["sex"][at] = mark

    def _personal_ids(self) -> None:
        """Read personal ID numbers, and compare them with the birth date and the sex beside them."""
        cells = self.cells.get("personal_id", ())
        readings = {cell: read_personal_id(cell) for cell in dict.fromkeys(cells) if cell != ""}
        numbers = [*self.nothing]
        for at, (cell, born, sex) in enumerate(zip(cells, self.values["birth_date"], self.values["sex"], strict=False)):
            if cell != "":
                reading = compared(readings[cell], born, sex)
                numbers[at] = reading.value
                if reading.reasons:
                    self.reasons[at] += reading.reasons
        self.values["personal_id"] = numbers

    def _categories(self) -> None:
        """Take the category from the rank where no column says it."""
        ranks = self.values.get("rank")
        if ranks is not None:
            told = {rank: category_of_rank(rank) for rank in set(ranks)}
            said = self.values.get("category", self.nothing)
            self.values["category"] = [own or told[rank] for own, rank in zip(said, ranks, strict=True)]

    def _mails(self) -> None:
        """Read the two kinds of e-mail; under a heading that says neither, the domain tells."""
        for heading, about in (("official_mail", "address"), ("personal_mail", "personal_mail")):
            if heading in self.cells:
                self.values[about] = self._read(self.cells[heading], partial(read_mail, field=about))
        if "mail" not in self.cells:
            return
        found = self._read(self.cells["mail"], partial(read_mail, field="address"))
        for about, is_official in (("address", True), ("personal_mail", False)):
            either = (each if each and each.endswith(".gov.vn") is is_official else None for each in found)
            said = self.values.get(about, self.nothing)
            self.values[about] = [own or each for own, each in zip(said, either, strict=True)]

    def _office(self) -> None:
        """Read the telephone at work; its extension stands behind it, or in a column of its own."""
        if "work_phone" in self.cells:
            found = self._read(self.cells["work_phone"], read_office_phone)
            self.values["work_phone"] = [each and each[0] for each in found]
            self.values["extension"] = [each and each[1] for each in found]
        if "extension" in self.cells:
            behind = self.values.get("extension", self.nothing)
            own = self._read(self.cells["extension"], read_extension)
            self.values["extension"] = [each or other for each, other in zip(own, behind, strict=True)]

    def _places(self) -> None:
        """Give each row its unit: its own, that of its group, or in a column of units that of the rows above."""
        units = self.values.setdefault("unit", [*self.nothing])
        if None not in units:
            return
        own = [unit or row.group for unit, row in zip(units, self.rows, strict=True)]
        self.values["unit"] = from_above(own) if self.carries_units else own
        for at, (unit, taken) in enumerate(zip(own, self.values["unit"], strict=True)):
            if unit != taken:
                self.reasons[at].append(repair(UNIT_FROM_ABOVE, "unit"))


def _texts(cells: Sequence[Cell]) -> Sequence[str]:
    """Give cells as texts; most columns hold nothing else."""
    return cells if set(map(type, cells)) <= {str} else [*map(text_of, cells)]  # type: ignore[return-value]  # all are

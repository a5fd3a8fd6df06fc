"""From a table to records: each row's cells read and repaired, with what is to be said about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from directory.staff_lists.cells import Cell
from directory.staff_lists.dates import read_birth_date
from directory.staff_lists.headings import MARKS
from directory.staff_lists.identifiers import agreement, read_mail, read_personal_id, read_phone
from directory.staff_lists.readings import (
    Reading,
    category_of_rank,
    plain,
    read_category,
    read_name,
    read_rank,
    read_sex,
    read_text,
    uses_courtesies,
)
from directory.staff_lists.reasons import N_, Reason, question, repair
from directory.staff_lists.table import PersonRow, Table

_NO_NAME = N_("There is no name in this row. Write the full name, or delete the row.")
_CONVERTED = N_("The row was typed with letters of the old font {font}; it is converted to Unicode. Check the name.")
_UNIT_FROM_ABOVE = N_("The unit is not written in this row; it is taken from the rows above.")


@dataclass(frozen=True)
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
    title: str | None = None
    rank: str | None = None
    unit: str | None = None
    address: str | None = None
    source_record: str | None = None
    """The number of the record in the HR system that the list comes from."""


@dataclass(frozen=True)
class ListRow:
    """One row of a list, read: its number in the file, the record, the texts as written, and the reasons."""

    number: int
    record: Record
    written: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()


def understand(table: Table, today: date) -> list[ListRow]:
    """Read every row of a table."""
    has_courtesies = uses_courtesies(_written_name(row) for row in table.rows)
    rows = [_understand(row, today, has_courtesies=has_courtesies) for row in table.rows]
    return _with_units(rows) if any(column.field == "unit" for column in table.columns) else rows


def _written_name(row: PersonRow) -> str:
    """Give the name as it is written, put together from its columns."""
    parts = (plain(row.cells.get(part, "")) for part in ("family_middle", "full_name", "given"))
    return " ".join(part for part in parts if part)


def _understand(row: PersonRow, today: date, *, has_courtesies: bool) -> ListRow:
    reasons: list[Reason] = []

    def take(reading: Reading[Any]) -> Any:  # noqa: ANN401 - each field has its own type
        reasons.extend(reading.reasons)
        return reading.value

    if row.font:
        reasons.append(repair(_CONVERTED, "full_name", font=row.font))
    name = _written_name(row)
    full_name = take(read_name(name, has_courtesies=has_courtesies)) if name else None
    if not name:
        reasons.append(question(_NO_NAME, "full_name"))
    values = {each: take(read(row.cells[each])) for each, read in _PLAIN.items() if each in row.cells}
    birth_date, sex = (take(each) for each in _birth_and_sex(row.cells, today))
    personal_id = read_personal_id(row.cells["personal_id"]) if "personal_id" in row.cells else Reading[str]()
    values["personal_id"] = take(personal_id)
    reasons.extend(agreement(personal_id, birth_date, sex))
    values["category"] = values.get("category") or category_of_rank(values.get("rank"))
    values["unit"] = values.get("unit") or row.group
    record = Record(full_name=full_name, birth_date=birth_date, sex=sex, **values, **_mails(row.cells, take))
    written = {field_: plain(cell) for field_, cell in row.cells.items() if field_ != "number"}
    return ListRow(row.number, record, written, tuple(reasons))


_PLAIN: dict[str, Callable[[Cell], Reading[str]]] = {
    "phone": read_phone,
    "category": read_category,
    "rank": read_rank,
    "title": lambda cell: read_text(cell, "title"),
    "staff_number": lambda cell: read_text(cell, "staff_number"),
    "unit": lambda cell: read_text(cell, "unit"),
    "source_record": lambda cell: read_text(cell, "source_record"),
}


def _birth_and_sex(cells: Mapping[str, Cell], today: date) -> tuple[Reading[date], Reading[str]]:
    """Read birth date and sex, also from two columns `Nam | Nữ` with a date or a cross in one of them."""
    birth = read_birth_date(cells["birth_date"], today) if "birth_date" in cells else Reading[date]()
    sex = read_sex(cells["sex"]) if "sex" in cells else Reading[str]()
    marked = [mark for mark in MARKS if mark in cells]
    if len(marked) == 1:
        cell = cells[marked[0]]
        sex = Reading(marked[0])
        if any(letter.isdigit() for letter in plain(cell)):
            birth = read_birth_date(cell, today)
    return birth, sex


def _mails(cells: Mapping[str, Cell], take: Callable[[Reading[str]], str | None]) -> dict[str, str | None]:
    """Read the two kinds of e-mail; under a heading that says neither, the domain tells."""
    official = take(read_mail(cells["official_mail"], "address")) if "official_mail" in cells else None
    personal = take(read_mail(cells["personal_mail"], "personal_mail")) if "personal_mail" in cells else None
    if "mail" in cells:
        either = take(read_mail(cells["mail"], "address"))
        if either and either.endswith(".gov.vn"):
            official = official or either
        else:
            personal = personal or either
    return {"address": official, "personal_mail": personal}


def _with_units(rows: list[ListRow]) -> list[ListRow]:
    """Carry a unit down to the rows below that leave it out."""
    carried: list[ListRow] = []
    unit: str | None = None
    for row in rows:
        unit = row.record.unit or unit
        if row.record.unit is None and unit is not None:
            said = (*row.reasons, repair(_UNIT_FROM_ABOVE, "unit"))
            carried.append(replace(row, record=replace(row.record, unit=unit), reasons=said))
        else:
            carried.append(row)
    return carried

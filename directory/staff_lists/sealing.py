"""What is sealed of a row: the record, the texts as written and as corrected, and what would change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Any, Protocol

from sqlalchemy.orm import Session

from directory.keys import keys_of
from directory.staff_lists.correlation import Decision
from directory.staff_lists.reasons import Reason
from directory.staff_lists.repetitions import ABOUT_OTHERS
from directory.staff_lists.rows import ListRow, Record
from directory.staff_lists.tables import StaffList

PURPOSE = "staff_list_rows.cells"
_FIELDS = tuple(field.name for field in fields(Record) if field.name != "birth_date")
_values = attrgetter(*_FIELDS)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_BETWEEN = "\x1f"
"""Stands between the texts that are kept of a row. In a cell it is white space, of which only blanks are kept."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A row of a plan, opened again."""

    row: ListRow
    fixes: Mapping[str, str]
    """Cells that a person corrected, by field; what stood there is in `row.written`."""
    changes: Mapping[str, tuple[str | None, str | None]]
    opens_account: bool
    from_agency: int | None
    to_agency: int | None
    new_unit: str | None

    @property
    def texts(self) -> Mapping[str, str]:
        """The cells as they are understood: corrected ones in the place of what the file says."""
        return {**self.row.written, **self.fixes}

    def still_holds(self, kind: str, now: Decision) -> bool:
        """Say whether the row comes to the same as when the plan was made."""
        same_place = now.target.agency_id == self.to_agency or self.new_unit is not None
        return (
            now.kind == kind
            and dict(now.changes) == dict(self.changes)
            and now.opens_account == self.opens_account
            and same_place
        )


class Sealer:
    """Seals the rows of one list."""

    def __init__(self, session: Session, staff_list: StaffList) -> None:
        self._seal_all = keys_of(session).seal_all
        self._list = staff_list.public_id

    def __call__(self, rows: Iterable[tuple[ListRow, Decision, Mapping[str, str]]]) -> list[bytes]:
        """Seal what rows say of somebody and what would change; each comes with its corrected cells."""
        told = [(content(*each), f"{self._list}:{each[0].number}") for each in rows]
        return self._seal_all(told, PURPOSE)


def content(row: ListRow, decision: Decision, fixes: Mapping[str, str]) -> str:
    """Give what is kept of a row, by places: JSON, and names in each row, took three times as long to write."""
    said: dict[str, object] = {}
    record, written = row.record, row.written
    if fixes:
        said["fixes"] = fixes
    if decision.changes:
        said["changes"] = decision.changes
    if decision.opens_account:
        said["opens_account"] = True
    if decision.from_agency is not None:
        said["from"] = decision.from_agency
    if decision.target.agency_id is not None:
        said["to"] = decision.target.agency_id
    if decision.target.new_unit is not None:
        said["new_unit"] = decision.target.new_unit
    born = record.birth_date.isoformat() if record.birth_date is not None else ""
    names, own, more = " ".join(written), str(len(row.reasons)), _encode(said) if said else ""
    parts = [names, *written.values(), born, own, more, *[each or "" for each in _values(record)]]
    kept = _BETWEEN.join(parts)
    if kept.count(_BETWEEN) >= len(parts):
        return _encode((born, _values(record), names, [*written.values()], len(row.reasons), said))
    return kept


def places(kept: str) -> tuple[Any, ...]:
    """Give what is kept of a row: birth date, other values, names and texts of cells, number of reasons, and the rest.

    Rows stay for a month, so what earlier versions have kept is understood too: JSON, by places or by names.
    """
    if kept.startswith("["):
        return tuple(json.loads(kept))
    if kept.startswith("{"):
        return _by_places(json.loads(kept))
    names, *parts = kept.split(_BETWEEN)
    cells = len(names.split())
    born, own, more, *values = parts[cells:]
    return born, [each or None for each in values], names, parts[:cells], int(own), json.loads(more) if more else {}


def _by_places(content: dict[str, Any]) -> tuple[Any, ...]:
    """Give what is kept of a row that an earlier version kept by names."""
    record, written = content["record"], content["written"]
    values = [record.get(name) for name in _FIELDS]
    return record.get("birth_date"), values, " ".join(written), list(written.values()), content["own"], content


class Kept(Protocol):
    """What is read of a row to open it: a record, or only these columns."""

    @property
    def row(self) -> int: ...  # noqa: D102 - as in StaffListRow
    @property
    def cells(self) -> bytes: ...  # noqa: D102 - as in StaffListRow
    @property
    def reasons(self) -> list[dict[str, Any]]: ...  # noqa: D102 - as in StaffListRow


def opened(session: Session, staff_list: StaffList, row: Kept) -> Planned:
    """Open what a `Sealer` made, with those of the reasons beside it that came of reading the row itself."""
    kept = keys_of(session).open(row.cells, PURPOSE, f"{staff_list.public_id}:{row.row}")
    born, values, names, texts, own, said = places(kept)
    # A row that was kept before a field was added has fewer values: new fields come last.
    record = Record(**dict(zip(_FIELDS, values, strict=False)), birth_date=date.fromisoformat(born) if born else None)
    reasons = [Reason.from_json(each) for each in row.reasons[:own]]
    return Planned(
        row=ListRow(
            row.row,
            record,
            dict(zip(names.split(), texts, strict=True)),
            tuple(each for each in reasons if each.message not in ABOUT_OTHERS),
        ),
        fixes=said.get("fixes", {}),
        changes={name: (before, after) for name, (before, after) in said.get("changes", {}).items()},
        opens_account=said.get("opens_account", False),
        from_agency=said.get("from"),
        to_agency=said.get("to"),
        new_unit=said.get("new_unit"),
    )

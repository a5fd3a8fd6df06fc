"""What is sealed of a row: the record, the texts as written and as corrected, and what would change."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
_FIELDS = tuple(field.name for field in fields(Record))
_values = attrgetter(*_FIELDS)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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
        self._seal = keys_of(session).seal
        self._list = staff_list.public_id

    def __call__(self, row: ListRow, decision: Decision, fixes: Mapping[str, str]) -> bytes:
        """Seal what a row says of somebody and what would change."""
        record = row.record
        said = {name: value for name, value in zip(_FIELDS, _values(record), strict=True) if value is not None}
        if record.birth_date is not None:
            said["birth_date"] = record.birth_date.isoformat()  # here, because the encoder asks back for each
        content: dict[str, Any] = {
            "record": said,
            "written": row.written,
            "own": len(row.reasons),
        }
        if fixes:
            content["fixes"] = fixes
        if decision.changes:
            content["changes"] = decision.changes
        if decision.opens_account:
            content["opens_account"] = True
        if decision.from_agency is not None:
            content["from"] = decision.from_agency
        if decision.target.agency_id is not None:
            content["to"] = decision.target.agency_id
        if decision.target.new_unit is not None:
            content["new_unit"] = decision.target.new_unit
        return self._seal(_encode(content), PURPOSE, f"{self._list}:{row.number}")


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
    content = json.loads(keys_of(session).open(row.cells, PURPOSE, f"{staff_list.public_id}:{row.row}"))
    born = content["record"].pop("birth_date", None)
    record = Record(**content["record"], birth_date=date.fromisoformat(born) if born else None)
    own = map(Reason.from_json, row.reasons[: content["own"]])
    reasons = tuple(reason for reason in own if reason.message not in ABOUT_OTHERS)
    return Planned(
        row=ListRow(row.row, record, content["written"], reasons),
        fixes=content.get("fixes", {}),
        changes={name: (before, after) for name, (before, after) in content.get("changes", {}).items()},
        opens_account=content.get("opens_account", False),
        from_agency=content.get("from"),
        to_agency=content.get("to"),
        new_unit=content.get("new_unit"),
    )

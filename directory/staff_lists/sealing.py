"""What is sealed of a row: the record, the texts as written, and what would change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from directory.keys import keys_of
from directory.staff_lists.correlation import Decision
from directory.staff_lists.rows import ListRow, Record
from directory.staff_lists.tables import StaffList, StaffListRow

PURPOSE = "staff_list_rows.cells"


@dataclass(frozen=True)
class Planned:
    """A row of a plan, opened again."""

    row: ListRow
    changes: Mapping[str, tuple[str | None, str | None]]
    opens_account: bool
    from_agency: int | None
    to_agency: int | None
    new_unit: str | None

    def still_holds(self, kind: str, now: Decision) -> bool:
        """Say whether the row comes to the same as when the plan was made."""
        same_place = now.target.agency_id == self.to_agency or self.new_unit is not None
        return (
            now.kind == kind
            and dict(now.changes) == dict(self.changes)
            and now.opens_account == self.opens_account
            and same_place
        )


def sealed(session: Session, staff_list: StaffList, row: ListRow, decision: Decision) -> bytes:
    """Seal what a row says of somebody and what would change."""
    content: dict[str, Any] = {
        "record": {name: value for name, value in asdict(row.record).items() if value is not None},
        "written": dict(row.written),
        "changes": dict(decision.changes),
        "opens_account": decision.opens_account,
        "from": decision.from_agency,
        "to": decision.target.agency_id,
        "new_unit": decision.target.new_unit,
    }
    text = json.dumps(content, ensure_ascii=False, default=date.isoformat)
    return keys_of(session).seal(text, PURPOSE, f"{staff_list.public_id}:{row.number}")


def opened(session: Session, staff_list: StaffList, row: StaffListRow) -> Planned:
    """Open what `sealed` made."""
    content = json.loads(keys_of(session).open(row.cells, PURPOSE, f"{staff_list.public_id}:{row.row}"))
    born = content["record"].pop("birth_date", None)
    record = Record(**content["record"], birth_date=date.fromisoformat(born) if born else None)
    return Planned(
        row=ListRow(row.row, record, content["written"]),
        changes={name: (before, after) for name, (before, after) in content["changes"].items()},
        opens_account=content["opens_account"],
        from_agency=content["from"],
        to_agency=content["to"],
        new_unit=content["new_unit"],
    )

"""Policies: settings of an agency that the agencies below inherit until they set their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.agencies import Agency
from directory.base import Base

MIB = 1024 * 1024
DEFAULTS: dict[str, Any] = {
    "naming_patterns": ["{given}{initials}", "{given}{initials}.{unit}", "{full}"],
    "quota_bytes": 500 * MIB,
    "role_quota_bytes": 2048 * MIB,
    "quarantine_days": 365,
    "second_factor": True,
    "session_idle_minutes": 15,
    "session_hours": 12,
    "use_days": 30,
    "targets": {"provided": 100, "activated": 90, "in_use": 80, "second_factor": 100},
}
"""What holds where no agency up to the root has said otherwise. `use_days`: days within which use counts."""


class Policy(Base):
    """One setting of one agency."""

    __tablename__ = "policies"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    """`{"value": …}`, so that any JSON value can stand here."""


@dataclass(frozen=True)
class Effective:
    """A value with the agency it comes from (None: the default)."""

    value: Any
    agency_id: int | None


def effective_values(session: Session, agencies: Iterable[Agency], names: Iterable[str]) -> dict[int, dict[str, Any]]:
    """Give the values of some policies for many agencies, by agency id, in one statement."""
    lines = {agency.id: [int(label) for label in agency.path.split(".")] for agency in agencies}
    wanted = list(names)
    rows = session.scalars(
        select(Policy).where(
            Policy.name.in_(wanted), Policy.agency_id.in_({each for line in lines.values() for each in line})
        )
    )
    own = {(row.agency_id, row.name): row.value["value"] for row in rows}
    return {
        agency_id: {
            name: next((own[each, name] for each in reversed(line) if (each, name) in own), DEFAULTS[name])
            for name in wanted
        }
        for agency_id, line in lines.items()
    }


def effective(session: Session, agency: Agency, name: str) -> Effective:
    """Give the value of a policy for an agency: its own, or the nearest one above it."""
    return effective_of(session, [agency], name)[agency.id]


def effective_of(session: Session, agencies: Sequence[Agency], name: str) -> dict[int, Effective]:
    """Give the value of a policy for each of these agencies in one statement, by agency id."""
    lines = {agency.id: [int(label) for label in agency.path.split(".")] for agency in agencies}
    wanted = {each for line in lines.values() for each in line}
    set_ = {
        row.agency_id: row.value["value"]
        for row in session.scalars(select(Policy).where(Policy.name == name, Policy.agency_id.in_(wanted)))
    }
    default = Effective(DEFAULTS[name], None)
    return {
        agency_id: next((Effective(set_[each], each) for each in reversed(line) if each in set_), default)
        for agency_id, line in lines.items()
    }

"""Policies: settings of an agency that the agencies below inherit until they set their own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.agencies import Agency
from directory.base import Base, Numbered, public_id

MIB = 1024 * 1024
SECOND_FACTOR_RULES = ("everybody", "roles", "nobody")
"""Who must have a second factor: everybody, whoever has a role, or nobody."""
PASSWORD_PROFILES = ("nist", "vn-l3")
"""From the less strict on."""
HOLDABLE = ("second_factor", "password_profile", "session_idle_minutes", "session_hours")
"""What an agency can hold: then those below may be stricter, but not less strict."""
COLLEAGUE_FIELDS = ("title", "rank", "address", "extension")
"""What an ordinary official may be shown of a colleague, besides the name and the agency."""
_LEADERS = (
    "bộ trưởng, thứ trưởng, tổng cục trưởng, vụ trưởng, cục trưởng, giám đốc, viện trưởng, chánh văn phòng,"
    " chánh thanh tra, chủ tịch, phó chủ tịch, bí thư"
)
DEFAULTS: dict[str, Any] = {
    "naming_patterns": ["{given}{initials}", "{given}{initials}.{unit}", "{full}"],
    "reserved_locals": [],
    "forbidden_locals": [],
    "keep_address": True,
    "alias_days": 365,
    "quarantine_days": 365,
    "mailbox_kept_months": {"rules": [{"words": _LEADERS, "value": 12}], "default": 6},
    "forward_on_leaving": True,
    "quota_rules": {"rules": [], "default": 500 * MIB},
    "role_quota_bytes": 2048 * MIB,
    "second_factor": {"who": "everybody", "since": None},
    "password_profile": "nist",
    "session_idle_minutes": 15,
    "session_hours": 12,
    "unused_days": None,
    "app_password_unused_days": 180,
    "colleague_fields": ["title", "address", "extension"],
    "use_days": 30,
    "targets": {"provided": 100, "activated": 90, "in_use": 80, "second_factor": 100},
}
"""What holds where no agency up to the root has said otherwise.

`reserved_locals`: local parts for role mailboxes only; `forbidden_locals`: for nobody. `alias_days`: how long an
address given up by a transfer or a new name still receives (None: for ever). `mailbox_kept_months`, `quota_rules`:
by position, see `directory.positions`. `second_factor.since`: from which day on it holds (None: always).
`use_days`: days within which use counts. `unused_days`: after so many days without use an account is suspended (None:
never); see `directory.adoption.disuse` for what security level 3 makes of it. `app_password_unused_days`: after so many
days in which no mail client used it an app password is revoked (None: never).
"""


class Policy(Base):
    """One setting of one agency."""

    __tablename__ = "policies"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    """`{"value": …}`, so that any JSON value can stand here."""
    is_held: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Agencies below may only be as strict or stricter."""

    __table_args__ = (
        CheckConstraint(f"name IN {tuple(DEFAULTS)}", name="name"),
        CheckConstraint("value ? 'value'", name="value"),
        CheckConstraint("policy_is_sound(name, value -> 'value')", name="sound"),
        CheckConstraint(f"NOT is_held OR name IN {HOLDABLE}", name="held"),
    )


class Rollout(Numbered, Base):
    """A changed policy that what exists already must follow: how far that has come. One batch after the other."""

    __tablename__ = "rollouts"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    name: Mapped[str]
    begun_at: Mapped[datetime]
    begun_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    starts_on: Mapped[date]
    """The day from which on the policy holds; the rollout waits for it."""
    total: Mapped[int]
    """So many people or role mailboxes were counted when it was begun."""
    looked_at: Mapped[int] = mapped_column(default=0, server_default="0")
    changed: Mapped[int] = mapped_column(default=0, server_default="0")
    after_id: Mapped[int] = mapped_column(default=0, server_default="0")
    """Everything up to this id is done: where the next batch goes on, whoever does it."""
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("total >= 0 AND looked_at >= 0 AND changed BETWEEN 0 AND looked_at", name="counts"),
        Index(
            "rollouts_one_at_a_time_idx",
            "agency_id",
            "name",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("rollouts_waiting_idx", "starts_on", "id", postgresql_where=text("finished_at IS NULL")),
    )


@dataclass(frozen=True)
class Effective:
    """A value with the agency it comes from (None: the default)."""

    value: Any
    agency_id: int | None
    is_held: bool = False
    """Agencies below may only be as strict or stricter."""

    @property
    def mark(self) -> str:
        """Give a mark that is another as soon as the value is another, or comes from another agency."""
        told = json.dumps([self.value, self.agency_id, self.is_held], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def effective_values(session: Session, agencies: Iterable[Agency], names: Iterable[str]) -> dict[int, dict[str, Any]]:
    """Give the values of some policies for many agencies, by agency id, in one statement."""
    return {
        agency_id: {name: found.value for name, found in policies.items()}
        for agency_id, policies in _all_of(session, agencies, list(names)).items()
    }


def effective(session: Session, agency: Agency, name: str) -> Effective:
    """Give the value of a policy for an agency: its own, or the nearest one above it."""
    return effective_of(session, [agency], name)[agency.id]


def effective_of(session: Session, agencies: Sequence[Agency], name: str) -> dict[int, Effective]:
    """Give the value of a policy for each of these agencies in one statement, by agency id."""
    return {agency_id: policies[name] for agency_id, policies in _all_of(session, agencies, [name]).items()}


def all_effective(session: Session, agency: Agency) -> dict[str, Effective]:
    """Give the value of every policy for an agency with where it comes from, in one statement."""
    return _all_of(session, [agency], list(DEFAULTS))[agency.id]


def _all_of(session: Session, agencies: Iterable[Agency], names: Sequence[str]) -> dict[int, dict[str, Effective]]:
    """Give some policies for many agencies, by agency id and name."""
    lines = {agency.id: [int(label) for label in agency.path.split(".")] for agency in agencies}
    rows = session.scalars(
        select(Policy).where(
            Policy.name.in_(names), Policy.agency_id.in_({each for line in lines.values() for each in line})
        )
    )
    own = {(row.agency_id, row.name): row for row in rows}
    return {
        agency_id: {name: _nearest([own[each, name] for each in line if (each, name) in own], name) for name in names}
        for agency_id, line in lines.items()
    }


def _nearest(rows: Sequence[Policy], name: str) -> Effective:
    """Give what holds of the values that an agency and those above it set, from the top down: the nearest.

    Below a value that is held only one at least as strict counts.
    """
    found, held = Effective(DEFAULTS[name], None), None
    for row in rows:
        value = row.value["value"]
        if held is None or is_as_strict(name, value, held):
            found = Effective(value, row.agency_id, row.is_held)
            held = value if row.is_held else held
    return found


def held_above(session: Session, agency: Agency, name: str) -> Effective | None:
    """Give the value of a policy that the nearest agency above holds, if one does."""
    above = [int(label) for label in agency.path.split(".")[:-1]]
    rows = session.scalars(
        select(Policy)
        .join(Agency, Agency.id == Policy.agency_id)
        .where(Policy.name == name, Policy.agency_id.in_(above), Policy.is_held)
        .order_by(func.nlevel(Agency.path))
    ).all()
    found = _nearest(rows, name)
    return found if found.is_held else None


def is_as_strict(name: str, value: Any, held: Any) -> bool:  # noqa: ANN401 - whatever JSON a policy has
    """Say whether a value of a policy that can be held is at least as strict as another, on every day."""
    if name == "second_factor":
        order = SECOND_FACTOR_RULES.index
        return order(value["who"]) <= order(held["who"]) and (value["since"] or "") <= (held["since"] or "")
    if name == "password_profile":
        return PASSWORD_PROFILES.index(value) >= PASSWORD_PROFILES.index(held)
    return bool(value <= held)


def inherited(session: Session, agency: Agency, name: str) -> Effective:
    """Give the value that an agency would inherit if it set none itself."""
    if agency.parent_id is None:
        return Effective(DEFAULTS[name], None)
    return effective(session, session.get_one(Agency, agency.parent_id), name)


def rollouts_at(session: Session, agency: Agency, limit: int = 5) -> Sequence[Rollout]:
    """Give the rollouts of an agency's policies: those under way, and of the others the last few."""
    last = select(Rollout.id).where(Rollout.agency_id == agency.id).order_by(Rollout.id.desc()).limit(limit)
    return session.scalars(
        select(Rollout)
        .where(Rollout.agency_id == agency.id, Rollout.finished_at.is_(None) | Rollout.id.in_(last))
        .order_by(Rollout.finished_at.is_(None).desc(), Rollout.id.desc())
    ).all()

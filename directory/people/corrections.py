"""Corrections as pages show them: those that wait for the actor's decision, and one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.corrections import Correction, wish_of
from directory.errors import NotAllowed, NotFound
from directory.grants import Action, scope
from directory.officials import SEALED, Official, open_field
from directory.people.masks import masked

COUNTED_AT_MOST = 100
_OWN_SHOWN = 20


@dataclass(frozen=True)
class Waiting:
    """A correction that waits: whose, of which field, since when; what it says is opened one by one."""

    id: int
    public_id: str
    field: str
    sent_at: datetime
    official_name: str
    official_public_id: str
    agency_name: str
    is_own: bool
    present: str | None = None
    """What the record says now; of personal data only a mask."""


@dataclass(frozen=True)
class Own:
    """A correction as its sender sees it."""

    public_id: str
    field: str
    state: str
    sent_at: datetime
    decided_at: datetime | None
    reason: str | None
    value: str | None
    """What it asks for, while it waits."""


def waiting_corrections(
    session: Session, actor: Actor, after: int | None = None, limit: int = 50
) -> tuple[Sequence[Waiting], int | None]:
    """List what waits in the actor's agencies, the oldest first; the number begins the next page."""
    wanted = _waiting(actor)
    if after is not None:
        wanted = wanted.where(Correction.id > after)
    rows = session.execute(wanted.order_by(Correction.id).limit(limit + 1)).all()
    shown = [_told(actor, *row) for row in rows[:limit]]
    return shown, shown[-1].id if len(rows) > limit else None


def count_waiting_corrections(session: Session, actor: Actor) -> int:
    """Count what waits in the actor's agencies, and stop at a hundred."""
    some = _waiting(actor).where(Correction.sent_by != (actor.account_id or 0)).limit(COUNTED_AT_MOST)
    return session.scalar(select(func.count()).select_from(some.with_only_columns(Correction.id).subquery())) or 0


def waiting_correction(session: Session, actor: Actor, public_id: str) -> Waiting:
    """Give one that waits in the actor's agencies, or `NotFound`."""
    row = session.execute(_waiting(actor).where(Correction.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound
    correction, official, post, agency = row
    return _told(actor, correction, official, post, agency, _present(session, correction.field, official, post))


def own_corrections(session: Session, actor: Actor) -> list[Own]:
    """List the last corrections that the actor sent."""
    if actor.account_id is None:
        raise NotAllowed
    official_id = select(Account.official_id).where(Account.id == actor.account_id).scalar_subquery()
    rows = session.scalars(
        select(Correction)
        .where(Correction.official_id == official_id, Correction.sent_by == actor.account_id)
        .order_by(Correction.id.desc())
        .limit(_OWN_SHOWN)
    )
    return [
        Own(
            row.public_id,
            row.field,
            row.state,
            row.sent_at,
            row.decided_at,
            row.reason,
            wish_of(session, row)[0] if row.state == "waiting" else None,
        )
        for row in rows
    ]


def _waiting(actor: Actor) -> Select[Correction, Official, Appointment, Agency]:
    """Select what waits, by the agency of the main post of today."""
    return (
        select(Correction, Official, Appointment, Agency)
        .join(Official, Official.id == Correction.official_id)
        .join(Appointment, Appointment.official_id == Official.id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .where(Correction.state == "waiting", Appointment.kind == "primary", held_on(actor.today))
        .where(scope(actor, Action.APPOINT))
    )


def _told(
    actor: Actor,
    correction: Correction,
    official: Official,
    _post: Appointment,
    agency: Agency,
    present: str | None = None,
) -> Waiting:
    """Give one line."""
    return Waiting(
        correction.id,
        correction.public_id,
        correction.field,
        correction.sent_at,
        official.full_name,
        official.public_id,
        agency.name,
        correction.sent_by == actor.account_id,
        present,
    )


def _present(session: Session, field: str, official: Official, post: Appointment) -> str | None:
    """Give what the record says now."""
    if field in SEALED:
        value = open_field(session, official, field)
        return masked(field, value) if value else None
    found: str | None = getattr(post if field in {"title", "rank"} else official, field)
    return found

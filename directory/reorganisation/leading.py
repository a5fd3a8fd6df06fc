"""Say who leads an agency and whom one asks there about accounts and mail: both are posts, from a day on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, NotAllowed
from directory.grants import Action, may
from directory.lifecycle.enlistment import refuse_closed
from directory.officials import Official

Duty = Literal["head", "it_contact"]
DUTIES: tuple[Duty, ...] = ("head", "it_contact")


@dataclass(frozen=True)
class Leading:
    """An official of the agency gets a duty there from a day on, by default today; None: nobody has it."""

    agency_id: int
    duty: Duty
    official_id: int | None
    since: date | None = None


def lead(session: Session, actor: Actor, wishes: Sequence[Leading]) -> None:
    """Give duties, never to oneself; whoever had one before has it until that day. Errors carry `row`.

    A post that gains or loses a duty while it is held is divided at the day, so that the past stays as it was.
    """
    if not wishes:
        return
    agency_ids = {each.agency_id for each in wishes}
    may(session, actor, Action.APPOINT, *agency_ids)
    mine = select(Account.official_id).where(Account.id == actor.account_id)
    if actor.account_id is not None and session.scalar(mine) in {each.official_id for each in wishes}:
        raise NotAllowed
    refuse_closed(session, actor, agency_ids)
    public = dict(session.execute(select(Agency.id, Agency.public_id).where(Agency.id.in_(agency_ids))).all())
    for row, each in enumerate(wishes):
        since = each.since or actor.today
        flag = f"is_{each.duty}"
        wanted = _post(session, row, each, since) if each.official_id is not None else None
        _relieve(session, each.agency_id, flag, since, wanted)
        if wanted is not None and not getattr(wanted, flag):
            setattr(_from(session, wanted, since), flag, True)
        session.flush()
        person = session.get_one(Official, each.official_id).public_id if each.official_id is not None else None
        told = {"official": person, "since": since.isoformat()}
        record(session, actor, f"agency.{each.duty}_named", f"agency:{public[each.agency_id]}", each.agency_id, **told)


def _post(session: Session, row: int, wish: Leading, since: date) -> Appointment:
    """Give the post that the official holds at the agency on that day, the main one before others."""
    held = (
        select(Appointment)
        .where(Appointment.official_id == wish.official_id, Appointment.agency_id == wish.agency_id, held_on(since))
        .order_by(Appointment.kind != "primary", Appointment.id)
        .limit(1)
        .with_for_update()
    )
    post = session.scalar(held)
    if post is None:
        raise BadValue(row=row, field="official", reason="holds no post at this agency on that day")
    return post


def _relieve(session: Session, agency_id: int, flag: str, since: date, wanted: Appointment | None) -> None:
    """Let whoever has a duty have it until a day; what was planned for later is given up."""
    holding = session.scalars(
        select(Appointment)
        .where(Appointment.agency_id == agency_id, getattr(Appointment, flag))
        .where(or_(Appointment.valid_to.is_(None), Appointment.valid_to > since))
        .order_by(Appointment.valid_from)
        .with_for_update()
    ).all()
    for post in holding:
        if post is not wanted:
            setattr(_from(session, post, since), flag, False)
    session.flush()


def _from(session: Session, post: Appointment, since: date) -> Appointment:
    """Give the part of a post that is held from a day on, dividing it there if it began before."""
    if post.valid_from >= since:
        return post
    kept = {column.key for column in Appointment.__table__.columns} - {"id", "valid_from", "address_follows"}
    later = Appointment(valid_from=since, **{name: getattr(post, name) for name in kept})
    post.valid_to = since
    session.flush()  # before the insert, which would overlap with it
    session.add(later)
    session.flush()
    return later

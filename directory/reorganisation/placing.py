"""Move agencies, with all that is below them, to stand below another agency from a day on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from directory.agencies import Agency, AgencyPlace, inside, is_open, take_turns
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, NotFound, WrongState
from directory.grants import Action, may
from directory.lifecycle.particulars import plain_text
from directory.reorganisation.affected import mark_below
from directory.reorganisation.lines import PLACES, follow
from directory.reorganisation.renaming import agencies_for_change


@dataclass(frozen=True)
class Move:
    """An agency stands below another from a day on, by default today."""

    agency_id: int
    parent_id: int
    since: date | None = None
    decision: str | None = None


def move(session: Session, actor: Actor, moves: Sequence[Move]) -> None:
    """Move agencies; errors carry `row`.

    Who does it looks after the agency, the one above it now and the one above it then: nobody takes an agency out
    of another's reach, or draws one into the own.
    """
    if not moves:
        return
    take_turns(session, {each for one in moves for each in (one.agency_id, one.parent_id)})
    agencies = agencies_for_change(session, actor, [each.agency_id for each in moves], is_shown=True)
    goals = {each.parent_id for each in moves}
    present = {agency.parent_id for agency in agencies.values()}
    if None in present and not actor.is_system:
        raise BadValue(field="parent", reason="an agency at the top is moved by whoever runs the service")
    may(session, actor, Action.AGENCY, *goals, *(each for each in present if each is not None))
    parents = {agency.id: agency for agency in session.scalars(select(Agency).where(Agency.id.in_(goals)))}
    rows = []
    for place, each in enumerate(moves):
        agency, parent, since = agencies[each.agency_id], parents.get(each.parent_id), each.since or actor.today
        if parent is None:
            raise NotFound
        _check(place, agency, parent, since)
        decision = plain_text("decision", each.decision or "") or None
        told = {"below": parent.name, "since": since.isoformat(), "decision": decision}
        record(session, actor, "agency.moved", f"agency:{agency.public_id}", agency.id, **told)
        rows.append({"agency_id": agency.id, "since": since, "decision": decision, "parent_id": parent.id})
    follow(session, PLACES, rows)
    settle_places(session, actor)


def _check(row: int, agency: Agency, parent: Agency, since: date) -> None:
    """Raise the reason why an agency cannot stand below another from a day on."""
    if f".{agency.id}." in f".{parent.path}.":
        raise BadValue(row=row, field="parent", reason="is the agency itself, or below it")
    if parent.valid_to is not None and parent.valid_to <= since:
        raise WrongState(row=row, subject=parent.name, state="closed")
    if since < agency.valid_from or since < parent.valid_from:
        raise BadValue(row=row, field="since", reason="before the day on which the agency began")


def settle_places(session: Session, actor: Actor) -> list[int]:
    """Let agencies stand where they stand from today on, and give the ids of those that moved.

    One by one: two that were planned to stand below each other would else stop all others too.
    """
    placed = (
        select(AgencyPlace.id, Agency.id, AgencyPlace.parent_id)
        .join(Agency, Agency.id == AgencyPlace.agency_id)
        .where(AgencyPlace.valid_from <= actor.today)
        .where(or_(AgencyPlace.valid_to.is_(None), AgencyPlace.valid_to > actor.today))
        .where(AgencyPlace.parent_id.is_distinct_from(Agency.parent_id))
        .order_by(AgencyPlace.valid_from, AgencyPlace.id)
    )
    moved: list[int] = []
    rows = session.execute(placed).all()
    take_turns(session, {each for _, *both in rows for each in both if each is not None})
    for place_id, agency_id, parent_id in rows:
        if parent_id is None or _may_stand(session, actor, agency_id, parent_id):
            session.execute(update(Agency).where(Agency.id == agency_id).values(parent_id=parent_id))
            moved.append(agency_id)
        else:
            _drop(session, actor, place_id)
    if moved:
        session.expire_all()  # the paths below were written by a trigger
        mark_below(session, actor, moved)
    return moved


def _may_stand(session: Session, actor: Actor, agency_id: int, parent_id: int) -> bool:
    """Say whether the place is one still: the agency above is open, and not below this one."""
    parent = select(Agency.id).where(Agency.id == parent_id, is_open(actor.today), Agency.id.not_in(inside(agency_id)))
    return session.scalar(parent) is not None


def _drop(session: Session, actor: Actor, place_id: int) -> None:
    """Forget a move that cannot be made any more; the agency stays where it is."""
    place = session.get_one(AgencyPlace, place_id)
    agency = session.get_one(Agency, place.agency_id)
    before = update(AgencyPlace).where(
        AgencyPlace.agency_id == place.agency_id, AgencyPlace.valid_to == place.valid_from
    )
    until = place.valid_to
    session.delete(place)
    session.flush()
    session.execute(before.values(valid_to=until))
    record(
        session,
        actor,
        "agency.stayed",
        f"agency:{agency.public_id}",
        agency.id,
        reason="the agency above is closed, or lies below this one",
    )

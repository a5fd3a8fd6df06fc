"""How an agency came to be as it is, and what is planned for it: for its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.orm import Session, aliased

from directory.agencies import Agency, AgencyName, AgencyPlace, Succession
from directory.appointments import Appointment
from directory.base import Actor
from directory.grants import Action, may, scope
from directory.officials import Official
from directory.reorganisation.tables import Ending, Reorganisation

FLAGS = (("head", "is_head"), ("it_contact", "is_it_contact"))
"""The duties with the column of a post that says so."""
MOST_STAFF = 1000
"""Agencies themselves have fewer people than that; the others stand in their units."""


@dataclass(frozen=True)
class Planned:
    """A reorganisation in which the agency ends or goes on, and that is not done."""

    public_id: str
    since: date
    decision: str | None
    endings: Sequence[str]
    successors: Sequence[str]
    is_begun: bool
    """Its day has come; it can be called off no more, unless it failed."""
    failure: Mapping[str, Any] | None
    waiting: int
    """Officials still to be handed over."""


@dataclass(frozen=True)
class Dated:
    """What an agency was called, or below which other it stood, from a day to a day."""

    what: str
    valid_from: date
    valid_to: date | None
    decision: str | None


@dataclass(frozen=True)
class Leader:
    """Who has a duty at an agency from a day on."""

    duty: str
    public_id: str
    full_name: str
    title: str
    since: date


@dataclass(frozen=True)
class Colleague:
    """Somebody with a post at the agency itself, who can be given a duty there."""

    public_id: str
    label: str
    duties: Sequence[str]


@dataclass(frozen=True)
class History:
    """What was, is and will be of an agency."""

    names: Sequence[Dated]
    places: Sequence[Dated]
    planned: Sequence[Planned]
    end_decision: str | None
    """By which the agency ended, once it has."""
    leaders: Sequence[Leader]


def history_of(session: Session, actor: Actor, agency_id: int) -> History:
    """Give an agency's names and places of other days, what is planned, and who leads it, in a few statements."""
    may(session, actor, Action.VIEW, agency_id)
    names = session.scalars(
        select(AgencyName).where(AgencyName.agency_id == agency_id).order_by(AgencyName.valid_from.desc())
    )
    places = session.execute(
        select(AgencyPlace, Agency.name)
        .outerjoin(Agency, Agency.id == AgencyPlace.parent_id)
        .where(AgencyPlace.agency_id == agency_id)
        .order_by(AgencyPlace.valid_from.desc())
    )
    return History(
        names=[Dated(each.name, each.valid_from, each.valid_to, each.decision) for each in names],
        places=[Dated(above or "", each.valid_from, each.valid_to, each.decision) for each, above in places],
        planned=_planned(session, actor, agency_id),
        end_decision=session.scalar(
            select(Reorganisation.decision)
            .join(Ending, Ending.reorganisation_id == Reorganisation.id)
            .where(Ending.agency_id == agency_id, Reorganisation.done_at.is_not(None))
        ),
        leaders=_leaders(session, actor, agency_id),
    )


def failed_endings(session: Session, actor: Actor) -> Sequence[Agency]:
    """Give the agencies that could not end on their day, as far as the actor may decide what then."""
    return session.scalars(
        select(Agency)
        .join(Ending, Ending.agency_id == Agency.id)
        .join(Reorganisation, Reorganisation.id == Ending.reorganisation_id)
        .where(Reorganisation.failure.is_not(None), scope(actor, Action.AGENCY))
        .order_by(Reorganisation.since, Agency.id)
    ).all()


def _planned(session: Session, actor: Actor, agency_id: int) -> list[Planned]:
    """Give the reorganisations that wait, with the names of who is concerned."""
    ended, gone_on = aliased(Agency), aliased(Agency)
    concerned = or_(
        Reorganisation.id.in_(select(Ending.reorganisation_id).where(Ending.agency_id == agency_id)),
        Reorganisation.id.in_(select(Succession.reorganisation_id).where(Succession.successor_id == agency_id)),
    )
    endings = (
        select(func.array_agg(func.distinct(ended.name)))
        .join(Ending, Ending.agency_id == ended.id)
        .where(Ending.reorganisation_id == Reorganisation.id)
        .scalar_subquery()
    )
    successors = (
        select(func.array_agg(func.distinct(gone_on.name)))
        .join(Succession, Succession.successor_id == gone_on.id)
        .where(Succession.reorganisation_id == Reorganisation.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Reorganisation, endings, successors, _waiting())
        .where(concerned, Reorganisation.done_at.is_(None))
        .order_by(Reorganisation.since)
    )
    return [
        Planned(
            each.public_id,
            each.since,
            each.decision,
            ending,
            following or [],
            each.since <= actor.today,
            each.failure,
            left,
        )
        for each, ending, following, left in rows
    ]


def _waiting() -> ScalarSelect[int]:
    """Count the officials whose posts at agencies that end are still to be handed over."""
    return (
        select(func.count(Appointment.official_id.distinct()))
        .join(Ending, Ending.agency_id == Appointment.agency_id)
        .where(Ending.reorganisation_id == Reorganisation.id)
        .where(or_(Appointment.valid_to.is_(None), Appointment.valid_to > Reorganisation.since))
        .where(Appointment.valid_to.is_distinct_from(Appointment.valid_from))
        .scalar_subquery()
    )


def _leaders(session: Session, actor: Actor, agency_id: int) -> list[Leader]:
    """Give who has a duty today or will have one."""
    rows = session.execute(
        select(Appointment, Official)
        .join(Official, Official.id == Appointment.official_id)
        .where(Appointment.agency_id == agency_id, or_(Appointment.is_head, Appointment.is_it_contact))
        .where(or_(Appointment.valid_to.is_(None), Appointment.valid_to > actor.today))
        .order_by(Appointment.valid_from)
    ).all()
    return [
        Leader(duty, official.public_id, official.full_name, post.title, post.valid_from)
        for duty, flag in FLAGS
        for post, official in rows
        if getattr(post, flag)
    ]


def staff_of(session: Session, actor: Actor, agency_id: int) -> list[Colleague]:
    """Give who holds a post at the agency itself, or will; each once, in the order of given names."""
    may(session, actor, Action.APPOINT, agency_id)
    rows = session.execute(
        select(Official, Appointment)
        .join(Appointment, Appointment.official_id == Official.id)
        .where(Appointment.agency_id == agency_id)
        .where(or_(Appointment.valid_to.is_(None), Appointment.valid_to > actor.today))
        .order_by(Official.given, Official.family, Official.middle, Official.id, Appointment.kind != "primary")
        .limit(MOST_STAFF)
    ).all()
    found: dict[str, Colleague] = {}
    for official, post in rows:
        first = found.get(official.public_id)
        label = f"{official.full_name} · {post.title}" if post.title else official.full_name
        duties = [*(first.duties if first else ()), *(duty for duty, flag in FLAGS if getattr(post, flag))]
        found[official.public_id] = Colleague(official.public_id, first.label if first else label, duties)
    return list(found.values())

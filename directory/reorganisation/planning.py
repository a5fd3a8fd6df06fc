"""Plan how agencies end: others go on in their place (a merger, a division), or nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from directory.agencies import Agency, Succession, take_turns
from directory.audit import record
from directory.base import Actor, insert_all
from directory.domains import Domain
from directory.errors import BadValue, EndBegun, EndPlanned, NotFound, Stale, WrongState
from directory.grants import Action, may
from directory.lifecycle.particulars import plain_text
from directory.mailboxes import Mailbox
from directory.reorganisation.carrying_out import carry_out
from directory.reorganisation.tables import Ending, Handing, Reorganisation


@dataclass(frozen=True)
class Hand:
    """One unit, role mailbox or domain of an agency that ends, for another successor than the first."""

    successor_id: int
    unit_id: int | None = None
    mailbox_id: int | None = None
    domain_id: int | None = None


@dataclass(frozen=True)
class Plan:
    """Agencies end on a day and successors go on; the first gets all that no `Hand` gives to another."""

    endings: Sequence[int]
    since: date
    successors: Sequence[int] = ()
    hands: Sequence[Hand] = ()
    decision: str | None = None
    receives_until: date | None = None
    """How long the domains of the agencies that end still receive; None: without an end yet."""
    keeps_roles: bool = False


def reorganise(session: Session, actor: Actor, plans: Sequence[Plan]) -> list[Reorganisation]:
    """Plan reorganisations, and begin those whose day has come; errors carry `row`.

    The first few hundred officials are handed over at once. For more, `session.info["agencies"]` tells the
    transaction's owner that a worker must go on after the commit.
    """
    take_turns(session, {each for plan in plans for each in (*plan.endings, *plan.successors)})
    planned = []
    for row, plan in enumerate(plans):
        _check(session, actor, row, plan)
        reorganisation = _written(session, actor, row, plan)
        if plan.since <= actor.today:
            carry_out(session, actor, reorganisation)
        planned.append(reorganisation)
    return planned


def call_off(session: Session, actor: Actor, public_ids: Sequence[str]) -> None:
    """Call off what is planned for a day to come, or could not be carried out on its day."""
    for public_id in public_ids:
        plan = planned_by_public_id(session, actor, public_id)
        told = {"since": plan.since.isoformat(), "decision": plan.decision}
        endings = _agencies(session, session.scalars(_endings_of(plan.id)).all())
        gone = session.execute(
            delete(Reorganisation)
            .where(Reorganisation.id == plan.id, Reorganisation.done_at.is_(None))
            .where(or_(Reorganisation.since > actor.today, Reorganisation.failure.is_not(None)))
            .returning(Reorganisation.id)
        )
        if gone.scalar_one_or_none() is None:
            raise EndBegun(agency=", ".join(agency.name for agency in endings.values()))
        for agency in endings.values():
            record(session, actor, "agency.stays_open", f"agency:{agency.public_id}", agency.id, **told)
    session.expire_all()


def try_again(session: Session, actor: Actor, public_ids: Sequence[str]) -> None:
    """Carry out what failed on its day, once its cause is gone."""
    for public_id in public_ids:
        plan = planned_by_public_id(session, actor, public_id)
        again = session.execute(
            update(Reorganisation)
            .where(Reorganisation.id == plan.id, Reorganisation.failure.is_not(None))
            .values(failure=None)
            .returning(Reorganisation.id)
        )
        if again.scalar_one_or_none() is None:
            raise Stale
        session.refresh(plan)
        carry_out(session, actor, plan)


def planned_by_public_id(session: Session, actor: Actor, public_id: str) -> Reorganisation:
    """Find a reorganisation of agencies that the actor may change, or raise `NotFound`."""
    plan = session.scalar(select(Reorganisation).where(Reorganisation.public_id == public_id).with_for_update())
    if plan is None:
        raise NotFound
    may(session, actor, Action.AGENCY, *session.scalars(_endings_of(plan.id)))
    return plan


def _endings_of(plan_id: int) -> Any:  # noqa: ANN401 - a select
    """Select the agencies that end in a reorganisation."""
    return select(Ending.agency_id).where(Ending.reorganisation_id == plan_id)


def _agencies(session: Session, ids: Sequence[int]) -> dict[int, Agency]:
    """Lock agencies in one order for all, not against whoever only writes of them (`carry_out` says why)."""
    locked = select(Agency).where(Agency.id.in_(ids)).order_by(Agency.id).with_for_update(key_share=True)
    rows = session.scalars(locked)
    return {agency.id: agency for agency in rows}


def _check(session: Session, actor: Actor, row: int, plan: Plan) -> None:
    """Raise the reason why this cannot be planned."""
    concerned = {*plan.endings, *plan.successors}
    agencies = _agencies(session, sorted(concerned))
    if not plan.endings or len(agencies) < len(concerned):
        raise NotFound
    may(session, actor, Action.AGENCY, *concerned)
    if set(plan.endings) & set(plan.successors):
        raise BadValue(row=row, field="into", reason="an agency that ends cannot go on")
    for each in plan.endings:
        agency = agencies[each]
        if agency.valid_to is not None:
            raise WrongState(row=row, subject=agency.name, state="closed")
        if plan.since <= agency.valid_from:
            raise BadValue(row=row, field="since", reason="not after the day on which the agency began")
    if plan.receives_until is not None and plan.receives_until < plan.since:
        raise BadValue(row=row, field="receives_until", reason="before the day on which the agency ends")
    for each in plan.successors:
        agency = agencies[each]
        if agency.valid_from > plan.since:
            raise BadValue(row=row, field="into", reason="one of them begins only after that day")
        if agency.valid_to is not None and agency.valid_to <= max(plan.since, actor.today):
            raise WrongState(row=row, subject=agency.name, state="closed")
    _check_place(row, plan, agencies)
    _check_hands(session, plan)


def _check_place(row: int, plan: Plan, agencies: dict[int, Agency]) -> None:
    """Raise `BadValue` for a successor that would be left with no agency above it."""
    for each in plan.successors:
        line = [int(label) for label in agencies[each].path.split(".")[:-1]]
        if any(ending in line for ending in plan.endings) and line[0] in plan.endings:
            raise BadValue(row=row, field="into", reason="stands below an agency that ends, with none above that")


def _check_hands(session: Session, plan: Plan) -> None:
    """Raise `NotFound` for a thing that is not of an agency that ends, or goes to none of the successors."""
    given = {hand.successor_id for hand in plan.hands}
    wanted = {
        Agency.parent_id: (Agency.id, {hand.unit_id for hand in plan.hands} - {None}),
        Mailbox.agency_id: (Mailbox.id, {hand.mailbox_id for hand in plan.hands} - {None}),
        Domain.agency_id: (Domain.id, {hand.domain_id for hand in plan.hands} - {None}),
    }
    for owner, (key, ids) in wanted.items():
        found = session.scalars(select(key).where(key.in_(ids), owner.in_(plan.endings))).all() if ids else []
        if len(found) < len(ids):
            raise NotFound
    if not given <= set(plan.successors):
        raise NotFound


def _written(session: Session, actor: Actor, row: int, plan: Plan) -> Reorganisation:
    """Write a plan down; an agency that ends in another one already is refused, by PostgreSQL too."""
    new = Reorganisation(
        since=plan.since,
        decision=plain_text("decision", plan.decision or "") or None,
        heir_id=plan.successors[0] if plan.successors else None,
        receives_until=plan.receives_until,
        keeps_roles=plan.keeps_roles,
        planned_by=actor.account_id,
        planned_at=actor.now,
    )
    session.add(new)
    session.flush()
    endings = [{"agency_id": each, "reorganisation_id": new.id} for each in plan.endings]
    taken = insert(Ending).values(endings).on_conflict_do_nothing().returning(Ending.agency_id)
    free = set(session.scalars(taken))
    for each in plan.endings:
        agency = session.get_one(Agency, each)
        if each not in free:
            raise EndPlanned(row=row, agency=agency.name)
        told = {"since": plan.since.isoformat(), "decision": new.decision}
        record(session, actor, "agency.end_planned", f"agency:{agency.public_id}", agency.id, **told)
    links = [
        {"predecessor_id": ending, "successor_id": successor, "since": plan.since, "decision": new.decision}
        for ending in plan.endings
        for successor in plan.successors
    ]
    if links:
        session.execute(insert_all(Succession, [{**link, "reorganisation_id": new.id} for link in links]))
    if plan.hands:
        session.execute(insert_all(Handing, [{"reorganisation_id": new.id, **vars(hand)} for hand in plan.hands]))
    return new

"""What agencies leave behind when they end: units, role mailboxes, mailing lists, domains and roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from directory import due
from directory.accounts import Account
from directory.agencies import Agency, Succession, is_open
from directory.audit import record, record_all
from directory.base import Actor
from directory.domains import Domain
from directory.grants import Grant
from directory.mailboxes import Mailbox
from directory.mailing_lists.tables import MailingList
from directory.reorganisation.affected import below, mark_below
from directory.reorganisation.lines import PLACES, follow
from directory.reorganisation.tables import Handing, Reorganisation


def _goal(
    plan: Reorganisation, key: InstrumentedAttribute[int], thing: InstrumentedAttribute[int | None]
) -> ColumnElement[Any]:
    """Give who gets a thing: whom the plan names for it, else the heir."""
    named = (
        select(Handing.successor_id)
        .where(Handing.reorganisation_id == plan.id, thing == key)
        .correlate(key.class_)
        .scalar_subquery()
    )
    return func.coalesce(named, plan.heir_id)


def hold_estate(
    session: Session, actor: Actor, plan: Reorganisation, endings: Sequence[int], officials: Sequence[int]
) -> None:
    """Lock whoever and whatever is handed over or marked due, before any of it is written: kind by kind in the order
    of `due.TABLES`, then by id, as all do who lock subjects.
    """
    units = select(Agency.id).where(Agency.parent_id.in_(endings), is_open(plan.since), Agency.id.not_in(endings))
    going_on = select(Succession.successor_id).where(Succession.reorganisation_id == plan.id)
    shown = below(actor, select(Agency.id).where(or_(Agency.id.in_(units), Agency.id.in_(going_on))))
    handed: list[tuple[InstrumentedAttribute[int], CompoundSelect[int] | Select[int]]] = [
        (Account.id, select(Account.id).where(Account.official_id.in_(officials)).union(shown["account"])),
        (Mailbox.id, select(Mailbox.id).where(Mailbox.agency_id.in_(endings)).union(shown["mailbox"])),
        (Domain.id, select(Domain.id).where(Domain.agency_id.in_(endings)).union(shown["domain"])),
        (MailingList.id, select(MailingList.id).where(MailingList.agency_id.in_(endings))),
    ]
    for key, ids in handed:
        session.execute(select(key).where(key.in_(ids)).order_by(key).with_for_update(key_share=True))


def hand_units(session: Session, actor: Actor, plan: Reorganisation, endings: Sequence[int]) -> None:
    """Let open units stand below the successors; a successor that stands below an agency that ends moves up first."""
    going_on = select(Succession.successor_id).where(Succession.reorganisation_id == plan.id)
    successors = session.scalars(select(Agency).where(Agency.id.in_(going_on)).order_by(Agency.id)).all()
    _place(session, plan, [(each, _above(each, endings)) for each in successors if _above(each, endings)])
    goal = _goal(plan, Agency.id, Handing.unit_id)
    units = session.execute(
        select(Agency, goal)
        .where(Agency.parent_id.in_(endings), is_open(plan.since), Agency.id.not_in(endings))
        .order_by(Agency.id)
    ).all()
    _place(session, plan, [(unit, parent_id) for unit, parent_id in units])
    session.expire_all()  # the paths below were written by a trigger
    mark_below(session, actor, {unit.id for unit, _ in units} | {each.id for each in successors})


def _above(successor: Agency, endings: Sequence[int]) -> int | None:
    """Give the agency below which a successor stands that was below one that ends; None: it was not."""
    line = [int(label) for label in successor.path.split(".")[:-1]]
    places = [place for place, each in enumerate(line) if each in endings]
    return line[places[0] - 1] if places else None


def _place(session: Session, plan: Reorganisation, moves: Sequence[tuple[Agency, int | None]]) -> None:
    """Write where agencies stand from the day on, in the line of their places and in their own rows."""
    rows = [
        {
            "agency_id": agency.id,
            "since": max(plan.since, agency.valid_from),
            "decision": plan.decision,
            "parent_id": parent_id,
        }
        for agency, parent_id in moves
    ]
    follow(session, PLACES, rows)
    for parent_id in {parent_id for _, parent_id in moves}:
        ids = [agency.id for agency, goal in moves if goal == parent_id]
        session.execute(
            update(Agency)
            .where(Agency.id.in_(ids))
            .values(parent_id=parent_id)
            .execution_options(synchronize_session=False)
        )


def hand_mailboxes(session: Session, actor: Actor, plan: Reorganisation, endings: Sequence[int]) -> None:
    """Let role mailboxes and mailing lists belong to the successors; who holds or gets them stays."""
    moved = session.execute(
        update(Mailbox)
        .where(Mailbox.agency_id.in_(endings))
        .values(agency_id=_goal(plan, Mailbox.id, Handing.mailbox_id))
        .returning(Mailbox.id, Mailbox.public_id, Mailbox.agency_id)
        .execution_options(synchronize_session=False)
    ).all()
    told = [(f"mailbox:{public_id}", agency_id, {"decision": plan.decision}) for _, public_id, agency_id in moved]
    if told:
        record_all(session, actor, "mailbox.moved", told)
    due.mark(session, actor, "mailbox", [mailbox_id for mailbox_id, _, _ in moved])
    lists = session.scalars(
        update(MailingList)
        .where(MailingList.agency_id.in_(endings))
        .values(agency_id=plan.heir_id)
        .returning(MailingList.id)
        .execution_options(synchronize_session=False)
    ).all()
    due.mark(session, actor, "mailing_list", lists)


def retire_domains(session: Session, actor: Actor, plan: Reorganisation, endings: Sequence[int]) -> None:
    """Let domains go to the successors and retire: they still receive, and nobody gets a new address in them."""
    was_active = Domain.state == "active"
    moved = session.execute(
        update(Domain)
        .where(Domain.agency_id.in_(endings), Domain.state != "retired")
        .values(
            agency_id=func.coalesce(_goal(plan, Domain.id, Handing.domain_id), Domain.agency_id),
            is_primary=False,
            state="retiring",
            receives_until=case((was_active, plan.receives_until), else_=Domain.receives_until),
        )
        .returning(Domain.id, Domain.name, Domain.agency_id, Domain.receives_until)
        .execution_options(synchronize_session=False)
    ).all()
    told = [
        (f"domain:{row.name}", row.agency_id, {"receives_until": row.receives_until and row.receives_until.isoformat()})
        for row in moved
    ]
    if told:
        record_all(session, actor, "domain.retired", told)
    due.mark(session, actor, "domain", [row.id for row in moved])


def end_roles(session: Session, actor: Actor, plan: Reorganisation, endings: Sequence[int]) -> None:
    """End the roles over the agencies by their day; if so planned, those below an operator's go on over the heir.

    Who plans it is operator over both, so could give each of these roles there by hand. An operator's role is given
    by hand only: nobody becomes one by a merger.
    """
    rows = session.execute(
        select(Grant, Account.number, Account.state)
        .join(Account, Account.id == Grant.account_id)
        .where(Grant.agency_id.in_(endings), or_(Grant.valid_to.is_(None), Grant.valid_to > plan.since))
        .order_by(Grant.id)
        .with_for_update(of=Grant)
    ).all()
    held = [row for row in rows if row.Grant.valid_to is None or row.Grant.valid_to > actor.today]
    given = _kept(session, actor, plan, [(grant, number) for grant, number, state in held if state != "disabled"])
    withdrawn = [(f"account:{number}", grant.agency_id, {"role": grant.role}) for grant, number, _ in held]
    if withdrawn:
        record_all(session, actor, "grant.withdrawn", withdrawn)
    for grant, number in given:
        since = max(actor.today, grant.valid_from)
        new = Grant(
            account_id=grant.account_id,
            role=grant.role,
            agency_id=plan.heir_id,
            valid_from=since,
            valid_to=grant.valid_to,
        )
        session.add(new)
        told = {"role": grant.role, "since": since.isoformat()}
        record(session, actor, "grant.given", f"account:{number}", plan.heir_id, **told)
    for grant, _, _ in rows:
        grant.valid_to = plan.since
    session.flush()


def _kept(
    session: Session, actor: Actor, plan: Reorganisation, rows: Sequence[tuple[Grant, str]]
) -> list[tuple[Grant, str]]:
    """Choose the roles that go on over the heir, each once, without those that are held there already."""
    if not plan.keeps_roles or plan.heir_id is None:
        return []
    there = select(Grant.account_id, Grant.role).where(
        Grant.agency_id == plan.heir_id, or_(Grant.valid_to.is_(None), Grant.valid_to > actor.today)
    )
    held = {(account_id, role) for account_id, role in session.execute(there)}
    kept = []
    for grant, number in rows:
        if grant.role != "operator" and (grant.account_id, grant.role) not in held:
            held.add((grant.account_id, grant.role))
            kept.append((grant, number))
    return kept

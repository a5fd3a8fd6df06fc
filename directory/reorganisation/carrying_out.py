"""Carry out what was planned for agencies on its day: first the officials, some hundred at a time, then all else.

Each step is one transaction and looks for what is left to do, so a job that was killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from directory import due
from directory.accounts import Account
from directory.agencies import Agency, Headcount, Succession, is_open, take_turns
from directory.appointments import Appointment
from directory.audit import record, record_all
from directory.base import Actor, insert_all
from directory.errors import AgencyNotEmpty, DirectoryError, Stale, WrongState
from directory.mailboxes import Mailbox
from directory.mailing_lists.tables import MailingList
from directory.officials import Official
from directory.reorganisation.estate import end_roles, hand_mailboxes, hand_units, hold_estate, retire_domains
from directory.reorganisation.tables import Ending, Reorganisation

AT_ONCE = 500
_COPIED = [
    column.key
    for column in Appointment.__table__.columns
    if column.key not in {"id", "agency_id", "valid_from", "address_follows", "is_head", "is_it_contact"}
]
"""What a post keeps when its agency ends. Its duty there it does not: the successor names its own head."""


def carry_out_next(session: Session, actor: Actor) -> None:
    """Do the next step of one reorganisation whose day has come; what the book refuses waits for a person."""
    plan = session.scalar(
        select(Reorganisation)
        .where(Reorganisation.done_at.is_(None), Reorganisation.failure.is_(None), Reorganisation.since <= actor.today)
        .order_by(Reorganisation.since, Reorganisation.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if plan is None:
        return
    try:
        with session.begin_nested():
            carry_out(session, actor, plan)
    except DirectoryError as refused:
        fields = {name: str(value) for name, value in refused.fields.items()}
        plan.failure = {"message": refused.message_id, "fields": fields}
    session.info["agencies"] = True


def carry_out(session: Session, actor: Actor, plan: Reorganisation) -> None:
    """Do one step; what is left is left to the job."""
    endings = list(session.scalars(select(Ending.agency_id).where(Ending.reorganisation_id == plan.id)))
    going_on = select(Succession.successor_id).where(Succession.reorganisation_id == plan.id)
    take_turns(session, {*endings, *session.scalars(going_on)})
    _hold(session, actor, plan, endings)
    agencies = session.scalars(select(Agency).where(Agency.id.in_(endings)).order_by(Agency.id).with_for_update()).all()
    successors = _successors(session, actor, plan)
    if plan.heir_id is None:
        _refuse_unless_empty(session, plan, agencies)
    elif hand_officials(session, actor, plan, endings) == AT_ONCE:
        session.info["agencies"] = True
        return
    else:
        hand_units(session, actor, plan, endings)
        hand_mailboxes(session, actor, plan, endings)
    retire_domains(session, actor, plan, endings)
    end_roles(session, actor, plan, endings)
    _end_headcounts(session, plan, endings)
    for agency in agencies:
        agency.valid_to = plan.since
        told = {"since": plan.since.isoformat(), "successors": successors, "decision": plan.decision}
        record(session, actor, "agency.closed", f"agency:{agency.public_id}", agency.id, **told)
    plan.done_at = actor.now
    session.flush()
    session.expire_all()  # much was written past the objects in memory


def _hold(session: Session, actor: Actor, plan: Reorganisation, endings: Sequence[int]) -> None:
    """Lock who is handed over next, and in the last step what is, before the agencies are closed to whoever only
    writes of them.

    A verb locks officials, accounts or mailboxes first and writes of their agency after that: the other way round each
    would wait for the other. Two reorganisations take turns at the agencies.
    """
    turns = select(Agency.id).where(Agency.id.in_(endings)).order_by(Agency.id)
    session.execute(turns.with_for_update(key_share=True))
    ids = list(session.scalars(_next_people(plan, endings)))
    session.execute(select(Official.id).where(Official.id.in_(ids)).order_by(Official.id).with_for_update())
    if len(ids) < AT_ONCE:
        hold_estate(session, actor, plan, endings, ids)
        return
    accounts = select(Account.id).where(Account.official_id.in_(ids)).order_by(Account.id)
    session.execute(accounts.with_for_update(key_share=True))


def _end_headcounts(session: Session, plan: Reorganisation, endings: Sequence[int]) -> None:
    """Let declared headcounts hold until the agencies end; those from a later day on never do."""
    of_them = Headcount.agency_id.in_(endings)
    session.execute(delete(Headcount).where(of_them, Headcount.valid_from >= plan.since))
    runs_on = or_(Headcount.valid_to.is_(None), Headcount.valid_to > plan.since)
    session.execute(update(Headcount).where(of_them, runs_on).values(valid_to=plan.since))


def _successors(session: Session, actor: Actor, plan: Reorganisation) -> list[str]:
    """Name those that go on; one that is closed itself by now cannot."""
    found = session.scalars(
        select(Agency)
        .where(Agency.id.in_(select(Succession.successor_id).where(Succession.reorganisation_id == plan.id)))
        .order_by(Agency.id)
        .with_for_update(key_share=True)
    ).all()
    for agency in found:
        if agency.valid_to is not None and agency.valid_to <= max(actor.today, plan.since):
            raise WrongState(subject=agency.name, state="closed")
    return [agency.name for agency in found]


def _refuse_unless_empty(session: Session, plan: Reorganisation, agencies: Sequence[Agency]) -> None:
    """Raise `AgencyNotEmpty` if somebody or something would be left at an agency in whose place nobody goes on."""
    for agency in agencies:
        officials = session.scalar(
            select(func.count(Appointment.official_id.distinct()))
            .where(Appointment.agency_id == agency.id, Appointment.valid_to.is_distinct_from(Appointment.valid_from))
            .where(or_(Appointment.valid_to.is_(None), Appointment.valid_to > plan.since))
        )
        ending = select(Ending.agency_id).where(Ending.reorganisation_id == plan.id)
        units = session.scalar(
            select(func.count()).where(Agency.parent_id == agency.id, is_open(plan.since), Agency.id.not_in(ending))
        )
        mailboxes = session.scalar(
            select(func.count()).where(Mailbox.agency_id == agency.id, Mailbox.state != "disabled")
        )
        lists = session.scalar(
            select(func.count()).where(MailingList.agency_id == agency.id, MailingList.state != "disabled")
        )
        if officials or units or mailboxes or lists:
            found = {"officials": officials, "units": units, "mailboxes": mailboxes, "lists": lists}
            raise AgencyNotEmpty(agency=agency.name, **found)


def _running(plan: Reorganisation, endings: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """Say which posts go on after the day on which the agencies end."""
    return (
        Appointment.agency_id.in_(endings),
        or_(Appointment.valid_to.is_(None), Appointment.valid_to > plan.since),
        Appointment.valid_to.is_distinct_from(Appointment.valid_from),
    )


def _next_people(plan: Reorganisation, endings: Sequence[int]) -> Select[int]:
    """Select the next officials who have such posts."""
    held = select(Appointment.official_id).where(*_running(plan, endings))
    return held.distinct().order_by(Appointment.official_id).limit(AT_ONCE)


def hand_officials(session: Session, actor: Actor, plan: Reorganisation, endings: Sequence[int]) -> int:
    """Let the posts of some hundred officials end and begin anew at the heir on the same day; give how many had some.

    Officials are locked in the order in which a transfer locks them, so that the two wait for each other.
    """
    running = _running(plan, endings)
    ids = list(session.scalars(_next_people(plan, endings)))
    if not ids:
        return 0
    locked = select(Official.id, Official.public_id).where(Official.id.in_(ids)).order_by(Official.id).with_for_update()
    people = dict(session.execute(locked).all())
    theirs = select(Appointment).where(Appointment.official_id.in_(ids), *running)
    posts = session.scalars(theirs.order_by(Appointment.id))
    begun = [
        {
            **{name: getattr(post, name) for name in _COPIED},
            "agency_id": plan.heir_id,
            "valid_from": max(post.valid_from, plan.since),
        }
        for post in posts
    ]
    session.execute(
        update(Appointment)
        .where(Appointment.official_id.in_(ids), *running)
        .values(valid_to=func.greatest(Appointment.valid_from, plan.since))
        .execution_options(synchronize_session=False)
    )
    # The same post beside the main one may be held at both agencies already; of main ones there is never a second.
    kinds = session.scalars(insert_all(Appointment, begun).on_conflict_do_nothing().returning(Appointment.kind)).all()
    if kinds.count("primary") < sum(post["kind"] == "primary" for post in begun):
        raise Stale
    _tell(session, actor, plan, people, begun)
    accounts = select(Account.id).where(Account.official_id.in_(ids))
    due.mark(session, actor, "account", session.scalars(accounts))
    return len(ids)


def _tell(
    session: Session, actor: Actor, plan: Reorganisation, people: dict[int, str], begun: Sequence[dict[str, Any]]
) -> None:
    """Write down for each official that the post went on at the heir."""
    told = (
        (
            f"official:{people[post['official_id']]}",
            plan.heir_id,
            {"title": post["title"], "since": post["valid_from"].isoformat(), "decision": plan.decision},
        )
        for post in begun
    )
    record_all(session, actor, "official.transferred", told)

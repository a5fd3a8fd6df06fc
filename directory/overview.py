"""The figures of the start page: what there is in the actor's agencies, and what waits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.due import Due
from directory.grants import Action, scope
from directory.mailboxes import Holding, Mailbox
from directory.mailboxes import held_on as mailbox_held_on


@dataclass(frozen=True)
class Overview:
    """Counts over all agencies that the actor may see."""

    agencies: int
    officials: int
    without_account: int
    pending: int
    active: int
    suspended: int
    waiting: int
    """Accounts whose entries do not show the latest revision yet."""
    role_mailboxes: int
    without_holder: int


def overview(session: Session, actor: Actor) -> Overview:
    """Count what is in the actor's agencies today, in three statements."""
    is_open = or_(Agency.valid_to.is_(None), Agency.valid_to > actor.today)
    in_view = select(Agency.id).where(scope(actor, Action.VIEW), is_open)
    agencies = session.scalar(select(func.count()).select_from(in_view.subquery())) or 0
    is_due = exists(select(Due.subject_id).where(Due.subject == "account", Due.subject_id == Account.id))
    states = session.execute(
        select(Account.state, func.count(), func.count().filter(is_due))
        .select_from(Appointment)
        .outerjoin(Account, Account.official_id == Appointment.official_id)
        .where(Appointment.agency_id.in_(in_view), Appointment.kind == "primary", held_on(actor.today))
        .group_by(Account.state)
    ).all()
    counts: dict[str | None, int] = {state: count for state, count, _ in states}
    is_held = exists(select(Holding.id).where(Holding.mailbox_id == Mailbox.id, mailbox_held_on(actor.today)))
    role_mailboxes, without_holder = session.execute(
        select(func.count(), func.count().filter(~is_held)).select_from(Mailbox).where(Mailbox.agency_id.in_(in_view))
    ).one()
    return Overview(
        agencies=agencies,
        officials=sum(counts.values()),
        without_account=counts.get(None, 0),
        pending=counts.get("pending", 0),
        active=counts.get("active", 0),
        suspended=counts.get("suspended", 0),
        waiting=sum(waiting for _, _, waiting in states),
        role_mailboxes=role_mailboxes,
        without_holder=without_holder,
    )

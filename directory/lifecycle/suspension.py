"""Suspend accounts and reinstate them: mail still arrives, nobody gets in."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.audit import record, record_all
from directory.base import Actor
from directory.errors import BadValue, OutOfService
from directory.grants import Action
from directory.lifecycle.particulars import plain_text
from directory.lifecycle.reach import Reached, end_sessions_of, mark_with_role_mailboxes, move_state, reach
from directory.mailboxes import Mailbox
from directory.officials import Official


def suspend(session: Session, actor: Actor, account_ids: Collection[int], reason: str) -> list[Account]:
    """Shut accounts out of the portal and of mail, at once; their mail still arrives."""
    why = needed_reason(reason)
    reached = reach(session, actor, Action.SUSPEND, account_ids)
    _shut(session, actor, reached)
    for account in reached.accounts.values():
        agency_id = reached.agency_ids[account.id]
        record(session, actor, "account.suspended", f"account:{account.number}", agency_id, reason=why)
    return list(reached.accounts.values())


def suspend_unused(session: Session, actor: Actor, unused: Mapping[int, int]) -> None:
    """Suspend accounts, by id, that nobody used for so many days; no person gives a reason, the policy is it."""
    reached = reach(session, actor, Action.SUSPEND, unused.keys())
    _shut(session, actor, reached)
    told = (
        (f"account:{account.number}", reached.agency_ids[account.id], {"days": unused[account.id]})
        for account in reached.accounts.values()
    )
    record_all(session, actor, "account.unused", told)


def _shut(session: Session, actor: Actor, reached: Reached) -> None:
    """Shut accounts and their mailboxes, end what is open, and mark the entries due."""
    move_state(session, reached, ("pending", "active"), "suspended")
    session.execute(
        update(Mailbox)
        .where(Mailbox.account_id.in_(reached.accounts), Mailbox.state == "active")
        .values(state="suspended")
    )
    end_sessions_of(session, actor, reached.accounts)
    mark_with_role_mailboxes(session, actor, reached.accounts, urgent=True)


def reinstate(session: Session, actor: Actor, account_ids: Collection[int], reason: str) -> list[Account]:
    """Let suspended accounts in again, as far as they were activated before; whose leaving has come stays out."""
    why = needed_reason(reason)
    reached = reach(session, actor, Action.SUSPEND, account_ids)
    _refuse_left(session, actor, reached)
    move_state(session, reached, ("suspended",), case((Account.activated_at.is_(None), "pending"), else_="active"))
    session.execute(update(Account).where(Account.id.in_(reached.accounts)).values(reinstated_on=actor.today))
    session.execute(
        update(Mailbox)
        .where(Mailbox.account_id.in_(reached.accounts), Mailbox.state == "suspended")
        .values(state="active")
    )
    for account in reached.accounts.values():
        agency_id = reached.agency_ids[account.id]
        record(session, actor, "account.reinstated", f"account:{account.number}", agency_id, reason=why)
    mark_with_role_mailboxes(session, actor, reached.accounts, urgent=False)
    return list(reached.accounts.values())


def _refuse_left(session: Session, actor: Actor, reached: Reached) -> None:
    """Refuse those whose last day is over, though nobody has closed their accounts yet."""
    owners = [account.official_id for account in reached.accounts.values()]
    left = select(Official.full_name).where(Official.id.in_(owners), Official.leaves_on <= actor.today)
    name = session.scalar(left.limit(1))
    if name is not None:
        raise OutOfService(name=name)


def needed_reason(reason: str) -> str:
    """Give the reason on one line; a change that shuts somebody out has one."""
    why = plain_text("reason", reason)
    if not why:
        raise BadValue(field="reason", reason="missing")
    return why

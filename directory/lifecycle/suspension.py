"""Suspend accounts and reinstate them: mail still arrives, nobody gets in."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue
from directory.grants import Action
from directory.lifecycle.particulars import plain_text
from directory.lifecycle.reach import end_sessions_of, mark_with_role_mailboxes, move_state, reach
from directory.mailboxes import Mailbox


def suspend(session: Session, actor: Actor, account_ids: Collection[int], reason: str) -> list[Account]:
    """Shut accounts out of the portal and of mail, at once; their mail still arrives."""
    why = needed_reason(reason)
    reached = reach(session, actor, Action.SUSPEND, account_ids)
    move_state(session, reached, ("pending", "active"), "suspended")
    session.execute(
        update(Mailbox)
        .where(Mailbox.account_id.in_(reached.accounts), Mailbox.state == "active")
        .values(state="suspended")
    )
    end_sessions_of(session, actor, reached.accounts)
    for account in reached.accounts.values():
        agency_id = reached.agency_ids[account.id]
        record(session, actor, "account.suspended", f"account:{account.number}", agency_id, reason=why)
    mark_with_role_mailboxes(session, actor, reached.accounts, urgent=True)
    return list(reached.accounts.values())


def reinstate(session: Session, actor: Actor, account_ids: Collection[int], reason: str) -> list[Account]:
    """Let suspended accounts in again, as far as they were activated before."""
    why = needed_reason(reason)
    reached = reach(session, actor, Action.SUSPEND, account_ids)
    move_state(session, reached, ("suspended",), case((Account.activated_at.is_(None), "pending"), else_="active"))
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


def needed_reason(reason: str) -> str:
    """Give the reason on one line; a change that shuts somebody out has one."""
    why = plain_text("reason", reason)
    if not why:
        raise BadValue(field="reason", reason="missing")
    return why

"""The accounts a verb acts on: whose they are, and whether the actor may act on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from directory import due
from directory.accounts import Account
from directory.appointments import posts_of
from directory.base import Actor, any_of
from directory.credentials.tables import AppPassword, SignInSession
from directory.errors import NotFound, WrongState
from directory.grants import Action, may, may_touch
from directory.mailboxes import Holding, Mailbox
from directory.officials import Official


@dataclass(frozen=True)
class Reached:
    """Accounts with the agency each belongs to, by account id."""

    accounts: dict[int, Account]
    agency_ids: dict[int, int]


def reach(session: Session, actor: Actor, action: Action, account_ids: Collection[int]) -> Reached:
    """Find and lock accounts on which the actor may do this: in his agencies, and no equal or superior of his."""
    ids = sorted(set(account_ids))
    # Not against those who only refer to it: a round refers to the account in the notice that it queues, and holds
    # what whoever is here wants to mark.
    locked = select(Account).where(Account.id.in_(ids)).order_by(Account.id).with_for_update(key_share=True)
    rows = session.scalars(locked)
    accounts = {account.id: account for account in rows}
    posts = posts_of(session, [account.official_id for account in accounts.values()], actor.today)
    if len(accounts) < len(ids) or len(posts) < len(accounts):
        raise NotFound
    agency_ids = {account.id: posts[account.official_id].agency_id for account in accounts.values()}
    may(session, actor, action, *agency_ids.values())
    may_touch(session, actor, ids)
    return Reached(accounts, agency_ids)


def move_state(session: Session, reached: Reached, before: tuple[str, ...], after: str | ColumnElement[str]) -> None:
    """Take every account from one of some states to another, in one conditional statement; else `WrongState`."""
    moved = session.scalars(
        update(Account)
        .where(Account.id.in_(reached.accounts), Account.state.in_(before))
        .values(state=after)
        .returning(Account)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    for account in reached.accounts.values():
        if account not in moved:
            raise WrongState(subject=account.number, state=account.state)


def end_sessions_of(session: Session, actor: Actor, account_ids: Collection[int]) -> None:
    """End every session of these accounts; the next request of each finds itself signed out."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.account_id.in_(account_ids), SignInSession.ended_at.is_(None))
        .values(ended_at=actor.now)
    )


def mark_with_role_mailboxes(session: Session, actor: Actor, account_ids: Collection[int], *, urgent: bool) -> None:
    """Mark the accounts due, and the role mailboxes that they ever held or opened."""
    due.mark(session, actor, "account", account_ids, urgent=urgent)
    mailboxes = select(Mailbox.id).where(_is_role_mailbox_of(account_ids))
    due.mark(session, actor, "mailbox", session.scalars(mailboxes), urgent=urgent)


def _is_role_mailbox_of(account_ids: Collection[int]) -> ColumnElement[bool]:
    """Say which role mailboxes accounts ever held or opened."""
    held = select(Holding.mailbox_id).where(Holding.account_id.in_(account_ids))
    opened = select(AppPassword.mailbox_id).where(AppPassword.account_id.in_(account_ids))
    return and_(Mailbox.kind == "role", or_(Mailbox.id.in_(held), Mailbox.id.in_(opened)))


def hold_all(session: Session, official_ids: Collection[int]) -> None:
    """Lock officials, their accounts and the mailboxes that go with them, as all do (`due.TABLES`), for whoever calls
    verb after verb in one transaction: each of them locks in order what is its, all together do not.
    """
    ids = list(official_ids)
    if not ids:
        return
    session.execute(select(Official.id).where(any_of(Official.id, ids)).order_by(Official.id).with_for_update())
    accounts = select(Account.id).where(any_of(Account.official_id, ids)).order_by(Account.id)
    held = session.scalars(accounts.with_for_update(key_share=True)).all()
    theirs = or_(Mailbox.account_id.in_(held), _is_role_mailbox_of(held))
    mailboxes = select(Mailbox.id).where(theirs).order_by(Mailbox.id)
    session.execute(mailboxes.with_for_update(key_share=True))

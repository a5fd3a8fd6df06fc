"""Open accounts: each official's account, mailbox and primary address, made at once for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory import due
from directory.accounts import Account, account_number
from directory.appointments import posts_of
from directory.audit import record_all
from directory.base import Actor, insert_all, public_id
from directory.errors import AccountExists, NotFound, OutOfService
from directory.grants import Action, may
from directory.lifecycle.allotment import allot
from directory.lifecycle.surroundings import surroundings_of
from directory.mailboxes import Mailbox
from directory.officials import Official


@dataclass(frozen=True)
class Opening:
    """An official on the list who gets an account; without a wanted address the naming pattern proposes one."""

    official_id: int
    address: str | None = None


def open_accounts(session: Session, actor: Actor, openings: Sequence[Opening]) -> list[Account]:
    """Open an account, a mailbox and a primary address for officials on the list; errors carry `row`."""
    if not openings:
        return []
    ids = [each.official_id for each in openings]
    # Whoever leaves at the same time waits, or is waited for.
    locked = select(Official).where(Official.id.in_(ids)).order_by(Official.id).with_for_update(read=True)
    officials = {each.id: each for each in session.scalars(locked)}
    posts = posts_of(session, ids, actor.today)
    if not posts.keys() >= set(ids):
        raise NotFound
    may(session, actor, Action.APPOINT, *{post.agency_id for post in posts.values()})
    for row, each in enumerate(ids):
        if (end := posts[each].valid_to) is not None and end <= actor.today:
            raise OutOfService(row=row, name=officials[each].full_name)
    surroundings = surroundings_of(session, {post.agency_id for post in posts.values()})
    accounts = _insert_accounts(session, actor, [officials[each] for each in ids])
    quotas = {
        each.id: surroundings[post.agency_id].quota(post.title, post.rank)
        for each in accounts
        for post in [posts[each.official_id]]
    }
    mailboxes = _insert_mailboxes(session, actor, quotas)
    wishes = [
        surroundings[posts[each.official_id].agency_id].wish(row, officials[each.official_id].full_name, each.address)
        for row, each in enumerate(openings)
    ]
    for wish, account in zip(wishes, accounts, strict=True):
        wish.mailbox_id = mailboxes[account.id]
    addresses = allot(session, actor, wishes)
    opened = (
        (f"account:{each.number}", posts[each.official_id].agency_id, {"address": addresses[mailboxes[each.id]]})
        for each in accounts
    )
    record_all(session, actor, "account.opened", opened)
    due.mark(session, actor, "account", [account.id for account in accounts])
    return accounts


def _insert_accounts(session: Session, actor: Actor, officials: Sequence[Official]) -> list[Account]:
    """Insert accounts; an official who has one is refused, a number that somebody has is drawn again."""
    by_official: dict[int, Account] = {}
    while missing := sorted({each.id for each in officials} - by_official.keys()):
        rows = [{"official_id": each, "created_at": actor.now, "number": account_number()} for each in missing]
        statement = insert_all(Account, rows).on_conflict_do_nothing().returning(Account)
        by_official |= {account.official_id: account for account in session.scalars(statement)}
        still = [each for each in missing if each not in by_official]
        had = session.scalar(select(Account).where(Account.official_id.in_(still))) if still else None
        if had is not None:
            row = next(place for place, each in enumerate(officials) if each.id == had.official_id)
            raise AccountExists(row=row, name=officials[row].full_name, number=had.number)
    return [by_official[each.id] for each in officials]


def _insert_mailboxes(session: Session, actor: Actor, quotas: dict[int, int]) -> dict[int, int]:
    """Insert a personal mailbox for each account; give the mailbox ids by account id."""
    rows = [
        {
            "public_id": public_id(),
            "kind": "personal",
            "account_id": account_id,
            "quota_bytes": quota,
            "created_at": actor.now,
        }
        for account_id, quota in quotas.items()
    ]
    inserted = session.execute(insert_all(Mailbox, rows).returning(Mailbox.account_id, Mailbox.id))
    return {account_id: mailbox_id for account_id, mailbox_id in inserted if account_id is not None}

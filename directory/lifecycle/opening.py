"""Open accounts: each official's account, mailbox and primary address, made at once for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory import due
from directory.accounts import Account, account_number
from directory.appointments import posts_of
from directory.audit import record_all
from directory.base import Actor, any_of, insert_all, public_id
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


class Opened(NamedTuple):
    """An account that was opened: of thousands, records cost more than their rows."""

    id: int
    official_id: int
    number: str


def open_accounts(session: Session, actor: Actor, openings: Sequence[Opening]) -> list[Account]:
    """Open an account, a mailbox and a primary address for officials on the list; errors carry `row`."""
    ids = [each.id for each in open_many(session, actor, openings)]
    accounts = {each.id: each for each in session.scalars(select(Account).where(any_of(Account.id, ids)))}
    return [accounts[each] for each in ids]


def open_many(session: Session, actor: Actor, openings: Sequence[Opening]) -> list[Opened]:
    """Do the same for a list of staff, and give no records but their ids."""
    if not openings:
        return []
    ids = [each.official_id for each in openings]
    # Whoever leaves at the same time waits, or is waited for.
    locked = select(Official.id, Official.full_name).where(any_of(Official.id, ids)).order_by(Official.id)
    names = dict(session.execute(locked.with_for_update(read=True)).all())
    posts = posts_of(session, ids, actor.today)
    if not posts.keys() >= set(ids):
        raise NotFound
    may(session, actor, Action.APPOINT, *{post.agency_id for post in posts.values()})
    for row, each in enumerate(ids):
        if (end := posts[each].valid_to) is not None and end <= actor.today:
            raise OutOfService(row=row, name=names[each])
    surroundings = surroundings_of(session, {post.agency_id for post in posts.values()})
    accounts = _insert_accounts(session, actor, ids, names)
    quotas = {
        each.id: surroundings[post.agency_id].quota(post.title, post.rank)
        for each in accounts
        for post in [posts[each.official_id]]
    }
    mailboxes = _insert_mailboxes(session, actor, quotas)
    wishes = [
        surroundings[posts[each.official_id].agency_id].wish(row, names[each.official_id], each.address)
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


def _insert_accounts(session: Session, actor: Actor, ids: Sequence[int], names: Mapping[int, str]) -> list[Opened]:
    """Insert accounts; an official who has one is refused, a number that somebody has is drawn again."""
    by_official: dict[int, Opened] = {}
    while missing := sorted(set(ids) - by_official.keys()):
        rows = [{"official_id": each, "created_at": actor.now, "number": account_number()} for each in missing]
        statement = insert_all(Account, rows).on_conflict_do_nothing()
        inserted = session.execute(statement.returning(Account.id, Account.official_id, Account.number))
        by_official |= {official_id: Opened(id_, official_id, number) for id_, official_id, number in inserted}
        still = [each for each in missing if each not in by_official]
        had = session.scalar(select(Account).where(Account.official_id.in_(still))) if still else None
        if had is not None:
            raise AccountExists(row=ids.index(had.official_id), name=names[had.official_id], number=had.number)
    return [by_official[each] for each in ids]


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

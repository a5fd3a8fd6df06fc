"""Role mailboxes: open them for an agency, and hand them over from holder to holder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from directory import due
from directory.accounts import Account
from directory.appointments import posts_of
from directory.audit import record
from directory.base import Actor, public_id
from directory.credentials.tables import AppPassword
from directory.errors import BadValue, NotFound, WrongState
from directory.grants import Action, may
from directory.lifecycle.allotment import allot
from directory.lifecycle.enlistment import refuse_closed
from directory.lifecycle.particulars import plain_text
from directory.lifecycle.surroundings import surroundings_of
from directory.mailboxes import Holding, Mailbox, held_on


@dataclass(frozen=True)
class RoleOpening:
    """A role mailbox for an agency, with its address and who holds it from today on."""

    agency_id: int
    name: str
    address: str
    holders: Collection[int] = ()
    """Account ids."""


@dataclass(frozen=True)
class HandOver:
    """Who holds a role mailbox from today on; all others hold it no longer."""

    mailbox_id: int
    holders: Collection[int]


def open_role_mailbox(session: Session, actor: Actor, openings: Sequence[RoleOpening]) -> list[Mailbox]:
    """Open role mailboxes; errors carry `row`."""
    if not openings:
        return []
    agency_ids = {each.agency_id for each in openings}
    may(session, actor, Action.ROLE_MAILBOX, *agency_ids)
    refuse_closed(session, actor, agency_ids)
    surroundings = surroundings_of(session, agency_ids)
    rows = [
        {
            "public_id": public_id(),
            "kind": "role",
            "agency_id": each.agency_id,
            "name": _named(row, each.name),
            "quota_bytes": surroundings[each.agency_id].policies["role_quota_bytes"],
            "created_at": actor.now,
        }
        for row, each in enumerate(openings)
    ]
    opened = {mailbox.public_id: mailbox for mailbox in session.scalars(insert(Mailbox).returning(Mailbox), rows)}
    mailboxes = [opened[str(row["public_id"])] for row in rows]
    wishes = [
        surroundings[each.agency_id].role_wish(row, mailbox, each.address)
        for row, (mailbox, each) in enumerate(zip(mailboxes, openings, strict=True))
    ]
    addresses = allot(session, actor, wishes)
    for mailbox in mailboxes:
        subject = f"mailbox:{mailbox.public_id}"
        address = addresses[mailbox.id]
        record(session, actor, "mailbox.opened", subject, mailbox.agency_id, name=mailbox.name, address=address)
    due.mark(session, actor, "mailbox", [mailbox.id for mailbox in mailboxes])
    held = [(mailbox, each.holders) for mailbox, each in zip(mailboxes, openings, strict=True) if each.holders]
    hand_over(session, actor, [HandOver(mailbox.id, holders) for mailbox, holders in held])
    return mailboxes


def hand_over(session: Session, actor: Actor, requests: Sequence[HandOver]) -> None:
    """Let role mailboxes change hands; app passwords of those who hold one no longer are revoked at once."""
    if not requests:
        return
    ids = {each.mailbox_id for each in requests}
    rows = session.scalars(select(Mailbox).where(Mailbox.id.in_(ids), Mailbox.kind == "role").with_for_update())
    mailboxes = {mailbox.id: mailbox for mailbox in rows}
    if len(mailboxes) < len(ids):
        raise NotFound
    may(
        session, actor, Action.ROLE_MAILBOX, *{mailbox.agency_id for mailbox in mailboxes.values() if mailbox.agency_id}
    )
    running = list(
        session.scalars(select(Holding).where(Holding.mailbox_id.in_(ids), held_on(actor.today)).with_for_update())
    )
    for each in requests:
        mailbox, wanted = mailboxes[each.mailbox_id], set(each.holders)
        held = {holding.account_id: holding for holding in running if holding.mailbox_id == mailbox.id}
        coming = _holders(session, actor, wanted - held.keys())
        for leaving in held.keys() - wanted:
            held[leaving].valid_to = actor.today
        session.add_all(
            Holding(mailbox_id=mailbox.id, account_id=holder, valid_from=actor.today) for holder in sorted(coming)
        )
        _revoke(session, actor, mailbox.id, held.keys() - wanted)
        numbers = _numbers(session, coming | (held.keys() - wanted))
        detail = {
            "coming": sorted(numbers[each] for each in coming),
            "leaving": sorted(numbers[each] for each in held.keys() - wanted),
        }
        record(session, actor, "mailbox.handed_over", f"mailbox:{mailbox.public_id}", mailbox.agency_id, **detail)
    session.flush()
    due.mark(session, actor, "mailbox", ids, urgent=True)


def _numbers(session: Session, account_ids: Collection[int]) -> dict[int, str]:
    """Give the numbers of accounts, which is how the audit names them."""
    return dict(session.execute(select(Account.id, Account.number).where(Account.id.in_(account_ids))).all())


def _revoke(session: Session, actor: Actor, mailbox_id: int, account_ids: Collection[int]) -> None:
    """Revoke the app passwords by which these people opened a role mailbox."""
    session.execute(
        update(AppPassword)
        .where(AppPassword.mailbox_id == mailbox_id, AppPassword.account_id.in_(account_ids))
        .where(AppPassword.revoked_at.is_(None))
        .values(revoked_at=actor.now)
    )


def _named(row: int, name: str) -> str:
    """Give the name of a role mailbox; it has one."""
    text = plain_text("name", name)
    if not text:
        raise BadValue(row=row, field="name", reason="missing")
    return text


def _holders(session: Session, actor: Actor, account_ids: Collection[int]) -> set[int]:
    """Give back those who are to hold a role mailbox: people of the actor's agencies, with an account not shut."""
    if not account_ids:
        return set()
    accounts = session.scalars(select(Account).where(Account.id.in_(account_ids))).all()
    posts = posts_of(session, [account.official_id for account in accounts], actor.today)
    if len(accounts) < len(account_ids) or len(posts) < len(accounts):
        raise NotFound
    may(session, actor, Action.ROLE_MAILBOX, *{post.agency_id for post in posts.values()})
    for account in accounts:
        if account.state not in {"pending", "active"}:
            raise WrongState(subject=account.number, state=account.state)
    return set(account_ids)

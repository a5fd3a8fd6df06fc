"""Role mailboxes: open them for an agency, and hand them over from holder to holder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from directory import due
from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import posts_of
from directory.audit import record
from directory.base import Actor, public_id
from directory.credentials.tables import AppPassword
from directory.errors import BadValue, MailboxClosed, NotFound, WrongState
from directory.grants import Action, may
from directory.lifecycle.allotment import allot
from directory.lifecycle.enlistment import refuse_closed
from directory.lifecycle.leaving import FURTHEST
from directory.lifecycle.particulars import plain_text
from directory.lifecycle.quarantine import quarantine
from directory.lifecycle.surroundings import surroundings_of
from directory.lifecycle.suspension import needed_reason
from directory.mailboxes import Holding, Mailbox
from directory.policies import effective_values


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
    """Who holds a role mailbox from a day on (today); all others hold it no longer from then."""

    mailbox_id: int
    holders: Collection[int]
    since: date | None = None


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
    """Let role mailboxes change hands, today or on a day to come; what was planned from that day on is forgotten.

    App passwords of those who hold one no longer end with that day. Errors carry `row`.
    """
    if not requests:
        return
    ids = {each.mailbox_id for each in requests}
    mailboxes = _open_mailboxes(session, actor, ids)
    holdings = session.scalars(
        select(Holding)
        .where(Holding.mailbox_id.in_(ids), or_(Holding.valid_to.is_(None), Holding.valid_to >= actor.today))
        .with_for_update()
    ).all()
    for row, each in enumerate(requests):
        since = each.since or actor.today
        if not actor.today <= since <= actor.today + FURTHEST:
            raise BadValue(row=row, field="since", reason="not a day from today to two years ahead")
        mine = [holding for holding in holdings if holding.mailbox_id == each.mailbox_id]
        _hand_over(session, actor, mailboxes[each.mailbox_id], mine, set(each.holders), since)
    due.mark(session, actor, "mailbox", ids, urgent=True)


def _open_mailboxes(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, Mailbox]:
    """Find and lock role mailboxes of the actor's agencies that are not closed, by id."""
    rows = session.scalars(
        select(Mailbox).where(Mailbox.id.in_(ids), Mailbox.kind == "role").order_by(Mailbox.id).with_for_update()
    )
    mailboxes = {mailbox.id: mailbox for mailbox in rows}
    if len(mailboxes) < len(ids):
        raise NotFound
    may(
        session, actor, Action.ROLE_MAILBOX, *{mailbox.agency_id for mailbox in mailboxes.values() if mailbox.agency_id}
    )
    for mailbox in mailboxes.values():
        if mailbox.state == "disabled":
            raise MailboxClosed(name=mailbox.name)
    return mailboxes


def _hand_over(
    session: Session, actor: Actor, mailbox: Mailbox, holdings: Sequence[Holding], wanted: set[int], since: date
) -> None:
    """Write who holds one role mailbox from a day on, and tell the audit who comes and who goes."""
    staying: set[int] = set()
    leaving: set[int] = set()
    is_replanned = False
    for holding in holdings:
        begun = holding.valid_from < since or holding.valid_from <= actor.today
        runs_on = holding.valid_to is None or holding.valid_to > since
        if not begun:
            session.delete(holding)  # a plan that another one takes the place of
            is_replanned = True
        elif holding.account_id in wanted and (runs_on or holding.valid_to == since > actor.today):
            is_replanned |= holding.valid_to is not None
            holding.valid_to = None
            staying.add(holding.account_id)
        elif runs_on:
            holding.valid_to = max(since, holding.valid_from)
            leaving.add(holding.account_id)
    session.flush()
    coming = _holders(session, actor, wanted - staying, since)
    if since == actor.today:
        _revoke(session, actor, mailbox.id, leaving)
    present = {each.account_id for each in holdings if each.valid_from <= actor.today and each.valid_to != actor.today}
    _revoke(session, actor, mailbox.id, coming - present)  # none of an earlier time may come back to life
    session.add_all(Holding(mailbox_id=mailbox.id, account_id=holder, valid_from=since) for holder in sorted(coming))
    session.flush()
    if not (coming or leaving or is_replanned):
        return  # those who are to hold it hold it already
    numbers = _numbers(session, coming | leaving)
    detail = {
        "coming": sorted(numbers[each] for each in coming),
        "leaving": sorted(numbers[each] for each in leaving),
        "since": since.isoformat(),
    }
    record(session, actor, "mailbox.handed_over", f"mailbox:{mailbox.public_id}", mailbox.agency_id, **detail)


def close_role_mailbox(session: Session, actor: Actor, mailbox_ids: Collection[int], reason: str) -> list[Mailbox]:
    """Close role mailboxes for good: nobody holds them, no address receives; their mail is kept and nobody opens it."""
    why = needed_reason(reason)
    ids = set(mailbox_ids)
    mailboxes = _open_mailboxes(session, actor, ids)
    agencies = session.scalars(
        select(Agency).where(Agency.id.in_({each.agency_id for each in mailboxes.values()}))
    ).all()
    days = effective_values(session, agencies, ["quarantine_days"])
    until = {
        mailbox.id: actor.today + timedelta(days=days[mailbox.agency_id or 0]["quarantine_days"])
        for mailbox in mailboxes.values()
    }
    quarantine(session, until)
    session.execute(
        delete(Holding)
        .where(Holding.mailbox_id.in_(ids), Holding.valid_from > actor.today)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(Holding)
        .where(Holding.mailbox_id.in_(ids), or_(Holding.valid_to.is_(None), Holding.valid_to > actor.today))
        .values(valid_to=actor.today)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(AppPassword)
        .where(AppPassword.mailbox_id.in_(ids), AppPassword.revoked_at.is_(None))
        .values(revoked_at=actor.now)
        .execution_options(synchronize_session="fetch")
    )
    for mailbox in mailboxes.values():
        mailbox.state = "disabled"
        record(session, actor, "mailbox.closed", f"mailbox:{mailbox.public_id}", mailbox.agency_id, reason=why)
    session.flush()
    due.mark(session, actor, "mailbox", ids, urgent=True)
    return list(mailboxes.values())


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


def _holders(session: Session, actor: Actor, account_ids: Collection[int], since: date) -> set[int]:
    """Give back those who are to hold a role mailbox: people of the actor's agencies, with an account not shut."""
    if not account_ids:
        return set()
    accounts = session.scalars(select(Account).where(Account.id.in_(account_ids))).all()
    posts = posts_of(session, [account.official_id for account in accounts], actor.today)
    if len(accounts) < len(account_ids) or len(posts) < len(accounts):
        raise NotFound
    may(session, actor, Action.ROLE_MAILBOX, *{post.agency_id for post in posts.values()})
    for account in accounts:
        if account.state not in {"pending", "active"} or not account.is_in_service_on(since):
            raise WrongState(subject=account.number, state=account.state)
    return set(account_ids)

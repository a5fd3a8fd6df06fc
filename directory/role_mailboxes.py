"""Role mailboxes as pages show them: the list, and one with its holders from and to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import and_, func, select, true
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency, inside
from directory.base import Actor
from directory.due import Due
from directory.errors import NotFound
from directory.grants import Action, can, scope
from directory.mailboxes import Holding, Mailbox, held_on
from directory.officials import Official
from directory.tallies import reach

FEW_AGENCIES = 1_000
"""Agencies in reach up to which their mailboxes are gathered; of more, mailboxes are walked until the page is full."""


@dataclass(frozen=True)
class Holder:
    """Somebody who holds a role mailbox, or held it."""

    account_id: int
    account_number: str
    full_name: str
    official_public_id: str
    valid_from: date
    valid_to: date | None

    def runs_on(self, day: date) -> bool:
        """Say whether they hold it on a day."""
        return self.valid_from <= day and (self.valid_to is None or self.valid_to > day)


@dataclass(frozen=True)
class RoleMailbox:
    """A role mailbox with those who hold it, or in its record with all who ever did."""

    mailbox_id: int
    public_id: str
    name: str
    state: str
    quota_bytes: int
    address: str | None
    agency_id: int
    agency_name: str
    agency_public_id: str
    holders: Sequence[Holder]
    waits_since: datetime | None
    """Since when the entry waits to be made real."""
    addresses: Sequence[tuple[str, str, date | None]] = ()
    """In its record: each address with its kind and last day, the primary one first."""


@dataclass(frozen=True)
class Listed:
    """Some role mailboxes; `after` begins the next page, None means that this is the last."""

    mailboxes: Sequence[RoleMailbox]
    after: int | None


def role_mailboxes(
    session: Session, actor: Actor, agency_id: int | None = None, *, after: int | None = None, limit: int = 50
) -> Listed:
    """List the role mailboxes of the actor's agencies, with those who hold them today."""
    seen = select(Agency.id).where(scope(actor, Action.VIEW))
    if agency_id is not None:
        seen = seen.where(Agency.id.in_(inside(agency_id)))
    wanted = select(Mailbox, Agency).join(Agency, Agency.id == Mailbox.agency_id).where(Mailbox.kind == "role")
    if reach(session, actor, Action.VIEW, agency_id).agencies <= FEW_AGENCIES:
        # As an array: with it PostgreSQL takes the index on agencies, however many it guesses them to be.
        wanted = wanted.where(Mailbox.agency_id == func.any(func.array(seen.scalar_subquery())))
    else:
        # Asked mailbox by mailbox on the way through them, and not of all at once.
        own = seen.with_only_columns(true()).where(Agency.id == Mailbox.agency_id).limit(1)
        wanted = wanted.where(own.correlate(Mailbox).scalar_subquery().is_(True))
    if after is not None:
        wanted = wanted.where(Mailbox.id > after)
    found = session.execute(wanted.order_by(Mailbox.id).limit(limit + 1)).all()
    shown = [(mailbox, agency) for mailbox, agency in found[:limit]]
    held = _holders(session, [mailbox.id for mailbox, _ in shown], actor.today)
    return Listed(_lines(session, shown, held), shown[-1][0].id if len(found) > limit else None)


def role_mailbox(session: Session, actor: Actor, public_id: str) -> RoleMailbox:
    """Give the record of a role mailbox the actor may see, or holds, with all holders; else `NotFound`."""
    statement = select(Mailbox, Agency).join(Agency, Agency.id == Mailbox.agency_id)
    found = session.execute(statement.where(Mailbox.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    mailbox, agency = found
    held = _holders(session, [mailbox.id], None)
    is_own = any(each.account_id == actor.account_id and each.runs_on(actor.today) for each in held[mailbox.id])
    if not is_own and not can(session, actor, Action.VIEW, agency.id):
        raise NotFound
    (record,) = _lines(session, [(mailbox, agency)], held)
    rows = session.execute(
        select(Address.address, Address.kind, Address.valid_until)
        .where(Address.mailbox_id == mailbox.id)
        .order_by((Address.kind == "primary").desc(), Address.address)
    )
    return replace(record, addresses=[(address, kind, until) for address, kind, until in rows])


def _holders(session: Session, mailbox_ids: Sequence[int], day: date | None) -> dict[int, list[Holder]]:
    """Give who holds these mailboxes on a day, or ever (None), by mailbox id; the latest first."""
    wanted = (
        select(Holding, Account, Official)
        .join(Account, Account.id == Holding.account_id)
        .join(Official, Official.id == Account.official_id)
        .where(Holding.mailbox_id.in_(mailbox_ids))
        .order_by(Holding.valid_from.desc(), Holding.id)
    )
    if day is not None:
        wanted = wanted.where(held_on(day))
    held: dict[int, list[Holder]] = {mailbox_id: [] for mailbox_id in mailbox_ids}
    for holding, account, official in session.execute(wanted):
        held[holding.mailbox_id].append(
            Holder(
                account_id=account.id,
                account_number=account.number,
                full_name=official.full_name,
                official_public_id=official.public_id,
                valid_from=holding.valid_from,
                valid_to=holding.valid_to,
            )
        )
    return held


def _lines(
    session: Session, found: Sequence[tuple[Mailbox, Agency]], held: dict[int, list[Holder]]
) -> list[RoleMailbox]:
    """Put together what is shown of some role mailboxes, in two statements for any number."""
    ids = [mailbox.id for mailbox, _ in found]
    primary = and_(Address.mailbox_id.in_(ids), Address.kind == "primary")
    addresses = dict(session.execute(select(Address.mailbox_id, Address.address).where(primary)).all())
    waiting = select(Due.subject_id, Due.since).where(Due.subject == "mailbox", Due.subject_id.in_(ids))
    since = dict(session.execute(waiting).all())
    return [
        RoleMailbox(
            mailbox_id=mailbox.id,
            public_id=mailbox.public_id,
            name=mailbox.name,
            state=mailbox.state,
            quota_bytes=mailbox.quota_bytes,
            address=addresses.get(mailbox.id),
            agency_id=agency.id,
            agency_name=agency.name,
            agency_public_id=agency.public_id,
            holders=held[mailbox.id],
            waits_since=since.get(mailbox.id),
        )
        for mailbox, agency in found
    ]

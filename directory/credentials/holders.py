"""The holder of a credential: found by what is typed, locked while credentials change, told of each change."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from directory import audit, notices
from directory.accounts import Account
from directory.addresses import Address, normal_address
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.errors import BadValue, FactorNeeded, NotAllowed, NotFound
from directory.mailboxes import Mailbox

FRESH = timedelta(minutes=5)
"""How long a shown second factor serves for what needs it again."""
_TYPED_AT_MOST = 320


def account_called(session: Session, name: str) -> Account | None:
    """Find the account that someone means by an address of a personal mailbox or an account number.

    One statement in any case: how long the answer takes does not tell whether there is such an account.
    """
    typed = name.strip()[:_TYPED_AT_MOST]
    found = select(Account).options(joinedload(Account.official, innerjoin=True))
    try:
        address = normal_address(typed)
    except BadValue:
        return session.scalar(found.where(Account.number == typed.lower().replace("\0", "")))
    return session.scalar(
        found.join(Mailbox, Mailbox.account_id == Account.id)
        .join(Address, Address.mailbox_id == Mailbox.id)
        .where(Address.address == address, Address.kind.in_(("primary", "alias", "receive_only")))
    )


def lock_if_any(session: Session, account_id: int | None) -> Account | None:
    """Take an account for a change of its credentials; for nobody's the same is asked and None is given."""
    return session.scalar(
        select(Account)
        .where(Account.id == (account_id or 0))
        .options(joinedload(Account.official, innerjoin=True))
        .with_for_update(key_share=True, of=Account)
        .execution_options(populate_existing=True)
    )


def lock(session: Session, account_id: int) -> Account:
    """Take an account for a change of its credentials: one change at a time, seen by the next."""
    found = lock_if_any(session, account_id)
    if found is None:
        raise NotFound
    return found


def own(session: Session, actor: Actor, account_id: int) -> Account:
    """Lock an active account whose credentials the actor may change: one's own (the system: anyone's)."""
    if not actor.is_system and actor.account_id != account_id:
        raise NotAllowed
    account = lock(session, account_id)
    if not account.is_active_on(actor.today):
        raise NotAllowed
    return account


def need_fresh_factor(actor: Actor) -> None:
    """Raise `FactorNeeded` unless the second factor was shown a short while ago."""
    if actor.is_system:
        return
    if actor.factor_at is None or not timedelta(0) <= actor.now - actor.factor_at <= FRESH:
        raise FactorNeeded


def agency_of(session: Session, actor: Actor, account: Account) -> Agency | None:
    """Give the agency where the official has the primary appointment today."""
    return session.scalar(
        select(Agency)
        .join(Appointment, Appointment.agency_id == Agency.id)
        .where(Appointment.official_id == account.official_id, Appointment.kind == "primary", held_on(actor.today))
    )


def note(session: Session, actor: Actor, account: Account, action: str, **detail: object) -> None:
    """Write the audit event of what happened to an account's credentials."""
    agency = agency_of(session, actor, account)
    audit.record(session, actor, action, f"account:{account.number}", agency.id if agency else None, **detail)


def tell(session: Session, actor: Actor, account: Account, action: str, **detail: object) -> None:
    """Write the audit event and tell the holder, whose mailbox gets a notice of every change."""
    note(session, actor, account, action, **detail)
    notices.notify(
        session, actor, account.id, "credential_changed", action=action, at=actor.now.isoformat(), source=actor.source
    )

"""Activation slips: what is said of who waits for one, and what is printed on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.credentials.activation import VALID_FOR, issue_activation_codes, waiting_accounts
from directory.credentials.tables import ActivationCode
from directory.errors import NotFound, TooManyAtOnce
from directory.grants import Action, is_below, scope
from directory.mailboxes import Mailbox
from directory.officials import Official

AT_ONCE = 1000
"""Slips of one printing."""


@dataclass(frozen=True)
class Waiting:
    """An official who has not finished the activation, and when the last good slip was issued."""

    number: str
    name: str
    title: str
    agency: str
    address: str | None
    issued_at: datetime | None


@dataclass(frozen=True)
class Slip:
    """What stands on one slip."""

    code: str
    name: str
    agency: str
    address: str
    number: str
    until: datetime


def lines_of(session: Session, actor: Actor, official_ids: Sequence[int]) -> Sequence[Waiting]:
    """Give the lines of those of these officials who wait for a slip, in order of given names."""
    found = _waiting(actor).where(Official.id.in_(official_ids))
    rows = session.execute(found.order_by(Official.given, Official.family, Official.middle, Official.id))
    return [Waiting(*row) for row in rows]


def _waiting(actor: Actor) -> Select[str, str, str, str, str, datetime]:
    """Select who waits, with where they work and the last slip that is still good."""
    issued = (
        select(func.max(ActivationCode.issued_at))
        .where(
            ActivationCode.account_id == Account.id,
            ActivationCode.used_at.is_(None),
            ActivationCode.revoked_at.is_(None),
            ActivationCode.expires_at > actor.now,
        )
        .scalar_subquery()
    )
    return (
        select(Account.number, Official.full_name, Appointment.title, Agency.name, Address.address, issued)
        .join(Official, Official.id == Account.official_id)
        .join(Appointment, Appointment.official_id == Official.id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .outerjoin(Mailbox, Mailbox.account_id == Account.id)
        .outerjoin(Address, (Address.mailbox_id == Mailbox.id) & (Address.kind == "primary"))
        .where(Appointment.kind == "primary", held_on(actor.today), waiting_accounts())
        .where(scope(actor, Action.CREDENTIAL), is_below(actor))
    )


def issue_slips(session: Session, actor: Actor, numbers: Collection[str]) -> list[Slip]:
    """Issue slips for accounts by their numbers; earlier slips of these are void. The codes are given this once."""
    if len(numbers) > AT_ONCE:
        raise TooManyAtOnce(limit=AT_ONCE)
    accounts = {row.number: row.id for row in session.execute(_numbered(numbers))}
    if not numbers or set(accounts) != set(numbers):
        raise NotFound
    codes = {account.number: code for account, code in issue_activation_codes(session, actor, accounts.values())}
    rows = session.execute(
        _waiting(actor)
        .where(Account.number.in_(codes))
        .order_by(Agency.path, Official.given, Official.family, Official.middle, Official.id)
    )
    until = actor.now + VALID_FOR
    return [Slip(codes[row[0]], row[1], row[3], row[4] or "", row[0], until) for row in rows]


def _numbered(numbers: Collection[str]) -> Select[str, int]:
    """Select accounts by their numbers."""
    return select(Account.number, Account.id).where(Account.number.in_(numbers))

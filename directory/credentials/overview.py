"""What people see of themselves: what protects their account, and what the directory says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from directory.accounts import Account
from directory.addresses import Address
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.credentials.app_passwords import app_passwords_of
from directory.credentials.recovery_codes import recovery_codes_left, recovery_codes_made_at
from directory.credentials.sessions import open_sessions
from directory.credentials.tables import Password, Totp
from directory.errors import NotAllowed
from directory.mailboxes import Mailbox
from directory.officials import Official, open_field


@dataclass(frozen=True)
class Protection:
    """What protects an account."""

    password_set_at: datetime | None
    app_confirmed_at: datetime | None
    recovery_codes: int
    codes_made_at: datetime | None
    """When recovery codes were made last, if ever."""
    app_passwords: int
    sessions: int


@dataclass(frozen=True)
class OwnRecord:
    """What the directory says of an official, as shown to that official."""

    official: Official
    number: str
    state: str
    appointments: Sequence[Appointment]
    addresses: Sequence[Address]
    personal_id: str | None
    birth_date: str | None
    phone: str | None
    personal_mail: str | None


def protection_of(session: Session, actor: Actor) -> Protection:
    """Give what protects the actor's own account."""
    me = _me(actor)
    return Protection(
        password_set_at=session.scalar(select(Password.set_at).where(Password.account_id == me)),
        app_confirmed_at=session.scalar(select(Totp.confirmed_at).where(Totp.account_id == me)),
        recovery_codes=recovery_codes_left(session, me),
        codes_made_at=recovery_codes_made_at(session, me),
        app_passwords=len(app_passwords_of(session, actor, me)),
        sessions=len(open_sessions(session, actor, me)),
    )


def own_record(session: Session, actor: Actor) -> OwnRecord:
    """Give what the directory says of the actor."""
    account = session.get_one(Account, _me(actor), options=[joinedload(Account.official)])
    official = account.official
    return OwnRecord(
        official=official,
        number=account.number,
        state=account.state,
        appointments=session.scalars(
            select(Appointment)
            .where(Appointment.official_id == official.id, held_on(actor.today))
            .options(joinedload(Appointment.agency))
            .order_by(Appointment.kind != "primary", Appointment.id)
        ).all(),
        addresses=session.scalars(
            select(Address)
            .join(Mailbox, Mailbox.id == Address.mailbox_id)
            .where(Mailbox.account_id == account.id, Address.kind.in_(("primary", "alias", "receive_only")))
            .order_by(Address.kind != "primary", Address.address)
        ).all(),
        personal_id=open_field(session, official, "personal_id"),
        birth_date=open_field(session, official, "birth_date"),
        phone=open_field(session, official, "phone"),
        personal_mail=open_field(session, official, "personal_mail"),
    )


def _me(actor: Actor) -> int:
    """Give the actor's own account; the system has none."""
    if actor.account_id is None:
        raise NotAllowed
    return actor.account_id

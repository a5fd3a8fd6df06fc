"""Recovery contacts: a private address and a number that only their owner sets, and that may not serve at once.

No way of recovery uses them today. They are kept so that one could: what was set by whoever took an account over would
not serve for a week, and the contact of before is told in the meantime.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor, public_id
from directory.credentials.holders import need_fresh_factor, own, tell
from directory.credentials.tables import CONTACT_KINDS, RecoveryContact
from directory.errors import BadValue, NotAllowed, NotFound
from directory.keys import keys_of
from directory.notices import Notice
from directory.phones import normal_phone
from directory.throttle import Brake, take

HOLD = timedelta(days=7)
_MAIL = re.compile(r"^[^\s@]{1,64}@[a-z0-9.-]{1,190}\.[a-z]{2,}$", re.ASCII)
_BRAKE = Brake(free=6, ceiling=6)
"""So many changes on a day: each sends a letter to somebody else's mailbox, should the address be wrong."""


@dataclass(frozen=True)
class Contact:
    """A contact as its owner sees it."""

    kind: str
    value: str
    set_at: datetime
    usable_from: datetime
    is_held: bool


def recovery_contacts(session: Session, actor: Actor) -> dict[str, Contact]:
    """Give the actor's own contacts, by kind."""
    if actor.account_id is None:
        raise NotAllowed
    rows = session.scalars(
        select(RecoveryContact).where(
            RecoveryContact.account_id == actor.account_id, RecoveryContact.ended_at.is_(None)
        )
    )
    return {
        row.kind: Contact(row.kind, opened(session, row), row.set_at, row.usable_from, row.usable_from > actor.now)
        for row in rows
    }


def set_recovery_contact(session: Session, actor: Actor, kind: str, value: str) -> None:
    """Set one's own contact of a kind; the one of before is told and ends, the new one is held for a week."""
    account = _changing(session, actor, kind)
    normal = _normal(kind, value)
    before = _end(session, actor, account, kind)
    if before is not None and opened(session, before) == normal:
        raise BadValue(field="value", reason="recorded already")
    row = RecoveryContact(account_id=account.id, kind=kind, set_at=actor.now, usable_from=actor.now + HOLD)
    row.public_id = public_id()
    row.value = keys_of(session).seal(normal, "recovery_contacts.value", row.public_id)
    session.add(row)
    session.flush()
    _tell(session, actor, account, before, "recovery_contact.set", kind)


def remove_recovery_contact(session: Session, actor: Actor, kind: str) -> None:
    """Remove one's own contact of a kind; it is told."""
    account = _changing(session, actor, kind)
    before = _end(session, actor, account, kind)
    if before is None:
        raise NotFound
    _tell(session, actor, account, before, "recovery_contact.removed", kind)


def opened(session: Session, row: RecoveryContact) -> str:
    """Read what a contact says."""
    return keys_of(session).open(row.value, "recovery_contacts.value", row.public_id)


def _changing(session: Session, actor: Actor, kind: str) -> Account:
    """Lock the actor's own account, after a fresh second factor."""
    if actor.account_id is None or actor.within is not None:
        raise NotAllowed
    need_fresh_factor(actor)
    if kind not in CONTACT_KINDS:
        raise BadValue(field="kind", reason="not a kind of contact")
    account = own(session, actor, actor.account_id)
    take(session, actor, f"contact:{account.id}:{actor.today}", _BRAKE)
    return account


def _normal(kind: str, value: str) -> str:
    """Give the one spelling of a contact; an official address is none, for it is what is lost when one is needed."""
    typed = value.strip().lower()
    if kind == "phone":
        number = normal_phone(typed)
        if number is None:
            raise BadValue(field="value", reason="not a phone number such as 0912 345 678, or +… from abroad")
        return number
    if not typed.isascii() or not _MAIL.match(typed) or ".." in typed:
        raise BadValue(field="value", reason="not an e-mail address")
    if typed.endswith((".gov.vn", "@gov.vn")):
        raise BadValue(
            field="value", reason="an official address cannot be reached when it is needed; give a private one"
        )
    return typed


def _end(session: Session, actor: Actor, account: Account, kind: str) -> RecoveryContact | None:
    """End the contact of a kind, if there is one; the account is locked, so that there is never a second."""
    return session.scalars(
        update(RecoveryContact)
        .where(
            RecoveryContact.account_id == account.id,
            RecoveryContact.kind == kind,
            RecoveryContact.ended_at.is_(None),
        )
        .values(ended_at=actor.now)
        .returning(RecoveryContact)
    ).one_or_none()


def _tell(
    session: Session, actor: Actor, account: Account, before: RecoveryContact | None, action: str, kind: str
) -> None:
    """Tell the mailbox, the private address of before, and the one that stays, if it is another kind that changed."""
    tell(session, actor, account, action, kind=kind)
    staying = session.scalar(
        select(RecoveryContact.id).where(
            RecoveryContact.account_id == account.id,
            RecoveryContact.kind == "mail",
            RecoveryContact.ended_at.is_(None),
            RecoveryContact.set_at < actor.now,
        )
    )
    told = {before.id if before is not None and before.kind == "mail" else None, staying} - {None}
    for contact_id in told:
        session.add(
            Notice(
                account_id=account.id,
                contact_id=contact_id,
                message="recovery_contact_changed",
                fields={"kind": kind, "is_removed": action.endswith("removed")},
                queued_at=actor.now,
            )
        )
    session.info["notices"] = True

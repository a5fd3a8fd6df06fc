"""The authenticator app (RFC 6238): enrolled with a first code, and each code accepted once."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import primary_of
from directory.base import Actor
from directory.credentials import tries
from directory.credentials.codes import six_digits
from directory.credentials.holders import need_fresh_factor, own, tell
from directory.credentials.sessions import changed
from directory.credentials.tables import Totp, TotpEnrolment
from directory.credentials.tries import Try
from directory.errors import CodeRefused, NotFound
from directory.keys import keys_of
from directory.mailboxes import Mailbox

STEP_SECONDS = 30
WINDOW = 1
"""Steps before and after the present one whose codes are accepted, for clocks that differ."""
ENROL_WITHIN = timedelta(hours=1)
_PURPOSE = "totp.secret"
_NOBODY = "A" * 32
"""Compared with when there is no secret, so that it takes the same time."""


def has_totp(session: Session, account_id: int) -> bool:
    """Say whether an account has a confirmed authenticator app."""
    return session.scalar(select(Totp.account_id).where(Totp.account_id == account_id)) is not None


def start_totp(session: Session, actor: Actor, account_id: int) -> str:
    """Make a new secret for one's own account and give it; a secret still unconfirmed is replaced.

    A confirmed one stays valid until the new one is confirmed, and changing it needs a fresh second factor.
    """
    account = own(session, actor, account_id)
    if has_totp(session, account_id):
        need_fresh_factor(actor)
    secret = pyotp.random_base32()
    row = {
        "session_id": actor.session_id,
        "secret": keys_of(session).seal(secret, _PURPOSE, account.number),
        "begun_at": actor.now,
    }
    session.execute(
        insert(TotpEnrolment)
        .values(account_id=account_id, **row)
        .on_conflict_do_update(index_elements=[TotpEnrolment.account_id], set_=row)
    )
    return secret


def secret_being_enrolled(session: Session, actor: Actor, account_id: int) -> str:
    """Give the unconfirmed secret to the session that began it, to nobody else."""
    begun = _enrolment(session, actor, account_id)
    return keys_of(session).open(begun.secret, _PURPOSE, session.get_one(Account, account_id).number)


def _enrolment(session: Session, actor: Actor, account_id: int) -> TotpEnrolment:
    """Find the enrolment that this session began and that is not too old."""
    begun = session.scalar(
        select(TotpEnrolment)
        .where(
            TotpEnrolment.account_id == account_id,
            TotpEnrolment.session_id.is_not_distinct_from(actor.session_id),
            TotpEnrolment.begun_at > actor.now - ENROL_WITHIN,
        )
        .execution_options(populate_existing=True)
    )
    if begun is None or (not actor.is_system and actor.account_id != account_id):
        raise NotFound
    return begun


def provisioning_uri(session: Session, account: Account, secret: str) -> str:
    """Give the otpauth:// address that the QR code carries: issuer, the official's address, the secret."""
    mailbox_id = session.scalar(select(Mailbox.id).where(Mailbox.account_id == account.id))
    name = primary_of(session, mailbox_id) if mailbox_id else None
    return pyotp.TOTP(secret).provisioning_uri(name=name or account.number, issuer_name="Công vụ")


def confirm_totp(session: Session, actor: Actor, attempt: Try, typed: str) -> None:
    """Take the new secret into use with its first code; the old one is gone in the same transaction."""
    account = own(session, actor, actor.account_id or 0)
    enrol(session, actor, attempt, account, typed)


def enrol(session: Session, actor: Actor, attempt: Try, account: Account, typed: str) -> None:
    """Confirm the enrolment of an account the caller has locked."""
    tries.use(session, attempt, "code", tries.subject_of(account))
    replaces = has_totp(session, account.id)
    if replaces:
        need_fresh_factor(actor)
    begun = _enrolment(session, actor, account.id)
    step = matching_step(keys_of(session).open(begun.secret, _PURPOSE, account.number), typed, actor.now)
    if step is None:
        raise CodeRefused
    taken = session.execute(
        delete(TotpEnrolment).where(TotpEnrolment.account_id == account.id, TotpEnrolment.secret == begun.secret)
    )
    if changed(taken) != 1:
        raise CodeRefused
    row = {"secret": begun.secret, "enrolled_at": begun.begun_at, "confirmed_at": actor.now, "last_step": step}
    session.execute(
        insert(Totp)
        .values(account_id=account.id, **row)
        .on_conflict_do_update(index_elements=[Totp.account_id], set_=row)
    )
    tries.forget(session, attempt)
    tell(session, actor, account, "totp.replaced" if replaces else "totp.confirmed")


def spend_totp(session: Session, actor: Actor, account: Account | None, typed: str) -> bool:
    """Accept a code of the account's app once: the step it belongs to is compared and set in one statement."""
    kept = session.scalar(select(Totp.secret).where(Totp.account_id == (account.id if account else 0)))
    secret = keys_of(session).open(kept, _PURPOSE, account.number) if kept and account else _NOBODY
    step = matching_step(secret, typed, actor.now)
    spent = session.execute(
        update(Totp)
        .where(Totp.account_id == (account.id if account and step else 0), Totp.last_step < (step or 0))
        .values(last_step=step)
    )
    return changed(spent) == 1


def check_totp(session: Session, actor: Actor, attempt: Try, account: Account, typed: str) -> None:
    """Accept a code once, or raise `CodeRefused`."""
    tries.use(session, attempt, "code", tries.subject_of(account))
    if not spend_totp(session, actor, account, typed):
        raise CodeRefused
    tries.forget(session, attempt)


def matching_step(secret: str, typed: str, now: datetime) -> int | None:
    """Give the time step near `now` whose code was typed, if any."""
    code = six_digits(typed) or ""
    present = int(now.timestamp()) // STEP_SECONDS
    codes = pyotp.HOTP(secret)
    matching = None
    for step in range(present - WINDOW, present + WINDOW + 1):
        if hmac.compare_digest(codes.at(step), code):
            matching = step
    return matching

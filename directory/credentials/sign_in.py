"""Signing in: the password begins a session that reaches little, the second factor raises it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials import tries
from directory.credentials.codes import six_digits
from directory.credentials.holders import account_called, lock_if_any, note, own
from directory.credentials.obligations import obligations_of
from directory.credentials.passwords import check_password
from directory.credentials.recovery_codes import spend_recovery_code
from directory.credentials.sessions import raise_session, start_session
from directory.credentials.tables import SignInSession
from directory.credentials.totp import check_totp, enrol, has_totp, start_totp
from directory.credentials.tries import Try
from directory.errors import SignInRefused


@dataclass(frozen=True)
class Opened:
    """A session just begun, with the token for its cookie."""

    token: str
    row: SignInSession


def subject_called(session: Session, name: str) -> str:
    """Name whom a sign-in is tried for, as the brake counts it; a name nobody has is counted alike."""
    account = account_called(session, name)
    return tries.subject_of(account) if account else tries.subject_nobody(session, name.strip().lower())


def sign_in(session: Session, actor: Actor, attempt: Try, name: str, password: str, *, browser: str) -> Opened:
    """Show the first factor: an address or account number and its password, or `SignInRefused`."""
    found = account_called(session, name)
    account = check_password(session, attempt, lock_if_any(session, found.id if found else None), password)
    return open_session(session, actor, account, browser)


def open_session(session: Session, actor: Actor, account: Account, browser: str) -> Opened:
    """Begin a session of an account whose first factor was shown just now and which the caller has locked.

    Whoever must have a second factor and has none begins to enrol one in the same breath.
    """
    if not account.is_in_service_on(actor.today):
        raise SignInRefused
    stage = "password" if needs_factor(session, actor, account) else "full"
    token, row = start_session(session, actor, account, stage, browser)
    if stage == "password" and not has_totp(session, account.id):
        holder = replace(actor, account_id=account.id, session_id=row.id)
        start_totp(session, holder, account.id)
    note(session, actor, account, "session.started", stage=stage)
    return Opened(token, row)


def needs_factor(session: Session, actor: Actor, account: Account) -> bool:
    """Say whether an account needs a second factor: it has one, or its agency's policy demands one today."""
    return obligations_of(session, actor, account).demands_factor or has_totp(session, account.id)


def prove_factor(session: Session, actor: Actor, attempt: Try, typed: str, *, stage: str) -> str:
    """Show the second factor, of the app or a recovery code; give the new token of the session, now full.

    `stage` is where the session stands: `password` when signing in, `full` when something needs the factor again.
    """
    account = own(session, actor, actor.account_id or 0)
    check = check_totp if six_digits(typed) else spend_recovery_code
    check(session, actor, attempt, account, typed)
    note(session, actor, account, "session.raised")
    return raise_session(session, actor, stage)


def prove_enrolment(session: Session, actor: Actor, attempt: Try, typed: str, *, stage: str) -> str:
    """Confirm a new authenticator app with its first code; give the new token of the session, now full."""
    account = own(session, actor, actor.account_id or 0)
    enrol(session, actor, attempt, account, typed)
    return raise_session(session, actor, stage)

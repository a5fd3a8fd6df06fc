"""A forgotten password: one row per attempt says which step is next, and each step is one conditional UPDATE.

Tier A, for people who still have an own factor: the authenticator app and one saved recovery code give a new
password. A name that nobody has, or an account that cannot sign in, walks the same pages and fails at the same step.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials import tries
from directory.credentials.activation import void_activation_codes
from directory.credentials.api_tokens import revoke_api_tokens
from directory.credentials.app_passwords import revoke_app_passwords
from directory.credentials.holders import account_called, lock_if_any, tell
from directory.credentials.passwords import set_password
from directory.credentials.recovery_codes import recovery_codes_left, spend
from directory.credentials.sessions import changed, digest, end_sessions
from directory.credentials.sign_in import subject_called
from directory.credentials.tables import Recovery
from directory.credentials.totp import spend_totp
from directory.credentials.tries import Try
from directory.errors import CodeRefused, RecoveryOver

VALID_FOR = timedelta(minutes=15)


def start_recovery(session: Session, actor: Actor, attempt: Try, name: str) -> str:
    """Begin an attempt for whoever has this name, or nobody; the token is for a cookie and is not kept."""
    subject = subject_called(session, name)
    tries.use(session, attempt, "recovery", subject)
    account = account_called(session, name)
    token = secrets.token_urlsafe(32)
    session.add(
        Recovery(
            digest=digest(token),
            account_id=account.id if account and account.is_active_on(actor.today) else None,
            subject=subject,
            credential_version=account.credential_version if account else 0,
            started_at=actor.now,
            expires_at=actor.now + VALID_FOR,
            source=actor.source,
        )
    )
    return token


def recovery_of(session: Session, actor: Actor, token: str) -> Recovery:
    """Find the attempt of a cookie while it lasts, or raise `RecoveryOver`."""
    found = session.scalar(select(Recovery).where(Recovery.digest == digest(token), Recovery.expires_at > actor.now))
    if found is None or found.state in {"done", "expired"}:
        raise RecoveryOver
    return found


def prove_authenticator(session: Session, actor: Actor, attempt: Try, token: str, typed: str) -> None:
    """First step: a code of the authenticator app."""
    recovery, account = _at(session, actor, attempt, token, "started")
    if not spend_totp(session, actor, account, typed):
        raise CodeRefused
    _step(session, actor, recovery, "started", "authenticator")


def prove_recovery_code(session: Session, actor: Actor, attempt: Try, token: str, typed: str) -> None:
    """Second step: one of the saved recovery codes, which is used up by it."""
    recovery, account = _at(session, actor, attempt, token, "authenticator")
    if not spend(session, actor, account, typed):
        raise CodeRefused
    _step(session, actor, recovery, "authenticator", "ready")
    if account:
        tries.forget(session, attempt)
        tell(session, actor, account, "recovery_code.used", left=recovery_codes_left(session, account.id))


def finish_recovery(
    session: Session, actor: Actor, token: str, password: str, *, revoke_app_passwords_too: bool
) -> None:
    """Last step: the new password. Sessions, API tokens and slips die with the old one; app passwords if asked."""
    recovery = recovery_of(session, actor, token)
    account = _standing(session, actor, recovery)
    if account is None:
        raise RecoveryOver
    _step(session, actor, recovery, "ready", "done")
    set_password(session, actor, account, password)
    account.credential_version += 1
    session.flush()
    end_sessions(session, actor, account.id)
    revoke_api_tokens(session, actor, account.id)
    void_activation_codes(session, actor, account.id)
    if revoke_app_passwords_too:
        revoke_app_passwords(session, actor, account.id)
    session.execute(
        update(Recovery)
        .where(Recovery.account_id == account.id, Recovery.state.not_in(("done", "expired")))
        .values(state="expired")
    )
    tell(session, actor, account, "password.reset", app_passwords="revoked" if revoke_app_passwords_too else "kept")


def _at(session: Session, actor: Actor, attempt: Try, token: str, state: str) -> tuple[Recovery, Account | None]:
    """Give the attempt, which must stand at this step, and the account it is for."""
    recovery = recovery_of(session, actor, token)
    tries.use(session, attempt, "code", recovery.subject)
    if recovery.state != state:
        raise RecoveryOver
    return recovery, _standing(session, actor, recovery)


def _standing(session: Session, actor: Actor, recovery: Recovery) -> Account | None:
    """Lock the account of an attempt; None if it cannot sign in now or its credentials changed since."""
    account = lock_if_any(session, recovery.account_id)
    if account is None or account.credential_version != recovery.credential_version:
        return None
    return account if account.is_active_on(actor.today) else None


def _step(session: Session, actor: Actor, recovery: Recovery, before: str, after: str) -> None:
    """Move an attempt one step on; of many at once, and of steps out of order, all but the right one are refused."""
    moved = session.execute(
        update(Recovery)
        .where(Recovery.id == recovery.id, Recovery.state == before, Recovery.expires_at > actor.now)
        .values(state=after, finished_at=actor.now if after == "done" else None)
    )
    if changed(moved) != 1:
        raise RecoveryOver


def recoveries_open(session: Session, actor: Actor) -> int:
    """Count the attempts under way, for the metrics."""
    return (
        session.scalar(
            select(func.count(Recovery.id)).where(
                Recovery.state.in_(("started", "authenticator", "ready")), Recovery.expires_at > actor.now
            )
        )
        or 0
    )

"""What is left of credentials when they are over: kept for a while, then forgotten, because nobody needs it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials.sessions import changed
from directory.credentials.tables import ActivationCode, Recovery, RecoveryContact, SignInSession, TotpEnrolment
from directory.throttle import Failures

ENROLMENTS = timedelta(days=1)
ATTEMPTS = timedelta(days=30)
"""Attempts to recover, recovery contacts that were replaced, and counts of failures that nobody added to."""
SESSIONS = timedelta(days=90)
"""Sessions (until then they tell where an account usually signs in) and slips (a used one still sounds the alarm)."""


def forget_leftovers(session: Session, actor: Actor) -> int:
    """Delete what is over long enough; the audit keeps what happened. Give how many rows went."""
    over = (
        delete(TotpEnrolment).where(TotpEnrolment.begun_at < actor.now - ENROLMENTS),
        delete(Recovery).where(Recovery.expires_at < actor.now - ATTEMPTS),
        delete(Failures).where(Failures.last_at < actor.now - ATTEMPTS, Failures.open_at < actor.now),
        delete(SignInSession).where(SignInSession.expires_at < actor.now - SESSIONS),
        delete(RecoveryContact).where(RecoveryContact.ended_at < actor.now - ATTEMPTS),
        delete(RecoveryContact).where(RecoveryContact.account_id == Account.id, Account.state == "disabled"),
        delete(ActivationCode).where(ActivationCode.expires_at < actor.now - SESSIONS),
    )
    return sum(changed(session.execute(each)) for each in over)

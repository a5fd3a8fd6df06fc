"""Officials with credentials that tests share: enrolled through the verbs, with what they would know and hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyotp
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials import (
    Try,
    begin_try,
    confirm_totp,
    make_recovery_codes,
    set_password,
    start_totp,
    subject_of,
)
from directory.credentials.tries import Kind

PASSWORD = "con mèo vàng ngủ trên mái nhà"
OTHER_PASSWORD = "chín quả táo rơi xuống hồ sâu"


@dataclass(frozen=True)
class Enrolled:
    """An account with all it has enrolled, and who its holder is as an actor with a second factor shown just now."""

    account: Account
    id: int
    number: str
    secret: str
    codes: list[str]
    actor: Actor

    def code(self, now: datetime, steps: int = 0) -> str:
        """Read the authenticator app, some steps of 30 seconds away from now."""
        return pyotp.TOTP(self.secret).at(now + timedelta(seconds=30 * steps))

    @property
    def subject(self) -> str:
        """Name the account as the brake counts it."""
        return f"account:{self.number}"


def tried(session: Session, actor: Actor, kind: Kind, subject: str) -> Try:
    """Count a try in a session that is rolled back after the test, as if its transaction had been committed."""
    attempt = begin_try(session, actor, kind, subject)
    session.info.pop("uncommitted try")
    return attempt


def enrol(session: Session, actor: Actor, account: Account, password: str = PASSWORD) -> Enrolled:
    """Give an active account a password, an authenticator app and recovery codes, an hour before now."""
    earlier = actor.now - timedelta(hours=1)
    holder = Actor(now=earlier, source="192.0.2.10", account_id=account.id, factor_at=earlier)
    set_password(session, holder, account, password)
    secret = start_totp(session, holder, account.id)
    confirm_totp(session, holder, tried(session, holder, "code", subject_of(account)), pyotp.TOTP(secret).at(earlier))
    codes = make_recovery_codes(session, holder, account.id)
    now = replace(holder, now=actor.now, factor_at=actor.now)
    return Enrolled(account, account.id, account.number, secret, codes, now)

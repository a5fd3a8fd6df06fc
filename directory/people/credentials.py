"""What credentials an official has, counted, never shown: so that the desk sees why somebody cannot sign in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials import has_totp, recovery_codes_left
from directory.credentials.sessions import is_open
from directory.credentials.tables import ActivationCode, AppPassword, Password, SignInSession
from directory.grants import Action, may


@dataclass(frozen=True)
class Credentials:
    """How many of each kind somebody has."""

    has_password: bool
    has_totp: bool
    recovery_codes: int
    app_passwords: int
    sessions: int
    slips: int
    """Activation slips that can still be used."""


def credentials_of(session: Session, actor: Actor, account_id: int, agency_id: int) -> Credentials:
    """Count the credentials of an account whose official belongs to an agency that the actor's desk serves."""
    may(session, actor, Action.CREDENTIAL, agency_id)

    def count(*conditions: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).where(*conditions)) or 0

    return Credentials(
        has_password=session.scalar(select(exists().where(Password.account_id == account_id))) or False,
        has_totp=has_totp(session, account_id),
        recovery_codes=recovery_codes_left(session, account_id),
        app_passwords=count(
            AppPassword.account_id == account_id,
            AppPassword.revoked_at.is_(None),
            AppPassword.expires_at > actor.now,
        ),
        sessions=count(SignInSession.account_id == account_id, is_open(actor)),
        slips=count(
            ActivationCode.account_id == account_id,
            ActivationCode.used_at.is_(None),
            ActivationCode.revoked_at.is_(None),
            ActivationCode.expires_at > actor.now,
        ),
    )

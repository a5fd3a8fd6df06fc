"""What ends with an account: sessions, credentials, roles, role mailboxes held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete, func, or_, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor, dated
from directory.credentials.tables import (
    ActivationCode,
    ApiToken,
    AppPassword,
    Password,
    RecoveryCode,
    Totp,
    TotpEnrolment,
)
from directory.grants import Grant
from directory.lifecycle.reach import end_sessions_of
from directory.mailboxes import Holding


def close_accounts(session: Session, actor: Actor, days: Mapping[int, date]) -> None:
    """Close accounts, by id, from a day each on: what they opened and held is over, and what proved them forgotten."""
    if not days:
        return
    end_sessions_of(session, actor, days.keys())
    for table in (AppPassword, ApiToken, ActivationCode):
        session.execute(
            update(table)
            .where(table.account_id.in_(days), table.revoked_at.is_(None))
            .values(revoked_at=actor.now)
            .execution_options(synchronize_session="fetch")
        )
    for secret in (TotpEnrolment, Totp, RecoveryCode, Password):
        session.execute(delete(secret).where(secret.account_id.in_(days)))
    given = dated(days)
    for owned in (Grant, Holding):
        planned = delete(owned).where(owned.account_id == given.c.id, owned.valid_from >= given.c.day)
        session.execute(planned.where(owned.valid_from > actor.today).execution_options(synchronize_session="fetch"))
        session.execute(
            update(owned)
            .where(owned.account_id == given.c.id, or_(owned.valid_to.is_(None), owned.valid_to > given.c.day))
            .values(valid_to=func.greatest(owned.valid_from, given.c.day))
            .execution_options(synchronize_session="fetch")
        )
    session.execute(
        update(Account)
        .where(Account.id == given.c.id)
        .values(state="disabled", closed_on=given.c.day, credential_version=Account.credential_version + 1)
        .execution_options(synchronize_session="fetch")
    )

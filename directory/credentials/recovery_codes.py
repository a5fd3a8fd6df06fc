"""Recovery codes: ten codes to keep on paper, each good once in place of the authenticator app."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials import tries
from directory.credentials.codes import make_code, one_spelling, shown
from directory.credentials.holders import need_fresh_factor, own, tell
from directory.credentials.sessions import changed
from directory.credentials.tables import RecoveryCode
from directory.credentials.tries import Try
from directory.errors import CodeRefused
from directory.keys import keys_of

COUNT = 10


def _digest(session: Session, account: Account | None, code: str) -> bytes:
    """Give the keyed digest of a code of this account: a code of someone else never has it."""
    return keys_of(session).blind(f"{account.number if account else ''}|{code}", "recovery_code")


def make_recovery_codes(session: Session, actor: Actor, account_id: int) -> list[str]:
    """Make ten new codes for one's own account and give them, this once; all earlier ones are void."""
    account = own(session, actor, account_id)
    need_fresh_factor(actor)
    codes = [make_code() for _ in range(COUNT)]
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session.execute(
        insert(RecoveryCode),
        [{"account_id": account_id, "digest": _digest(session, account, code), "made_at": actor.now} for code in codes],
    )
    tell(session, actor, account, "recovery_codes.made")
    return [shown(code) for code in codes]


def recovery_codes_made_at(session: Session, account_id: int) -> datetime | None:
    """Give when the last codes were made, if ever."""
    return session.scalar(select(func.max(RecoveryCode.made_at)).where(RecoveryCode.account_id == account_id))


def recovery_codes_left(session: Session, account_id: int) -> int:
    """Count the codes that are still good."""
    unused = RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).where(*unused)) or 0


def spend(session: Session, actor: Actor, account: Account | None, typed: str) -> bool:
    """Accept a code once: it is marked used by the statement that finds it."""
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.digest == _digest(session, account, one_spelling(typed)),
            RecoveryCode.account_id == (account.id if account else 0),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=actor.now)
    )
    return changed(used) == 1


def spend_recovery_code(session: Session, actor: Actor, attempt: Try, account: Account, typed: str) -> None:
    """Accept a code once and tell its holder, or raise `CodeRefused`."""
    tries.use(session, attempt, "code", tries.subject_of(account))
    if not spend(session, actor, account, typed):
        raise CodeRefused
    tries.forget(session, attempt)
    tell(session, actor, account, "recovery_code.used", left=recovery_codes_left(session, account.id))

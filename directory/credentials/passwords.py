"""The portal password: argon2id, compared in equal time whether or not the account exists."""

from __future__ import annotations

import unicodedata
from functools import cache

from passlib.hash import argon2
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials import tries
from directory.credentials.holders import agency_of, own, tell
from directory.credentials.obligations import obligations_of
from directory.credentials.sessions import end_sessions
from directory.credentials.strength import USED_BEFORE, refuse_weak
from directory.credentials.tables import FormerPassword, Password
from directory.credentials.totp import has_totp
from directory.credentials.tries import Try
from directory.domains import domains_for
from directory.errors import SignInRefused, WeakPassword

_ARGON2 = argon2.using(type="ID", memory_cost=19456, time_cost=2, parallelism=1)
_LONGEST = 256


def normal(password: str) -> str:
    """Give the one spelling of a password: NFC, because keyboards write Vietnamese letters in two ways."""
    return unicodedata.normalize("NFC", password)


def set_password(session: Session, actor: Actor, account: Account, password: str) -> None:
    """Store a new password of an account the caller has locked; a weak one raises `WeakPassword` with the reason."""
    agency = agency_of(session, actor, account)
    domains = [domain.name for domain in domains_for(session, agency)] if agency else []
    words = [account.official.full_name, account.number, agency.name if agency else "", *domains, str(actor.today.year)]
    obligations = obligations_of(session, actor, account)
    least = obligations.least_length(has_factor=has_totp(session, account.id))
    refuse_weak(normal(password), words, least)
    _refuse_former(session, actor, account, normal(password), obligations.remembered)
    row = {"hash": _ARGON2.hash(normal(password)), "set_at": actor.now}
    session.execute(
        insert(Password)
        .values(account_id=account.id, **row)
        .on_conflict_do_update(index_elements=[Password.account_id], set_=row)
    )


def _refuse_former(session: Session, actor: Actor, account: Account, password: str, remembered: int) -> None:
    """Refuse one of the last passwords, and remember the present one; what must not be remembered is forgotten."""
    present = session.scalar(select(Password.hash).where(Password.account_id == account.id))
    former = session.scalars(
        select(FormerPassword).where(FormerPassword.account_id == account.id).order_by(FormerPassword.id.desc())
    ).all()
    if remembered and present is not None:
        if any(_ARGON2.verify(password, each) for each in [present, *(one.hash for one in former[: remembered - 1])]):
            raise WeakPassword(reason=USED_BEFORE)
        session.add(FormerPassword(account_id=account.id, hash=present, replaced_at=actor.now))
    # The present one becomes a former one, so that with the new one so many are remembered.
    kept = [one.id for one in former[: max(remembered - 2, 0)]]
    session.execute(
        delete(FormerPassword).where(
            FormerPassword.account_id == account.id,
            FormerPassword.id.in_([one.id for one in former]),
            FormerPassword.id.not_in(kept),
        )
    )


def is_password(session: Session, account: Account | None, password: str) -> bool:
    """Compare a password with an account's; without an account or a password the same work is done for nothing."""
    kept = session.scalar(select(Password.hash).where(Password.account_id == (account.id if account else 0)))
    typed = normal(password)
    if len(typed) > _LONGEST or "\0" in typed:
        typed, kept = "", None
    matches: bool = _ARGON2.verify(typed, kept or _nobody())
    return matches and kept is not None


@cache
def _nobody() -> str:
    """Make a hash that stands for the password of nobody."""
    hashed: str = _ARGON2.hash("")
    return hashed


def check_password(session: Session, attempt: Try, account: Account | None, password: str) -> Account:
    """Give the account back if the password is its own and it may sign in now, else raise `SignInRefused`."""
    tries.use(session, attempt, "password", tries.subject_of(account) if account else None)
    if not is_password(session, account, password) or account is None or account.state != "active":
        raise SignInRefused
    tries.forget(session, attempt)
    return account


def change_password(session: Session, actor: Actor, attempt: Try, current: str, new: str) -> None:
    """Replace one's own password, which needs the present one; every other session of the account ends."""
    account = own(session, actor, actor.account_id or 0)
    check_password(session, attempt, account, current)
    set_password(session, actor, account, new)
    end_sessions(session, actor, account.id, but=actor.session_id)
    tell(session, actor, account, "password.changed")

"""Activation: a one-time code on a slip of paper with which an official sets the first password."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql import ColumnElement

from directory import audit, due
from directory.accounts import Account
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.credentials import tries
from directory.credentials.codes import make_code, one_spelling, shown
from directory.credentials.holders import lock, note, tell
from directory.credentials.passwords import set_password
from directory.credentials.sessions import changed
from directory.credentials.tables import ActivationCode, Totp
from directory.credentials.tries import Try
from directory.errors import CodeRefused, NotFound, SlipUsed, WrongState
from directory.grants import Action, may, may_touch
from directory.keys import keys_of

VALID_FOR = timedelta(hours=72)


def _digest(session: Session, code: str) -> bytes:
    """Give the keyed digest of an activation code."""
    return keys_of(session).blind(code, "activation_code")


def issue_activation_codes(session: Session, actor: Actor, account_ids: Iterable[int]) -> list[tuple[Account, str]]:
    """Make a code for each account that has not finished its activation; earlier codes of these are void.

    Codes are given here once, for the slips; only their digests are kept.
    """
    wanted = sorted(set(account_ids))
    agencies = _agencies(session, actor, wanted)
    may(session, actor, Action.CREDENTIAL, *agencies.values())
    may_touch(session, actor, wanted)
    accounts = _lock_waiting(session, wanted)
    session.execute(
        update(ActivationCode)
        .where(ActivationCode.account_id.in_(wanted), ActivationCode.used_at.is_(None))
        .where(ActivationCode.revoked_at.is_(None))
        .values(revoked_at=actor.now)
    )
    issued = [(account, make_code()) for account in accounts]
    session.execute(
        insert(ActivationCode),
        [
            {
                "account_id": account.id,
                "digest": _digest(session, code),
                "credential_version": account.credential_version,
                "issued_by": actor.account_id,
                "issued_at": actor.now,
                "expires_at": actor.now + VALID_FOR,
            }
            for account, code in issued
        ],
    )
    for account in accounts:
        audit.record(session, actor, "activation_code.issued", f"account:{account.number}", agencies[account.id])
    return [(account, shown(code)) for account, code in issued]


def _agencies(session: Session, actor: Actor, account_ids: list[int]) -> dict[int, int]:
    """Give each account's agency; an account without a primary appointment today is as good as unknown."""
    found = session.execute(
        select(Account.id, Appointment.agency_id)
        .join(Appointment, Appointment.official_id == Account.official_id)
        .where(Account.id.in_(account_ids), Appointment.kind == "primary", held_on(actor.today))
    )
    agencies = {row.id: row.agency_id for row in found}
    if not agencies or set(agencies) != set(account_ids):
        raise NotFound
    return agencies


def _lock_waiting(session: Session, account_ids: list[int]) -> list[Account]:
    """Take the accounts, in order of their ids, and refuse those whose holder has finished the activation."""
    accounts = session.scalars(
        select(Account)
        .where(Account.id.in_(account_ids))
        .options(joinedload(Account.official, innerjoin=True))
        .order_by(Account.id)
        .with_for_update(key_share=True, of=Account)
        .execution_options(populate_existing=True)
    ).all()
    enrolled = set(session.scalars(select(Totp.account_id).where(Totp.account_id.in_(account_ids))))
    for account in accounts:
        if account.state not in {"pending", "active"} or account.id in enrolled:
            raise WrongState(subject=account.official.full_name, state=account.state)
    return list(accounts)


def waiting_accounts() -> ColumnElement[bool]:
    """Give the condition on `Account` that its holder has not finished the activation: a slip is of use."""
    enrolled = select(Totp.account_id).where(Totp.account_id == Account.id).exists()
    return or_(Account.state == "pending", (Account.state == "active") & ~enrolled)


def activate(session: Session, actor: Actor, attempt: Try, code: str, password: str) -> Account:
    """Set the first password with the code of a slip; the account, locked, is given back and is now active.

    A code that was used before raises `SlipUsed`, which the caller's refusal turns into an alarm.
    """
    tries.use(session, attempt, "activation")
    digest = _digest(session, one_spelling(code))
    account_id = session.scalar(select(ActivationCode.account_id).where(ActivationCode.digest == digest))
    if account_id is None:
        raise CodeRefused
    account = lock(session, account_id)
    spent = session.execute(
        update(ActivationCode)
        .where(
            ActivationCode.digest == digest,
            ActivationCode.credential_version == account.credential_version,
            ActivationCode.used_at.is_(None),
            ActivationCode.revoked_at.is_(None),
            ActivationCode.expires_at > actor.now,
        )
        .values(used_at=actor.now)
    )
    if changed(spent) != 1:
        used_at = session.scalar(select(ActivationCode.used_at).where(ActivationCode.digest == digest))
        raise SlipUsed(account_id=account_id) if used_at else CodeRefused
    if account.state not in {"pending", "active"} or not account.is_in_service_on(actor.today):
        raise CodeRefused
    set_password(session, actor, account, password)
    account.credential_version += 1
    if account.state == "pending":
        account.state, account.activated_at = "active", actor.now
    due.mark(session, actor, "account", [account.id])
    tries.forget(session, attempt)
    tell(session, actor, account, "account.activated")
    return account


def sound_alarm(session: Session, actor: Actor, account_id: int) -> None:
    """Write down that a slip came back after its use, and tell the holder: somebody else may have had it."""
    account = lock(session, account_id)
    tell(session, actor, account, "activation_code.reused")


def void_activation_codes(session: Session, actor: Actor, account_id: int) -> None:
    """Make every unused slip of an account worthless."""
    session.execute(
        update(ActivationCode)
        .where(
            ActivationCode.account_id == account_id,
            ActivationCode.used_at.is_(None),
            ActivationCode.revoked_at.is_(None),
        )
        .values(revoked_at=actor.now)
    )
    note(session, actor, session.get_one(Account, account_id), "activation_code.voided")

"""Sign-in sessions: a random token in the cookie, its digest in a row; whoever ends the row ends the session."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast

from sqlalchemy import BigInteger, CursorResult, Integer, and_, func, literal, select, update
from sqlalchemy import cast as cast_sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.sql import ColumnElement

from directory.accounts import Account, active_on
from directory.audit import record_all
from directory.base import Actor
from directory.credentials.holders import note
from directory.credentials.obligations import Obligations, obligations_of
from directory.credentials.tables import SignInSession, Totp
from directory.errors import NotAllowed, NotFound, SignInRefused
from directory.grants import Grant, in_force

_BROWSER_AT_MOST = 200
SEEN_EVERY = timedelta(minutes=1)
"""So often at most a session notes that it is in use."""


def digest(token: str) -> bytes:
    """Give the digest under which a token of 256 random bits is kept."""
    return hashlib.sha256(token.encode()).digest()


def changed(result: object) -> int:
    """Give how many rows a conditional UPDATE or DELETE changed: every "once" rests on it."""
    return cast("CursorResult[object]", result).rowcount


def is_open(actor: Actor) -> ColumnElement[bool]:
    """Give the condition that a session has not ended, by hand, by age or by lying idle."""
    idle = func.make_interval(0, 0, 0, 0, 0, cast_sql(SignInSession.idle_minutes, Integer))
    return and_(
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > actor.now,
        SignInSession.seen_at + idle > actor.now,
    )


def start_session(
    session: Session, actor: Actor, account: Account, stage: str, browser: str
) -> tuple[str, SignInSession]:
    """Begin a session of an account the caller has locked; the token is for the cookie and is not kept."""
    token = secrets.token_urlsafe(32)
    obligations = obligations_of(session, actor, account)
    row = SignInSession(
        digest=digest(token),
        account_id=account.id,
        stage=stage,
        started_at=actor.now,
        seen_at=actor.now,
        expires_at=actor.now + timedelta(hours=obligations.hours),
        idle_minutes=obligations.idle_minutes,
        source=actor.source,
        browser=browser[:_BROWSER_AT_MOST],
    )
    session.add(row)
    session.flush()
    return token, row


def load_session(session: Session, actor: Actor, token: str) -> SignInSession | None:
    """Find the open session of a token with its account and official; who is shut out, or has left, has none."""
    return session.scalar(
        select(SignInSession)
        .join(SignInSession.account)
        .join(Account.official)
        .options(contains_eager(SignInSession.account).contains_eager(Account.official))
        .where(SignInSession.digest == digest(token), is_open(actor), active_on(actor.today))
    )


def note_seen(session: Session, actor: Actor, row: SignInSession) -> None:
    """Note that a session is in use, at most once a minute."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == row.id, SignInSession.seen_at <= actor.now - SEEN_EVERY)
        .values(seen_at=actor.now)
    )


def raise_session(session: Session, actor: Actor, stage_now: str) -> str:
    """Note a second factor shown just now: the session becomes full under a new token, and the old token is dead."""
    token = secrets.token_urlsafe(32)
    raised = session.execute(
        update(SignInSession)
        .where(
            SignInSession.id == actor.session_id,
            SignInSession.account_id == actor.account_id,
            SignInSession.stage == stage_now,
            SignInSession.ended_at.is_(None),
        )
        .values(digest=digest(token), stage="full", factor_at=actor.now, seen_at=actor.now)
    )
    if changed(raised) != 1:
        raise SignInRefused
    return token


def open_sessions(session: Session, actor: Actor, account_id: int) -> Sequence[SignInSession]:
    """List the open sessions of one's own account, the newest first."""
    if not actor.is_system and actor.account_id != account_id:
        raise NotAllowed
    return session.scalars(
        select(SignInSession)
        .where(SignInSession.account_id == account_id, is_open(actor))
        .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
    ).all()


def end_session(session: Session, actor: Actor, session_id: int) -> None:
    """End one session of one's own account."""
    ended = session.execute(
        update(SignInSession)
        .where(
            SignInSession.id == session_id,
            SignInSession.account_id == actor.account_id,
            SignInSession.ended_at.is_(None),
        )
        .values(ended_at=actor.now)
    )
    if changed(ended) != 1:
        raise NotFound
    note(session, actor, session.get_one(Account, actor.account_id), "session.ended", count=1)


def end_sessions(session: Session, actor: Actor, account_id: int, *, but: int | None = None) -> int:
    """End every session of an account, or all `but` one; the caller has asked whether the actor may."""
    ended = changed(
        session.execute(
            update(SignInSession)
            .where(
                SignInSession.account_id == account_id,
                SignInSession.ended_at.is_(None),
                SignInSession.id != (but or 0),
            )
            .values(ended_at=actor.now)
        )
    )
    if ended:
        note(session, actor, session.get_one(Account, account_id), "session.ended", count=ended)
    return ended


def hold_sessions_to(session: Session, actor: Actor, obligations: Mapping[int, Obligations]) -> list[int]:
    """Let open sessions end as the obligations of their accounts say; give the accounts for which that changed.

    A session that is over stays over, also where the new limits are wider.
    """
    limits = (
        func.unnest(
            literal(list(obligations), ARRAY(BigInteger)),
            literal([each.idle_minutes for each in obligations.values()], ARRAY(BigInteger)),
            literal([each.hours for each in obligations.values()], ARRAY(Integer)),
        )
        .table_valued("account_id", "idle", "hours")
        .render_derived()
    )
    ends = SignInSession.started_at + func.make_interval(0, 0, 0, 0, limits.c.hours)
    held = session.scalars(
        update(SignInSession)
        .where(SignInSession.account_id == limits.c.account_id, is_open(actor))
        .where((SignInSession.idle_minutes != limits.c.idle) | (SignInSession.expires_at != ends))
        .values(idle_minutes=limits.c.idle, expires_at=ends)
        .returning(SignInSession.account_id)
        .execution_options(synchronize_session=False)
    )
    return sorted(set(held))


def end_unproven(session: Session, actor: Actor, agencies: Mapping[int, int]) -> list[int]:
    """End the sessions that were opened with a password alone, of accounts that have no second factor.

    `agencies` are those of the accounts, which enrol at the next sign-in; give those that had such a session.
    """
    ended = session.scalars(
        update(SignInSession)
        .where(SignInSession.account_id.in_(agencies), SignInSession.stage == "full", is_open(actor))
        .where(~select(Totp.account_id).where(Totp.account_id == SignInSession.account_id).exists())
        .values(ended_at=actor.now)
        .returning(SignInSession.account_id)
        .execution_options(synchronize_session=False)
    ).all()
    numbers = session.execute(select(Account.id, Account.number).where(Account.id.in_(set(ended)))).all()
    told = [(f"account:{number}", agencies[id_], {"count": ended.count(id_)}) for id_, number in numbers]
    if told:
        record_all(session, actor, "session.ended", told)
    return sorted(set(ended))


def roles_of(session: Session, actor: Actor, account_id: int) -> frozenset[str]:
    """Give the roles that an account has today, anywhere: what its menu shows, never what it may do."""
    return frozenset(session.scalars(select(Grant.role).where(Grant.account_id == account_id, in_force(actor.today))))

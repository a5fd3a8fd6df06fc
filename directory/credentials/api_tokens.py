"""API tokens: what a program such as the import script shows, narrowed to one agency and to its maker's rights."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from directory import audit
from directory.accounts import Account, active_on
from directory.agencies import Agency
from directory.base import Actor, vietnamese_day
from directory.credentials.holders import need_fresh_factor, own, tell
from directory.credentials.sessions import changed
from directory.credentials.tables import ApiToken
from directory.errors import BadValue, NotFound, TokenRefused
from directory.grants import Action, can, may, scope

PREFIX = "cvt_"
"""So that scanners for leaked secrets can find one."""
LONGEST_DAYS = 365
_BYTES = 20  # 160 bits
_LABEL_AT_MOST = 60


def _digest(token: str) -> bytes:
    """Give the digest under which a token of 160 random bits is kept."""
    return hashlib.sha256(token.encode()).digest()


def make_api_token(session: Session, actor: Actor, agency_id: int, *, label: str, days: int) -> tuple[ApiToken, str]:
    """Make a token for one agency; the text is given here once."""
    may(session, actor, Action.TOKEN, agency_id)
    account = own(session, actor, actor.account_id or 0)
    need_fresh_factor(actor)
    if not 1 <= days <= LONGEST_DAYS:
        raise BadValue(field="days", reason="between 1 and 365 days")
    if not label.strip() or len(label.strip()) > _LABEL_AT_MOST:
        raise BadValue(field="label", reason="name the program in 1 to 60 characters")
    token = PREFIX + base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    made = ApiToken(
        digest=_digest(token),
        label=label.strip(),
        agency_id=agency_id,
        account_id=account.id,
        made_at=actor.now,
        expires_at=actor.now + timedelta(days=days),
    )
    session.add(made)
    session.flush()
    tell(session, actor, account, "api_token.made", token=made.public_id, agency=made.agency.public_id)
    return made, token


def api_tokens(session: Session, actor: Actor) -> Sequence[ApiToken]:
    """List the tokens in force of the agencies whose tokens the actor looks after, and the actor's own."""
    return session.scalars(
        select(ApiToken)
        .join(ApiToken.agency)
        .where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > actor.now)
        .where(scope(actor, Action.TOKEN) | (ApiToken.account_id == actor.account_id))
        .options(joinedload(ApiToken.agency), joinedload(ApiToken.account).joinedload(Account.official))
        .order_by(ApiToken.id.desc())
    ).all()


def token_agencies(session: Session, actor: Actor) -> Sequence[Agency]:
    """List the agencies with an identifier code for which the actor may make tokens, in order of the code."""
    wanted = select(Agency).where(scope(actor, Action.TOKEN), Agency.code.is_not(None), Agency.valid_to.is_(None))
    return session.scalars(wanted.order_by(Agency.code)).all()


def revoke_api_token(session: Session, actor: Actor, public_id: str) -> None:
    """Revoke a token: one's own, or one of an agency whose tokens one looks after."""
    made = session.scalar(select(ApiToken).where(ApiToken.public_id == public_id))
    if made is None or (made.account_id != actor.account_id and not can(session, actor, Action.TOKEN, made.agency_id)):
        raise NotFound
    revoked = session.execute(
        update(ApiToken).where(ApiToken.id == made.id, ApiToken.revoked_at.is_(None)).values(revoked_at=actor.now)
    )
    if changed(revoked) != 1:
        raise NotFound
    tell(session, actor, made.account, "api_token.revoked", token=made.public_id)


def revoke_api_tokens(session: Session, actor: Actor, account_id: int) -> int:
    """Revoke every token an account has made; the caller has asked whether the actor may."""
    result = session.execute(
        update(ApiToken)
        .where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=actor.now)
    )
    if changed(result):
        number = session.get_one(Account, account_id).number
        audit.record(session, actor, "api_token.revoked", f"account:{number}", count=changed(result))
    return changed(result)


def actor_of_token(session: Session, token: str, now: datetime, source: str) -> Actor:
    """Give the actor a token stands for: its maker, inside its agency and without a second factor."""
    found = session.scalar(
        select(ApiToken)
        .join(ApiToken.account)
        .where(
            ApiToken.digest == _digest(token),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
            active_on(vietnamese_day(now)),
        )
    )
    if found is None:
        raise TokenRefused
    actor = Actor(now=now, source=source, account_id=found.account_id, within=found.agency_id)
    if found.last_used_on != actor.today:
        found.last_used_on = actor.today
    return actor

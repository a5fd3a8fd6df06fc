"""App passwords: made by the machine for one mail client each, shown once, revoked one by one.

They open a mailbox over IMAP, POP3 or submission and nothing else; the portal takes none of them.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta

from passlib.hash import ldap_salted_sha512
from sqlalchemy import and_, func, select, union, update
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql import ColumnElement

from directory import due
from directory.accounts import Account
from directory.base import Actor
from directory.credentials.holders import lock, need_fresh_factor, own, tell
from directory.credentials.sessions import changed
from directory.credentials.tables import SCOPES, AppPassword
from directory.errors import BadValue, NotFound, TooMany
from directory.mailboxes import Holding, Mailbox, held_on

VALID_FOR = timedelta(days=365)
LIMIT = 10
_BYTES = 15  # 120 bits: 24 characters of base32
_KEY_DIGITS = 16
_LABEL_AT_MOST = 60


def lookup_key(secret: str) -> str:
    """Give the digits under which the mail servers find an app password's entry."""
    return hashlib.sha256(secret.encode()).hexdigest()[:_KEY_DIGITS]


def mailboxes_of(session: Session, actor: Actor, account_id: int) -> Sequence[Mailbox]:
    """List the mailboxes an account may open today: its own first, then the role mailboxes it holds."""
    held = select(Holding.mailbox_id).where(Holding.account_id == account_id, held_on(actor.today))
    own = select(Mailbox.id).where(Mailbox.account_id == account_id)
    return session.scalars(
        select(Mailbox)
        .where(Mailbox.id.in_(union(own, held)), Mailbox.state == "active")
        .order_by(Mailbox.kind, Mailbox.name, Mailbox.id)
    ).all()


def app_passwords_of(session: Session, actor: Actor, account_id: int) -> Sequence[AppPassword]:
    """List the app passwords of an account that still open a mailbox, the newest first."""
    return session.scalars(
        select(AppPassword)
        .where(_is_live(actor, account_id))
        .options(joinedload(AppPassword.mailbox))
        .order_by(AppPassword.id.desc())
    ).all()


def _is_live(actor: Actor, account_id: int) -> ColumnElement[bool]:
    """Give the condition that an app password of the account is neither revoked nor too old."""
    return and_(
        AppPassword.account_id == account_id, AppPassword.revoked_at.is_(None), AppPassword.expires_at > actor.now
    )


def make_app_password(
    session: Session, actor: Actor, mailbox_id: int, *, label: str, scopes: Iterable[str]
) -> tuple[AppPassword, str]:
    """Make an app password for one's own mailbox or a role mailbox one holds; the text is given here once."""
    account = own(session, actor, actor.account_id or 0)
    need_fresh_factor(actor)
    mailbox = next((each for each in mailboxes_of(session, actor, account.id) if each.id == mailbox_id), None)
    if mailbox is None:
        raise NotFound
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= set(SCOPES):
        raise BadValue(field="scopes", reason="choose at least one of IMAP, POP3 and SMTP")
    if not label.strip() or len(label.strip()) > _LABEL_AT_MOST:
        raise BadValue(field="label", reason="name the device in 1 to 60 characters")
    if (session.scalar(select(func.count(AppPassword.id)).where(_is_live(actor, account.id))) or 0) >= LIMIT:
        raise TooMany(limit=LIMIT)
    secret = base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    made = AppPassword(
        account_id=account.id,
        mailbox_id=mailbox.id,
        label=label.strip(),
        lookup_key=lookup_key(secret),
        hash=ldap_salted_sha512.hash(secret),
        scopes=wanted,
        made_at=actor.now,
        expires_at=actor.now + VALID_FOR,
    )
    session.add(made)
    session.flush()
    _mark(session, actor, [mailbox])
    tell(session, actor, account, "app_password.made", mailbox=mailbox.public_id, device=made.public_id, scopes=wanted)
    return made, secret


def revoke_app_password(session: Session, actor: Actor, public_id: str) -> None:
    """Revoke one of one's own app passwords: its mail client is shut out once the worker has passed."""
    made = session.scalar(
        select(AppPassword).where(AppPassword.public_id == public_id, AppPassword.account_id == actor.account_id)
    )
    if made is None:
        raise NotFound
    account = own(session, actor, made.account_id)
    revoked = session.execute(
        update(AppPassword)
        .where(AppPassword.id == made.id, AppPassword.revoked_at.is_(None))
        .values(revoked_at=actor.now)
    )
    if changed(revoked) != 1:
        raise NotFound
    _mark(session, actor, [made.mailbox], urgent=True)
    tell(session, actor, account, "app_password.revoked", device=made.public_id)


def revoke_app_passwords(session: Session, actor: Actor, account_id: int) -> int:
    """Revoke all app passwords of an account; the caller has asked whether the actor may."""
    revoked = app_passwords_of(session, actor, account_id)
    session.execute(
        update(AppPassword).where(AppPassword.id.in_([each.id for each in revoked])).values(revoked_at=actor.now)
    )
    if revoked:
        _mark(session, actor, [each.mailbox for each in revoked], urgent=True)
        tell(session, actor, lock(session, account_id), "app_password.revoked", count=len(revoked))
    return len(revoked)


def _mark(session: Session, actor: Actor, mailboxes: Iterable[Mailbox], *, urgent: bool = False) -> None:
    """Note that the entries of these mailboxes, or of the accounts they belong to, must follow; a revocation first."""
    found = list(mailboxes)
    due.mark(session, actor, "account", [each.account_id for each in found if each.account_id], urgent=urgent)
    due.mark(session, actor, "mailbox", [each.id for each in found if not each.account_id], urgent=urgent)


def owner_name(account: Account, mailbox: Mailbox) -> str:
    """Name a mailbox as its user sees it."""
    return mailbox.name or account.official.full_name

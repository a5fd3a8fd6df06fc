"""App passwords that no mail client uses any more: an open door that nobody would miss is closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Date, Row, cast, func, select, update
from sqlalchemy.orm import Session

from directory import due, notices
from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import posts_of
from directory.audit import record_all
from directory.base import VIETNAM, Actor
from directory.credentials.tables import AppPassword
from directory.mailboxes import Mailbox
from directory.policies import effective_values

_POLICY = "app_password_unused_days"


def revoke_disused(session: Session, actor: Actor, after_id: int = 0, size: int = 500) -> int | None:
    """Look at the next app passwords after an id and revoke those unused for too long; give the last id, if any.

    What counts is the policy of the agency of whoever uses it. Use is a day of use, or the day it was made.
    """
    rows = _live(session, actor, after_id, size)
    posts = posts_of(session, {row.official_id for row in rows}, actor.today)
    places = {post.agency_id for post in posts.values()}
    agencies = session.scalars(select(Agency).where(Agency.id.in_(places))).all()
    limits = {id_: policies[_POLICY] for id_, policies in effective_values(session, agencies, [_POLICY]).items()}
    unused: dict[Row[Any], int] = {}
    for row in rows:
        post = posts.get(row.official_id)
        limit = limits[post.agency_id] if post else None
        if post and limit is not None and (actor.today - row.used_on).days >= limit:
            unused[row] = post.agency_id
    _revoke(session, actor, unused)
    return rows[-1].id if rows else None


def _live(session: Session, actor: Actor, after_id: int, size: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Read and lock app passwords that open a mailbox, with the day on which each was used last."""
    made_on = cast(func.timezone(str(VIETNAM), AppPassword.made_at), Date)
    return session.execute(
        select(AppPassword.id, AppPassword.public_id, AppPassword.label, AppPassword.account_id, Account.number)
        .add_columns(Account.official_id, Mailbox.id.label("mailbox_id"), Mailbox.account_id.label("owner_id"))
        .add_columns(func.greatest(AppPassword.last_used_on, made_on).label("used_on"))
        .join(Account, Account.id == AppPassword.account_id)
        .join(Mailbox, Mailbox.id == AppPassword.mailbox_id)
        .where(AppPassword.revoked_at.is_(None), AppPassword.expires_at > actor.now, AppPassword.id > after_id)
        .order_by(AppPassword.id)
        .limit(size)
        .with_for_update(of=AppPassword, skip_locked=True)
    ).all()


def _revoke(session: Session, actor: Actor, unused: dict[Row[Any], int]) -> None:
    """Revoke app passwords, each with the agency of its user, and tell the users which mail clients it was."""
    if not unused:
        return
    ids = [row.id for row in unused]
    session.execute(update(AppPassword).where(AppPassword.id.in_(ids)).values(revoked_at=actor.now))
    due.mark(session, actor, "account", [row.owner_id for row in unused if row.owner_id])
    due.mark(session, actor, "mailbox", [row.mailbox_id for row in unused if not row.owner_id])
    told = [
        (f"account:{row.number}", agency_id, {"device": row.public_id, "since": row.used_on.isoformat()})
        for row, agency_id in unused.items()
    ]
    record_all(session, actor, "app_password.unused", told)
    labels: dict[int, list[str]] = defaultdict(list)
    for row in unused:
        labels[row.account_id].append(row.label)
    for account_id, names in labels.items():
        notices.notify(session, actor, account_id, "unused_app_password", clients=", ".join(names))

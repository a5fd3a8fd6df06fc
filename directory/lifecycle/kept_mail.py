"""Mail that was kept after somebody left: once its time is over the book says so, and the mail store removes it.

The book decides first, in one conditional statement that locks the mailbox: whoever is rehired before is not
concerned, and the page on which somebody is rehired later says so. Only then is the store asked, for mail that came
while the mailbox was kept and for none that came after; asked twice, nothing more is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.appointments import posts_of
from directory.audit import record_all
from directory.base import Actor, start_of
from directory.mailboxes import Mailbox
from directory.targets import DEFAULT

TOGETHER = 100


@dataclass(frozen=True)
class Kept:
    """A mailbox whose mail is to be removed from the store: what came before an instant."""

    id: int
    mailbox_id: str
    before: datetime


def end_keeping(session: Session, actor: Actor, target: str = DEFAULT, size: int = TOGETHER) -> int:
    """Decide for some mailboxes of a target that their mail, past its last day, is kept no longer; give how many."""
    over = (
        select(Mailbox.id)
        .where(Mailbox.target == target, Mailbox.state == "disabled", Mailbox.kept_until < actor.today)
        .where(Mailbox.keeping_ended_at.is_(None), Mailbox.mail_removed_at.is_(None))
        .order_by(Mailbox.id)
        .limit(size)
        .with_for_update(skip_locked=True)
        # Found once: as a subquery PostgreSQL may look for each row anew, and each time take the next ones.
        .cte("over")
    )
    ended = session.scalars(
        update(Mailbox)
        .where(Mailbox.id.in_(select(over.c.id)), Mailbox.state == "disabled", Mailbox.keeping_ended_at.is_(None))
        .values(keeping_ended_at=actor.now)
        .returning(Mailbox.id)
        .execution_options(synchronize_session=False)
    ).all()
    _tell(session, actor, "mailbox.kept_no_longer", ended)
    return len(ended)


def mail_to_remove(session: Session, target: str = DEFAULT, after_id: int = 0, size: int = TOGETHER) -> Sequence[Kept]:
    """Give the next mailboxes of a target, after an id, whose mail the store still has to remove."""
    rows = session.execute(
        select(Mailbox.id, Mailbox.public_id, Mailbox.kept_until)
        .where(Mailbox.target == target, Mailbox.kept_until.is_not(None), Mailbox.keeping_ended_at.is_not(None))
        .where(Mailbox.mail_removed_at.is_(None), Mailbox.id > after_id)
        .order_by(Mailbox.id)
        .limit(size)
    )
    return [Kept(id_, public, start_of(until + timedelta(days=1))) for id_, public, until in rows if until]


def note_removed(session: Session, actor: Actor, mailbox_ids: Collection[int]) -> int:
    """Note that the store has removed the mail of mailboxes, once each; give of how many."""
    removed = session.scalars(
        update(Mailbox)
        .where(Mailbox.id.in_(mailbox_ids), Mailbox.keeping_ended_at.is_not(None), Mailbox.mail_removed_at.is_(None))
        .values(mail_removed_at=actor.now)
        .returning(Mailbox.id)
        .execution_options(synchronize_session=False)
    ).all()
    _tell(session, actor, "mailbox.emptied", removed)
    return len(removed)


def _tell(session: Session, actor: Actor, action: str, mailbox_ids: Collection[int]) -> None:
    """Write an event for each mailbox, at the agency where its official worked last."""
    if not mailbox_ids:
        return
    rows = session.execute(
        select(Mailbox.public_id, Mailbox.kept_until, Account.number, Account.official_id)
        .join(Account, Account.id == Mailbox.account_id)
        .where(Mailbox.id.in_(mailbox_ids))
        .order_by(Mailbox.id)
    ).all()
    posts = posts_of(session, {row.official_id for row in rows}, actor.today)
    told = (
        (
            f"account:{row.number}",
            posts[row.official_id].agency_id if row.official_id in posts else None,
            {"mailbox": row.public_id, "kept_until": row.kept_until.isoformat()},
        )
        for row in rows
    )
    record_all(session, actor, action, told)

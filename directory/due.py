"""What is due: subjects whose entries no longer show the directory's latest revision."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.base import Actor, Base

Subject = Literal["account", "mailbox", "domain", "mailing_list"]
TABLES: dict[Subject, str] = {
    "account": "accounts",
    "mailbox": "mailboxes",
    "domain": "domains",
    "mailing_list": "mailing_lists",
}
"""`account`: the person's entry with the personal mailbox and its app passwords; `mailbox`: a role mailbox."""


class Due(Base):
    """One subject that waits to be made real. Workers claim rows with a lease on the database's clock."""

    __tablename__ = "due"

    subject: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]
    since: Mapped[datetime]
    urgent: Mapped[bool] = mapped_column(default=False, server_default="false")
    """A disable: taken before everything else."""
    not_before: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(f"subject IN {tuple(TABLES)}", name="subject"),
        Index("due_order_idx", text("urgent DESC"), "since"),
    )


def mark(session: Session, actor: Actor, subject: Subject, ids: Iterable[int], *, urgent: bool = False) -> None:
    """Move the subjects' revisions on and note that their entries must follow; any number in two statements.

    `session.info["due"]` tells the transaction's owner that a worker must be woken after the commit.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return
    session.flush()
    session.execute(
        text(
            f"WITH moved AS (UPDATE {TABLES[subject]} SET revision = revision + 1"  # noqa: S608 - a constant
            " WHERE id = ANY(CAST(:ids AS bigint[])) RETURNING id, revision)"
            " INSERT INTO due (subject, subject_id, revision, since, urgent)"
            " SELECT :subject, id, revision, :since, :urgent FROM moved ORDER BY id"
            " ON CONFLICT (subject, subject_id) DO UPDATE SET revision = excluded.revision,"
            " urgent = due.urgent OR excluded.urgent, not_before = NULL"
        ),
        {"ids": wanted, "subject": subject, "since": actor.now, "urgent": urgent},
    )
    session.info["due"] = True

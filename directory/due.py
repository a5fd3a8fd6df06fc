"""What is due: subjects whose entries no longer show the directory's latest revision."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.base import Actor, Base
from directory.targets import DEFAULT, HOMES

Subject = Literal["account", "mailbox", "domain", "mailing_list", "agency", "group"]
TABLES: dict[Subject, str] = {
    "account": "accounts",
    "mailbox": "mailboxes",
    "domain": "domains",
    "mailing_list": "mailing_lists",
    "agency": "agencies",
    "group": "agency_groups",
}
"""`account`: the person's entry with the personal mailbox and its app passwords; `mailbox`: a role mailbox; `group`:
who works at an agency, under the agency's id."""


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
    target: Mapped[str] = mapped_column(default=DEFAULT, server_default=DEFAULT)
    """Where the entry stands: what waits for one target never delays what waits for another."""

    __table_args__ = (
        CheckConstraint(f"subject IN {tuple(TABLES)}", name="subject"),
        Index("due_target_idx", "target", text("urgent DESC"), "since"),
    )


def mark(session: Session, actor: Actor, subject: Subject, ids: Iterable[int], *, urgent: bool = False) -> None:
    """Move the subjects' revisions on and note that their entries must follow; any number in two statements.

    The transaction's owner wakes a worker after the commit. A disable is taken from whoever has the subject in hand, in
    the middle of a long batch maybe; of two who write, the later one finds the entry changed and looks again.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return
    session.flush()
    targets = session.scalars(
        text(
            # Two who mark the same subjects lock them in one order, whichever way PostgreSQL reads each.
            f"WITH locked AS MATERIALIZED (SELECT id AS subject_id FROM {TABLES[subject]}"  # noqa: S608 - constants
            " WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR NO KEY UPDATE),"
            f" moved AS (UPDATE {TABLES[subject]} SET revision = revision + 1 FROM locked"
            f" WHERE id = locked.subject_id RETURNING id, revision, {HOMES[subject]} AS target),"
            " noted AS (INSERT INTO due (subject, subject_id, revision, since, urgent, target)"
            " SELECT :subject, id, revision, :since, :urgent, target FROM moved ORDER BY id"
            " ON CONFLICT (subject, subject_id) DO UPDATE SET revision = excluded.revision,"
            " urgent = due.urgent OR excluded.urgent, not_before = NULL, target = excluded.target,"
            " claimed_until = CASE WHEN NOT excluded.urgent THEN due.claimed_until END RETURNING target)"
            " SELECT DISTINCT target FROM noted"
        ),
        {"ids": wanted, "subject": subject, "since": actor.now, "urgent": urgent},
    )
    for target in targets:
        wake(session, target, urgent=urgent)


def wake(session: Session, target: str, *, urgent: bool = False) -> None:
    """Have a worker of a target woken after the commit; for a disable one that does nothing else."""
    session.info.setdefault("due", set()).add((target, urgent))

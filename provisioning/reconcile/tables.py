"""What came of the entries, and how the targets are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from directory.base import Base
from directory.targets import DEFAULT

STATES = ("ok", "retry", "refused")
DRIFTS = ("changed", "missing", "ahead")
"""ahead: the entry shows a later revision than the book knows, so the book has lost changes, perhaps a disable."""
SCANS = ("full", "changed")


class EntryStatus(Base):
    """What came of the latest try to make one subject real.

    `retry`: it is still due and will be tried again by itself. `refused`: a person must look; it is due again
    when someone changes the subject or asks to try again.
    """

    __tablename__ = "entry_status"

    subject: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    """Tries since it was last right."""
    reason: Mapped[str | None]
    """English message id; `fields` holds what it shows."""
    fields: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    tried_revision: Mapped[int]
    applied_revision: Mapped[int | None]
    """The latest revision that the entry was seen to show."""
    csn: Mapped[str | None]
    """The latest version among the entry and those below it in the target then."""
    entries: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many those are."""
    at: Mapped[datetime]
    first_ok_at: Mapped[datetime | None]
    """When it first became real."""
    target: Mapped[str] = mapped_column(default=DEFAULT, server_default=DEFAULT)
    """Where that was."""

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("entry_status_open_idx", "state", "at", postgresql_where=text("state <> 'ok'")),
    )


class TargetStatus(Base):
    """How a target is: while it is paused after a fault, or in maintenance, nothing is claimed for it."""

    __tablename__ = "target_status"

    name: Mapped[str] = mapped_column(primary_key=True)
    faults: Mapped[int] = mapped_column(default=0, server_default="0")
    """Faults in a row."""
    reason: Mapped[str | None]
    paused_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    ok_at: Mapped[datetime | None]
    results: Mapped[int] = mapped_column(default=0, server_default="0")
    """Tries to make an entry real, with any outcome, since the first."""
    rate: Mapped[float] = mapped_column(default=0, server_default="0")
    """Of these, how many a second at `ok_at`, over the latest minutes (`claims.fading_rate`)."""
    maintenance_since: Mapped[datetime | None]
    """Since when a person has had nothing written here; it goes on until a person ends it."""
    maintenance_until: Mapped[datetime | None]
    """By when it is expected to end; nothing happens by itself then."""
    maintenance_reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(
            "maintenance_since IS NOT NULL OR num_nonnulls(maintenance_until, maintenance_reason) = 0",
            name="maintenance",
        ),
    )


class Drift(Base):
    """A subject whose entries somebody else changed or removed, and what would make them right again."""

    __tablename__ = "drifts"

    subject: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    differences: Mapped[dict[str, Any]]
    """`entries`: each that differs with `entry`, `kind` (add, modify, delete), `before` and `after`; no hashes."""
    asked: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default="[]")
    """Attributes about which a person is asked: until then the engine leaves them as they are."""
    found_at: Mapped[datetime]
    target: Mapped[str] = mapped_column(default=DEFAULT, server_default=DEFAULT)

    __table_args__ = (
        CheckConstraint(f"kind IN {DRIFTS}", name="kind"),
        CheckConstraint("jsonb_typeof(asked) = 'array' AND (asked = '[]' OR kind = 'changed')", name="asked"),
        Index("drifts_found_at_idx", "found_at"),
    )


def is_asked() -> ColumnElement[bool]:
    """Give the condition that a drift is a question about some attributes, and not so much at once that all waits."""
    return Drift.asked != []


class ForeignEntry(Base):
    """An entry in one of our branches that is nobody's in the book: reported, never touched."""

    __tablename__ = "foreign_entries"

    target: Mapped[str] = mapped_column(primary_key=True, default=DEFAULT, server_default=DEFAULT)
    path: Mapped[str] = mapped_column(primary_key=True)
    """Its DN below the base."""
    found_at: Mapped[datetime]


class Scan(Base):
    """The latest scan of a kind in a target: when, how much it met, and what came of it."""

    __tablename__ = "scans"

    target: Mapped[str] = mapped_column(primary_key=True, default=DEFAULT, server_default=DEFAULT)
    kind: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    entries: Mapped[int]
    restored: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    """Values that the book has taken over."""
    asked: Mapped[int]
    """Differences that wait for a person."""
    is_held: Mapped[bool]
    """So much would have been shut or made anew at once that nothing was done without a person."""
    newest: Mapped[str]
    """The latest version met: the next scan of changes begins there."""

    __table_args__ = (CheckConstraint(f"kind IN {SCANS}", name="kind"),)

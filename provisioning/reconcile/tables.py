"""What came of the entries, and how the targets are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from directory.base import Base

STATES = ("ok", "retry", "refused")


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
    """The entry's version in the target then."""
    at: Mapped[datetime]
    first_ok_at: Mapped[datetime | None]
    """When it first became real."""

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("entry_status_open_idx", "state", "at", postgresql_where=text("state <> 'ok'")),
    )


class TargetStatus(Base):
    """How a target is: while it is paused, nothing is claimed for it."""

    __tablename__ = "target_status"

    name: Mapped[str] = mapped_column(primary_key=True)
    faults: Mapped[int] = mapped_column(default=0, server_default="0")
    """Faults in a row."""
    reason: Mapped[str | None]
    paused_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    ok_at: Mapped[datetime | None]

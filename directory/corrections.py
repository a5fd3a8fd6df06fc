"""Corrections: what officials say is wrong in their own records, until somebody of their agency has decided."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from directory.base import Base, Numbered, public_id
from directory.keys import keys_of
from directory.officials import Official

STATES = ("waiting", "accepted", "refused", "withdrawn")
FIELDS = (
    "full_name",
    "title",
    "rank",
    "category",
    "sex",
    "staff_number",
    "work_phone",
    "extension",
    "personal_id",
    "birth_date",
    "phone",
    "personal_mail",
)
"""What an official may say is wrong: the fields of a record, nothing of the account."""


class Correction(Numbered, Base):
    """A wish of an official for one field. What it says is sealed, and emptied once it is decided."""

    __tablename__ = "corrections"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"))
    sent_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    field: Mapped[str]
    value: Mapped[bytes | None]
    """What the field should say; sealed, and empty if it should say nothing."""
    note: Mapped[bytes | None]
    """Why, in the official's words; sealed."""
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    sent_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str | None]
    """Why it was refused."""

    official: Mapped[Official] = relationship()

    __table_args__ = (
        CheckConstraint(f"field IN {FIELDS}", name="field"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'waiting') = (value IS NOT NULL)", name="value"),
        CheckConstraint("(state = 'waiting') = (note IS NOT NULL)", name="note"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL AND reason <> '')", name="reason"),
        CheckConstraint("state IN ('waiting', 'withdrawn') OR decided_by IS DISTINCT FROM sent_by", name="two_people"),
        Index("corrections_official_id_idx", "official_id", "id"),
        Index(
            "corrections_one_waiting_idx",
            "official_id",
            "field",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("corrections_waiting_idx", "id", postgresql_where=text("state = 'waiting'")),
    )


def seal_wish(session: Session, correction: Correction, value: str, note: str) -> None:
    """Write what a correction says; it opens only in its own row."""
    keys = keys_of(session)
    correction.value = keys.seal(value, "corrections.value", correction.public_id)
    correction.note = keys.seal(note, "corrections.note", correction.public_id)


def wish_of(session: Session, correction: Correction) -> tuple[str | None, str]:
    """Read the value (None: nothing should stand there) and the reason of a waiting correction."""
    keys = keys_of(session)
    value = keys.open(correction.value or b"", "corrections.value", correction.public_id)
    return value or None, keys.open(correction.note or b"", "corrections.note", correction.public_id)

"""Source keys: under which record number an HR system knows an official."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.base import Base


class SourceKey(Base):
    """The record of one official in one HR system; opaque text, unique for that system, never an id of ours."""

    __tablename__ = "source_keys"

    source: Mapped[str] = mapped_column(primary_key=True)
    record: Mapped[str] = mapped_column(primary_key=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"))

    __table_args__ = (
        UniqueConstraint("official_id", "source"),
        CheckConstraint("source <> '' AND record <> ''", name="said"),
    )


def remember(session: Session, source: str, records: Iterable[tuple[str, int]]) -> None:
    """Note under which records a system knows officials, `(record, official id)`; what is known already stays."""
    rows = [{"source": source, "record": record, "official_id": official_id} for record, official_id in records]
    if rows:
        session.execute(insert(SourceKey).values(rows).on_conflict_do_nothing())

"""Source keys: under which record number an HR system knows an official."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

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


def hand_on(session: Session, goals: Mapping[int, int]) -> None:
    """Let systems that know one official mean another, `{from: to}`. Where a system knows both, the goal's key stays.

    The key that is given up is forgotten: the next list with that record finds the official by other means.
    """
    if not goals:
        return
    goal = case(goals, value=SourceKey.official_id)
    own = aliased(SourceKey)
    known = select(own).where(own.official_id == goal, own.source == SourceKey.source).exists()
    session.execute(
        delete(SourceKey).where(SourceKey.official_id.in_(goals), known),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        update(SourceKey).where(SourceKey.official_id.in_(goals)).values(official_id=goal),
        execution_options={"synchronize_session": False},
    )

"""Answers that were given already: who sends the same form again, because the answer got lost, gets the same one."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.base import Actor, Base

KEPT = timedelta(days=1)
"""How long a lost answer can be asked for again."""


class Answer(Base):
    """Where one form of one account led."""

    __tablename__ = "answers"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    """A keyed digest of the form's own number and of all that was filled in: a form that was changed is another one."""
    place: Mapped[str] = mapped_column(default="", server_default="")
    at: Mapped[datetime]


def given(session: Session, actor: Actor, key: bytes) -> str | None:
    """Give where this form led when it was sent before; None: it is the first time, and this transaction answers it.

    Who sends it a second time while the first is still being worked on waits for that one's end.
    """
    mine = {"account_id": actor.account_id, "key": key}
    first = insert(Answer).values(**mine, at=actor.now).on_conflict_do_nothing().returning(Answer.key)
    if session.scalar(first) is not None:
        return None
    return session.scalars(select(Answer.place).filter_by(**mine)).one()


def give(session: Session, actor: Actor, key: bytes, place: str) -> None:
    """Note where the form has led."""
    session.execute(update(Answer).filter_by(account_id=actor.account_id, key=key).values(place=place))


def forget(session: Session, actor: Actor) -> None:
    """Delete the answers that nobody asks for any more."""
    session.execute(delete(Answer).where(Answer.at < actor.now - KEPT))

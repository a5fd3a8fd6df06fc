"""Accounts: the sign-in identity of one official, for life."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from sqlalchemy.sql import ColumnElement

from directory.base import Base, Numbered, public_id
from directory.errors import NotFound
from directory.officials import Official

STATES = ("pending", "active", "suspended", "disabled")
"""pending: not activated yet (mail is received already); disabled: left, or closed."""


def account_number() -> str:
    """Make an account number: `cv` and 8 random characters that say nothing of the person."""
    return "cv" + public_id(8)


class Account(Numbered, Base):
    """The identity of one official: state, and a version that moves when credentials are replaced."""

    __tablename__ = "accounts"

    number: Mapped[str] = mapped_column(unique=True, default=account_number)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), unique=True)
    state: Mapped[str] = mapped_column(default="pending", server_default="pending")
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    closed_on: Mapped[date | None]
    """The first day on which it is closed; what its holder had and held ends by then."""
    reinstated_on: Mapped[date | None]
    """The last time it was let in again after a suspension: days without use count from here."""
    warned_on: Mapped[date | None]
    """When its holder was told last that it will be suspended because nobody uses it."""
    credential_version: Mapped[int] = mapped_column(default=1, server_default="1")
    revision: Mapped[int] = mapped_column(default=0, server_default="0")

    official: Mapped[Official] = relationship()

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'disabled') = (closed_on IS NOT NULL)", name="closed"),
        CheckConstraint("number ~ '^cv[2-9a-hjkmnp-z]{8}$'", name="number"),
        Index("accounts_state_idx", "state", "official_id"),
    )

    def is_active_on(self, day: date) -> bool:
        """Say whether its holder may sign in on a day: not if they have left, though nobody closed it yet."""
        return self.state == "active" and self.is_in_service_on(day)

    def is_in_service_on(self, day: date) -> bool:
        """Say whether the official behind it has not left by a day."""
        return self.official.leaves_on is None or self.official.leaves_on > day


def active_on(day: date) -> ColumnElement[bool]:
    """Give the condition on `Account` that its holder may sign in on a day, as `Account.is_active_on`."""
    left = select(Official.id).where(Official.id == Account.official_id, Official.leaves_on <= day)
    return (Account.state == "active") & ~left.correlate(Account).exists()


def account_by_number(session: Session, number: str) -> Account:
    """Find an account by its number, or raise `NotFound`."""
    found = session.scalar(select(Account).where(Account.number == number))
    if found is None:
        raise NotFound
    return found

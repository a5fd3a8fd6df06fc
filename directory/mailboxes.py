"""Mailboxes, personal and role, and who holds a role mailbox. Mail is stored under the public id, never an address."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, or_, select, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from sqlalchemy.sql import ColumnElement, literal_column

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Base, Numbered, public_id
from directory.errors import NotFound
from directory.targets import DEFAULT

STATES = ("active", "suspended", "disabled")


class Mailbox(Numbered, Base):
    """A place where mail is kept: of one account (personal) or of an agency (role)."""

    __tablename__ = "mailboxes"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    kind: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), unique=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"), index=True)
    name: Mapped[str] = mapped_column(default="", server_default="")
    """What a role mailbox is for; a personal mailbox shows its official's name."""
    state: Mapped[str] = mapped_column(default="active", server_default="active")
    quota_bytes: Mapped[int]
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of a role mailbox; a personal mailbox is part of its account's entry and revision."""
    kept_until: Mapped[date | None]
    """The last day on which the mail of somebody who left is kept and, if so decided, forwarded."""
    forward_to: Mapped[str | None]
    """Where mail goes on to once its official has left: an address under .gov.vn."""
    keeping_ended_at: Mapped[datetime | None]
    """When it was decided that the mail is kept no longer: its last day has passed and nobody has come back."""
    mail_removed_at: Mapped[datetime | None]
    """When the mail store had removed it."""
    target: Mapped[str] = mapped_column(default=DEFAULT, server_default=DEFAULT)
    """Where its entry stands, as its domains have it: a trigger follows the first address."""

    account: Mapped[Account | None] = relationship()
    agency: Mapped[Agency | None] = relationship()

    __table_args__ = (
        CheckConstraint(
            "(kind = 'personal' AND account_id IS NOT NULL AND agency_id IS NULL)"
            " OR (kind = 'role' AND account_id IS NULL AND agency_id IS NOT NULL)",
            name="kind",
        ),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("quota_bytes > 0", name="quota"),
        CheckConstraint(
            r"forward_to IS NULL OR kind = 'personal' AND forward_to ~ '^[a-z0-9._-]+@([a-z0-9-]+\.)+gov\.vn$'",
            name="forward",
        ),
        CheckConstraint(
            "keeping_ended_at IS NULL OR kind = 'personal' AND state = 'disabled' AND kept_until IS NOT NULL",
            name="keeping",
        ),
        CheckConstraint(
            "mail_removed_at IS NULL OR keeping_ended_at IS NOT NULL AND mail_removed_at >= keeping_ended_at",
            name="removed",
        ),
        Index("mailboxes_role_idx", "id", postgresql_where=text("kind = 'role'")),
        Index(
            "mailboxes_kept_idx",
            "kept_until",
            postgresql_where=text("kept_until IS NOT NULL AND mail_removed_at IS NULL"),
        ),
        Index("mailboxes_forwarding_idx", "kept_until", postgresql_where=text("forward_to IS NOT NULL")),
    )


class Holding(Numbered, Base):
    """An account holds a role mailbox from a day to a day."""

    __tablename__ = "holdings"

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailboxes.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    mailbox: Mapped[Mailbox] = relationship()
    account: Mapped[Account] = relationship()

    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates"),
        ExcludeConstraint(
            (literal_column("mailbox_id"), "="),
            (literal_column("account_id"), "="),
            (func.daterange(literal_column("valid_from"), literal_column("valid_to")), "&&"),
            name="holdings_once",
            using="gist",
        ),
        Index("holdings_valid_to_idx", "valid_to"),
    )


def held_on(day: date) -> ColumnElement[bool]:
    """Give the condition that a holding runs on a day."""
    return (Holding.valid_from <= day) & or_(Holding.valid_to.is_(None), Holding.valid_to > day)


def mailbox_by_public_id(session: Session, public: str) -> Mailbox:
    """Find a mailbox by the id that stands in URLs and in storage, or raise `NotFound`."""
    found = session.scalar(select(Mailbox).where(Mailbox.public_id == public))
    if found is None:
        raise NotFound
    return found

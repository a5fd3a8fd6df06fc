"""Reorganisations: agencies end on a day, and others go on in their place: a merger, a division, or plainly an end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.agencies import Agency
from directory.base import Base, Numbered, public_id


class Reorganisation(Numbered, Base):
    """What was decided, and how far it is carried out. Until its day has come it can be called off."""

    __tablename__ = "reorganisations"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    since: Mapped[date]
    decision: Mapped[str | None]
    heir_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"), index=True)
    """Who gets all that `Handing` gives to nobody else; None: nobody goes on, the agencies just end."""
    receives_until: Mapped[date | None]
    """How long the domains of the agencies that end still receive; None: without an end yet."""
    keeps_roles: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether those with a role over an agency that ends get it over the heir; operators never do."""
    planned_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    planned_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Why it could not be carried out on its day, `{"message": …, "fields": {…}}`; a person decides what then."""

    heir: Mapped[Agency | None] = relationship()

    __table_args__ = (
        CheckConstraint("done_at IS NULL OR failure IS NULL", name="outcome"),
        Index("reorganisations_waiting_idx", "since", postgresql_where=text("done_at IS NULL AND failure IS NULL")),
    )


class Ending(Base):
    """An agency that ends in a reorganisation; it ends once."""

    __tablename__ = "endings"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    reorganisation_id: Mapped[int] = mapped_column(ForeignKey("reorganisations.id", ondelete="CASCADE"), index=True)


class Handing(Numbered, Base):
    """One unit, role mailbox or domain of an agency that ends, for another than the heir."""

    __tablename__ = "handings"

    reorganisation_id: Mapped[int] = mapped_column(ForeignKey("reorganisations.id", ondelete="CASCADE"), index=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailboxes.id"))
    domain_id: Mapped[int | None] = mapped_column(ForeignKey("domains.id"))

    __table_args__ = (
        CheckConstraint("num_nonnulls(unit_id, mailbox_id, domain_id) = 1", name="one_thing"),
        UniqueConstraint("reorganisation_id", "unit_id"),
        UniqueConstraint("reorganisation_id", "mailbox_id"),
        UniqueConstraint("reorganisation_id", "domain_id"),
    )

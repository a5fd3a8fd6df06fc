"""The tables of adoption: days of use (a day, never a time) and daily snapshots."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from directory.base import Base
from directory.credentials.tables import SignInSession


class UseDay(Base):
    """On this day this account used official e-mail or the portal. Nothing finer is kept (law 91/2025)."""

    __tablename__ = "use_days"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    signed_in: Mapped[bool] = mapped_column(default=False, server_default="false")
    sent: Mapped[bool] = mapped_column(default=False, server_default="false")
    read: Mapped[bool] = mapped_column(default=False, server_default="false")

    __table_args__ = (Index("use_days_day_idx", "day"),)


class AdoptionSnapshot(Base):
    """The adoption figures of an agency (with everything below it) at the end of a day."""

    __tablename__ = "adoption_snapshots"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    declared: Mapped[int | None]
    listed: Mapped[int]
    provided: Mapped[int]
    activated: Mapped[int]
    in_use: Mapped[int]
    second_factor: Mapped[int]

    __table_args__ = (Index("adoption_snapshots_day_idx", "day"),)


Index("sessions_started_at_idx", SignInSession.started_at)
"""Sign-ins to the portal are days of use too, and are read by when they began."""

"""Appointments: an official holds a post at an agency from a day to a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, or_, select, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint, distinct_on
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from sqlalchemy.sql import ColumnElement, literal_column

from directory.agencies import Agency
from directory.base import Base, Numbered, any_of
from directory.officials import Official

KINDS = ("primary", "concurrent", "secondment", "acting")


def _one_at_an_agency(flag: str) -> ExcludeConstraint:
    """Give the rule that at an agency one post at a time has a flag."""
    days = func.daterange(literal_column("valid_from"), literal_column("valid_to"))
    return ExcludeConstraint(
        (literal_column("agency_id"), "="),
        (days, "&&"),
        name=f"appointments_one_{flag.removeprefix('is_')}",
        using="gist",
        where=literal_column(flag),
    )


class Appointment(Numbered, Base):
    """A post held; `valid_to` is the first day on which it is no longer held. One called off ends as it begins."""

    __tablename__ = "appointments"

    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    kind: Mapped[str] = mapped_column(default="primary", server_default="primary")
    title: Mapped[str] = mapped_column(default="", server_default="")
    rank: Mapped[str | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    address_follows: Mapped[bool] = mapped_column(default=False, server_default="false")
    """On the day on which the post begins, its holder has still to get an address of the agency."""
    is_head: Mapped[bool] = mapped_column(default=False, server_default="false")
    """The holder leads the agency; one at a time does."""
    is_it_contact: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whom one asks at the agency about accounts and mail; one at a time."""

    official: Mapped[Official] = relationship()
    agency: Mapped[Agency] = relationship()

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates"),
        CheckConstraint("kind <> 'secondment' OR valid_to IS NOT NULL", name="return"),
        CheckConstraint("NOT address_follows OR kind = 'primary'", name="address"),
        ExcludeConstraint(
            (literal_column("official_id"), "="),
            (func.daterange(literal_column("valid_from"), literal_column("valid_to")), "&&"),
            name="appointments_one_primary",
            using="gist",
            where=literal_column("kind = 'primary'"),
        ),
        ExcludeConstraint(
            (literal_column("official_id"), "="),
            (func.daterange(literal_column("valid_from"), literal_column("valid_to")), "&&"),
            name="appointments_one_secondment",
            using="gist",
            where=literal_column("kind = 'secondment'"),
        ),
        ExcludeConstraint(
            (literal_column("official_id"), "="),
            (literal_column("agency_id"), "="),
            (literal_column("kind"), "="),
            (literal_column("title"), "="),
            (func.daterange(literal_column("valid_from"), literal_column("valid_to")), "&&"),
            name="appointments_once",
            using="gist",
            where=literal_column("kind <> 'primary'"),
        ),
        _one_at_an_agency("is_head"),
        _one_at_an_agency("is_it_contact"),
        Index("appointments_address_follows_idx", "valid_from", postgresql_where=text("address_follows")),
        Index("appointments_agency_id_idx", "agency_id", "valid_to"),
        Index("appointments_valid_from_idx", "valid_from"),
        Index("appointments_valid_to_idx", "valid_to", postgresql_where=text("valid_to IS NOT NULL")),
    )


def held_on(day: date) -> ColumnElement[bool]:
    """Give the condition that an appointment is held on a day."""
    return (Appointment.valid_from <= day) & or_(Appointment.valid_to.is_(None), Appointment.valid_to > day)


def posts_of(session: Session, official_ids: Iterable[int], day: date) -> dict[int, Appointment]:
    """Give the primary post of many officials, by official id: the one held that day, else the last before or next.

    Whose official somebody is, is decided by this post, also after they have left.
    """
    wanted = set(official_ids)
    if not wanted:
        return {}
    rows = session.scalars(
        select(Appointment)
        .where(any_of(Appointment.official_id, sorted(wanted)), Appointment.kind == "primary")
        .ext(distinct_on(Appointment.official_id))
        .order_by(Appointment.official_id, held_on(day).desc(), Appointment.valid_from.desc())
    )
    return {row.official_id: row for row in rows}

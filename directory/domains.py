"""Mail domains under .gov.vn, each owned by an agency."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from directory.agencies import Agency, ancestors
from directory.base import Base, Numbered

STATES = ("active", "retiring", "retired")


class Domain(Numbered, Base):
    """A mail domain: active, retiring (still receives until a day) or retired."""

    __tablename__ = "domains"

    name: Mapped[str] = mapped_column(unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)
    state: Mapped[str] = mapped_column(default="active", server_default="active")
    receives_until: Mapped[date | None]
    is_primary: Mapped[bool] = mapped_column(default=True, server_default="true")
    """New addresses of the agency are made in its primary domain."""
    revision: Mapped[int] = mapped_column(default=0, server_default="0")

    agency: Mapped[Agency] = relationship()

    __table_args__ = (
        UniqueConstraint("id", "name"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(r"name ~ '^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+gov\.vn$'", name="name"),
    )


def domains_for(session: Session, agency: Agency) -> list[Domain]:
    """Give the active domains an agency's addresses may be in: its own first, then those of the agencies above."""
    line = [each.id for each in ancestors(session, agency)][::-1]
    found = session.scalars(select(Domain).where(Domain.agency_id.in_(line), Domain.state == "active"))
    return sorted(found, key=lambda domain: (line.index(domain.agency_id), not domain.is_primary, domain.name))

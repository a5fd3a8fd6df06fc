"""Mail domains under .gov.vn, each owned by an agency."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from directory.agencies import Agency
from directory.base import Base, Numbered
from directory.targets import DEFAULT, NAME

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
    target: Mapped[str] = mapped_column(default=DEFAULT, server_default=DEFAULT)
    """Where its entry stands, with those of all who have an address in it."""

    agency: Mapped[Agency] = relationship()

    __table_args__ = (
        UniqueConstraint("id", "name"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("domains_retiring_idx", "receives_until", postgresql_where=text("state = 'retiring'")),
        CheckConstraint(r"name ~ '^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+gov\.vn$'", name="name"),
        CheckConstraint(f"target ~ '{NAME}'", name="target"),
        Index("domains_elsewhere_idx", "target", postgresql_where=text("target <> 'default'")),
    )


def target_of(session: Session, name: str) -> str:
    """Give the target of a domain by its name; of one that is nobody's, the default one."""
    return session.scalar(select(Domain.target).where(Domain.name == name)) or DEFAULT


def ending_domain(session: Session, address: str | None) -> Domain | None:
    """Give the domain of an address if it is not in use any more: mail to the address ends."""
    name = (address or "").rpartition("@")[2]
    return session.scalar(select(Domain).where(Domain.name == name, Domain.state != "active"))


def domains_of(session: Session, agencies: Iterable[Agency]) -> dict[int, list[Domain]]:
    """Give the active domains that the addresses of many agencies may be in, by agency id, in one statement.

    An agency's own domains come first, then those of the agencies above it.
    """
    lines = {agency.id: [int(label) for label in agency.path.split(".")][::-1] for agency in agencies}
    owners = {each for line in lines.values() for each in line}
    found = session.scalars(select(Domain).where(Domain.agency_id.in_(owners), Domain.state == "active")).all()
    nearest = {
        agency_id: sorted(
            (line.index(domain.agency_id), not domain.is_primary, domain.name, domain.id)
            for domain in found
            if domain.agency_id in line
        )
        for agency_id, line in lines.items()
    }
    by_id = {domain.id: domain for domain in found}
    return {agency_id: [by_id[key[-1]] for key in keys] for agency_id, keys in nearest.items()}


def domains_for(session: Session, agency: Agency) -> list[Domain]:
    """Give the active domains an agency's addresses may be in: its own first, then those of the agencies above."""
    return domains_of(session, [agency])[agency.id]

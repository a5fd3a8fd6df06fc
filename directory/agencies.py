"""Agencies: a dated tree with identifier codes, names, declared headcounts, predecessors and successors."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Computed,
    FetchedValue,
    ForeignKey,
    Index,
    Select,
    Text,
    UniqueConstraint,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from sqlalchemy.sql import ColumnElement, literal_column

from directory.base import VIETNAMESE, Base, Ltree, Numbered, public_id
from directory.errors import BadValue, NotFound

KINDS = ("ministry", "province", "department", "commune", "unit")
CODE = re.compile(r"^(?=.{3,35}$)[A-Z]\d{2}(\.[0-9A-Z]+)*$")
"""Identifier code of an agency: QĐ 20/2020/QĐ-TTg, groups left to right are level 1, 2, …"""
_OLD_CODE = re.compile(r"^(\d{3})\.(\d{2})\.(\d{2})\.([A-Z]\d{2})$")


class Agency(Numbered, Base):
    """A node of the tree: a ministry, a province, a department, a commune or a unit inside one."""

    __tablename__ = "agencies"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"), index=True)
    path: Mapped[str] = mapped_column(Ltree(), FetchedValue(), server_default=FetchedValue())
    """The ids from the root down, kept by a trigger; the only thing scope is ever checked by."""
    code: Mapped[str | None] = mapped_column(unique=True)
    """Units inside an agency may have none. `AgencyCode` remembers every code, so that none is given twice."""
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(Text(collation=VIETNAMESE))
    """The name of today; `AgencyName` has those of other days."""
    short_name: Mapped[str | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    search_key: Mapped[str] = mapped_column(
        Computed("fold(name || ' ' || coalesce(short_name, '') || ' ' || coalesce(code, ''))", persisted=True)
    )
    """What somebody types to find it: lower case, without marks."""
    revision: Mapped[int] = mapped_column(default=0, server_default="0")

    parent: Mapped[Agency | None] = relationship(remote_side="Agency.id")

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
        Index("agencies_path_idx", "path", postgresql_using="gist"),
        Index("agencies_path_order_idx", "path"),
        Index(
            "agencies_search_key_idx",
            "search_key",
            postgresql_using="gin",
            postgresql_ops={"search_key": "gin_trgm_ops"},
        ),
    )


class AgencyCode(Base):
    """Every code that an agency has or had; a trigger writes it down, and nothing is ever taken out."""

    __tablename__ = "agency_codes"

    code: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)


def _one_at_a_time(table: str) -> ExcludeConstraint:
    """Give the rule that what a table says of an agency never overlaps in time."""
    days = func.daterange(literal_column("valid_from"), literal_column("valid_to"))
    return ExcludeConstraint(
        (literal_column("agency_id"), "="), (days, "&&"), name=f"{table}_one_at_a_time", using="gist"
    )


class AgencyName(Numbered, Base):
    """What an agency is called from a day to a day. One that was never renamed has no row: its own name is the only."""

    __tablename__ = "agency_names"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    name: Mapped[str] = mapped_column(Text(collation=VIETNAMESE))
    short_name: Mapped[str | None]
    decision: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
        CheckConstraint("name IS NFC NORMALIZED AND name <> ''", name="name"),
        _one_at_a_time("agency_names"),
        UniqueConstraint("agency_id", "valid_from"),
    )


class AgencyPlace(Numbered, Base):
    """Below which agency one stands from a day to a day. One that was never moved has no row."""

    __tablename__ = "agency_places"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"), index=True)
    decision: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
        CheckConstraint("parent_id <> agency_id", name="two_agencies"),
        _one_at_a_time("agency_places"),
        UniqueConstraint("agency_id", "valid_from"),
    )


class Succession(Base):
    """One agency took over from another on a day (merger, split, renaming)."""

    __tablename__ = "successions"

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), primary_key=True, index=True)
    since: Mapped[date]
    decision: Mapped[str | None]
    reorganisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("reorganisations.id", ondelete="CASCADE"), index=True
    )

    __table_args__ = (CheckConstraint("predecessor_id <> successor_id", name="two_agencies"),)


class Headcount(Numbered, Base):
    """The declared headcount (biên chế) of an agency from a day on, with the decision that fixed it."""

    __tablename__ = "headcounts"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    posts: Mapped[int]
    decision: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
        CheckConstraint("posts >= 0", name="posts"),
        _one_at_a_time("headcounts"),
        UniqueConstraint("agency_id", "valid_from"),
    )


def normal_code(text: str) -> str:
    """Give the code in its present form; the form of QCVN 102:2016 (`000.00.06.H49`) is turned round."""
    code = text.strip().upper()
    if old := _OLD_CODE.match(code):
        groups = [group.lstrip("0") and group for group in (old[3], old[2], old[1])]
        code = ".".join([old[4], *(group for group in groups if group)])
    if not CODE.match(code):
        raise BadValue(field="code", reason="not an agency identifier code such as H36.05")
    return code


def agency_by_code(session: Session, code: str) -> Agency:
    """Find an agency by an identifier code that it has or had, in either form, or raise `NotFound`."""
    found = session.scalar(
        select(Agency).join(AgencyCode, AgencyCode.agency_id == Agency.id).where(AgencyCode.code == normal_code(code))
    )
    if found is None:
        raise NotFound
    return found


def agency_by_public_id(session: Session, public: str) -> Agency:
    """Find an agency by the id that stands in URLs, or raise `NotFound`."""
    found = session.scalar(select(Agency).where(Agency.public_id == public))
    if found is None:
        raise NotFound
    return found


_TURNS = text("""
SELECT pg_advisory_xact_lock(hashtextextended('changes below ' || top, 0)) FROM (
    SELECT DISTINCT CAST(subpath(path, 0, 1) AS text) AS top FROM agencies
    WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY 1
) ordered
""")


def take_turns(session: Session, agency_ids: Collection[int]) -> None:
    """Let whoever changes much of the same ministries or provinces follow each other, before anything is locked:
    lists, batch by batch, and agencies that end, stand elsewhere or are called otherwise.

    Whoever has no personal ID number is known by name and birth date, and a unit by its name: no index of the database
    would stop two lists from adding the same one at the same time. And a list calls verb after verb: while each has
    locked what is its, an agency that ends would wait for one of them, and the next one for the agency.
    """
    session.execute(_TURNS, {"ids": sorted(agency_ids)})


def inside(ancestor_id: int) -> Select[int]:
    """Select the ids of an agency and everything below it, by structure (ltree over ids)."""
    top = select(Agency.path).where(Agency.id == ancestor_id).scalar_subquery()
    return select(Agency.id).where(Agency.path.op("<@")(top))


def ancestors(session: Session, agency: Agency) -> Sequence[Agency]:
    """Give the agency and those above it, the root first."""
    ids = [int(label) for label in agency.path.split(".")]
    found = {each.id: each for each in session.scalars(select(Agency).where(Agency.id.in_(ids)))}
    return [found[each] for each in ids]


def is_open(day: date) -> ColumnElement[bool]:
    """Give the condition that an agency is not closed on a day, nor before."""
    return or_(Agency.valid_to.is_(None), Agency.valid_to > day)


def names_on(session: Session, agency_ids: Collection[int], day: date) -> dict[int, str]:
    """Give what agencies were, or will be, called on a day, where it differs from their names of today."""
    rows = session.execute(
        select(AgencyName.agency_id, AgencyName.name).where(
            AgencyName.agency_id.in_(agency_ids),
            AgencyName.valid_from <= day,
            or_(AgencyName.valid_to.is_(None), AgencyName.valid_to > day),
        )
    )
    return dict(rows.all())

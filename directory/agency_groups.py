"""Groups of agencies: who works at an agency and at the units inside it, for applications that ask LDAP."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import CTE, ColumnElement, ForeignKey, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import Base, any_of
from directory.links import Link
from directory.mailboxes import Mailbox
from directory.targets import DEFAULT


class AgencyGroup(Base):
    """The group of one agency; a trigger makes it with the agency. Its members are no rows: posts say who they are.

    A table of its own, so that those who come and go never wait for somebody who changes the agency itself.
    """

    __tablename__ = "agency_groups"

    id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), primary_key=True, autoincrement=False)
    """The agency's."""
    revision: Mapped[int] = mapped_column(default=0, server_default="0")


def members_of(session: Session, ids: Collection[int], day: date) -> dict[int, list[str]]:
    """Give what the entries of those are called who are in the groups of agencies on a day, by the agencies' ids.

    Whoever holds a post there, of whatever kind, is in it, unless the account is closed, or its entry stands in
    another target than the groups.
    """
    groups: dict[int, list[int]] = defaultdict(list)
    # Places first, and by themselves: PostgreSQL takes a handful of them for half of all, and reads everybody.
    for group_id, place_id in session.execute(select(_places(ids))):
        groups[place_id].append(group_id)
    rows = session.execute(
        select(Appointment.agency_id, func.coalesce(Link.path, func.concat("uid=", Account.number, ",ou=people")))
        .join(Account, Account.official_id == Appointment.official_id)
        .outerjoin(Mailbox, Mailbox.account_id == Account.id)
        .outerjoin(Link, and_(Link.account_id == Account.id, Link.state == "confirmed"))
        .where(any_of(Appointment.agency_id, sorted(groups)), held_on(day), Account.state != "disabled")
        .where(or_(Mailbox.target.is_(None), Mailbox.target == DEFAULT))
    )
    found: dict[int, set[str]] = defaultdict(set)
    for place_id, name in rows:
        for group_id in groups[place_id]:
            found[group_id].add(name)
    return defaultdict(list, {group_id: list(names) for group_id, names in found.items()})


def _places(ids: Collection[int]) -> CTE:
    """Select the places that count for agencies (`counts_for`), found from above: from unit to unit, and no further."""
    own, unit = aliased(Agency), aliased(Agency)
    start = select(own.id.label("group_id"), own.id.label("place_id")).where(any_of(own.id, sorted(ids)))
    places = start.cte("places", recursive=True)
    inside = select(places.c.group_id, unit.id).join(unit, unit.parent_id == places.c.place_id)
    return places.union_all(inside.where(unit.kind == "unit"))


def groups_of(session: Session, agency_ids: Collection[int]) -> set[int]:
    """Give the groups in which those are who work at one of these agencies."""
    own, place = aliased(Agency), aliased(Agency)
    found = select(own.id).select_from(own).join(place, counts_for(own, place))
    return set(session.scalars(found.where(any_of(place.id, sorted(agency_ids))).distinct()))


def counts_for(own: type[Agency], place: type[Agency]) -> ColumnElement[bool]:
    """Give the condition that who works at a place works at an agency: at itself, or at a unit inside it.

    An agency below that is no unit has its own people, and so have the units inside that one.
    """
    between = aliased(Agency)
    other = (
        select(between.id)
        .where(between.path.op("<@")(own.path), between.path.op("@>")(place.path))
        .where(between.id != own.id, between.kind != "unit")
        .exists()
    )
    return and_(place.path.op("<@")(own.path), or_(place.id == own.id, and_(place.kind == "unit", ~other)))

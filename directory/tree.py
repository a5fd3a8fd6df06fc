"""The tree of agencies as pages show it: what stands at the top for the actor, what is below, and one agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from directory.agencies import Agency, Headcount, Succession, agency_by_public_id, ancestors
from directory.base import Actor
from directory.domains import Domain
from directory.errors import NotFound
from directory.grants import Action, scope
from directory.mailboxes import Mailbox
from directory.tallies import Counts, tallies
from directory.tallies import tops as tops_of


@dataclass(frozen=True)
class Node:
    """An agency with the people of its whole subtree."""

    id: int
    public_id: str
    code: str | None
    name: str
    kind: str
    valid_to: date | None
    officials: int
    accounts: int
    """Of these, with an account that is not closed."""
    counted_at: datetime | None
    """When they were counted, if there are too many to count them now."""
    has_children: bool


@dataclass(frozen=True)
class Step:
    """An agency named on the way; `is_open` to the actor, or only a name."""

    public_id: str
    name: str
    is_open: bool


@dataclass(frozen=True)
class OneDomain:
    """A mail domain of the agency; `is_inherited` from one above."""

    name: str
    state: str
    is_primary: bool
    is_inherited: bool
    receives_until: date | None


@dataclass(frozen=True)
class Sheet:
    """All about one agency."""

    node: Node
    short_name: str | None
    valid_from: date
    way: Sequence[Step]
    """The agencies above, the root first."""
    children: Sequence[Node]
    posts: int | None
    """The declared headcount of today, with its day and decision."""
    posts_since: date | None
    posts_decision: str | None
    domains: Sequence[OneDomain]
    predecessors: Sequence[Step]
    successors: Sequence[Step]
    role_mailboxes: int


def tops(session: Session, actor: Actor) -> list[Node]:
    """Give the agencies at which the actor's view begins: those in view whose parent is not."""
    return _nodes(session, actor, Agency.id.in_(tops_of(session, actor, Action.VIEW)))


def below(session: Session, actor: Actor, agency_id: int) -> list[Node]:
    """Give the agencies directly below one, open ones first, as far as the actor may see them."""
    return _nodes(session, actor, Agency.parent_id == agency_id)


def sheet_of(session: Session, actor: Actor, public_id: str) -> Sheet:
    """Give all about one agency that the actor may see, or raise `NotFound`."""
    agency = agency_by_public_id(session, public_id)
    found = _nodes(session, actor, or_(Agency.id == agency.id, Agency.parent_id == agency.id))
    node = next((each for each in found if each.id == agency.id), None)
    if node is None:
        raise NotFound
    headcount = session.scalar(
        select(Headcount).where(
            Headcount.agency_id == agency.id,
            Headcount.valid_from <= actor.today,
            or_(Headcount.valid_to.is_(None), Headcount.valid_to > actor.today),
        )
    )
    line = ancestors(session, agency)
    in_view = select(Agency.id).where(Agency.id.in_([each.id for each in line]), scope(actor, Action.VIEW))
    seen = set(session.scalars(in_view))
    return Sheet(
        node=node,
        short_name=agency.short_name,
        valid_from=agency.valid_from,
        way=[Step(each.public_id, each.name, each.id in seen) for each in line[:-1]],
        children=[each for each in found if each is not node],
        posts=headcount.posts if headcount else None,
        posts_since=headcount.valid_from if headcount else None,
        posts_decision=headcount.decision if headcount else None,
        domains=_domains(session, agency),
        predecessors=_linked(session, actor, agency, Succession.predecessor_id, Succession.successor_id),
        successors=_linked(session, actor, agency, Succession.successor_id, Succession.predecessor_id),
        role_mailboxes=session.scalar(select(func.count(Mailbox.id)).where(Mailbox.agency_id == agency.id)) or 0,
    )


def _nodes(session: Session, actor: Actor, condition: ColumnElement[bool]) -> list[Node]:
    """Give some agencies in view with their counts, in a fixed number of statements."""
    child = aliased(Agency)
    has_children = exists(select(child.id).where(child.parent_id == Agency.id))
    rows = session.execute(
        select(Agency, has_children)
        .where(condition, scope(actor, Action.VIEW))
        .order_by(Agency.valid_to.is_not(None), Agency.code.nulls_last(), Agency.name, Agency.id)
    ).all()
    counted = tallies(session, actor, [agency.id for agency, _ in rows])
    counts = {agency.id: counted.get(agency.id, Counts()) for agency, _ in rows}
    return [
        Node(
            agency.id,
            agency.public_id,
            agency.code,
            agency.name,
            agency.kind,
            agency.valid_to,
            counts[agency.id].officials,
            counts[agency.id].accounts,
            counts[agency.id].counted_at,
            bool(is_parent),
        )
        for agency, is_parent in rows
    ]


def _domains(session: Session, agency: Agency) -> list[OneDomain]:
    """List the agency's own domains of any state, then the active ones of those above."""
    line = [int(label) for label in agency.path.split(".")][::-1]
    rows = session.scalars(select(Domain).where(Domain.agency_id.in_(line)))
    return [
        OneDomain(row.name, row.state, row.is_primary, row.agency_id != agency.id, row.receives_until)
        for row in sorted(rows, key=lambda row: (line.index(row.agency_id), not row.is_primary, row.name))
        if row.agency_id == agency.id or row.state == "active"
    ]


def _linked(
    session: Session, actor: Actor, agency: Agency, wanted: InstrumentedAttribute[int], own: InstrumentedAttribute[int]
) -> list[Step]:
    """Name the agencies that this one came from, or that came from it."""
    rows = session.execute(
        select(Agency, scope(actor, Action.VIEW))
        .join(Succession, wanted == Agency.id)
        .where(own == agency.id, Succession.since <= actor.today)
        .order_by(Agency.name)
    )
    return [Step(each.public_id, each.name, bool(seen)) for each, seen in rows]

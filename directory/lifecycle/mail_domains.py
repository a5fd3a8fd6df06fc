"""Add mail domains to agencies, let them retire, and end them when their day has passed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory import due
from directory.addresses import Address
from directory.agencies import Agency
from directory.audit import record, record_all
from directory.base import Actor
from directory.domains import Domain
from directory.errors import BadValue, DomainOnceAnothers, DomainSettled, DomainTaken, NotAllowed, NotFound, WrongState
from directory.grants import Action, can, may, scope
from directory.lifecycle.enlistment import refuse_closed
from directory.targets import DEFAULT

_NAME = re.compile(r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+gov\.vn$")


@dataclass(frozen=True)
class NewDomain:
    """A mail domain under .gov.vn for an agency; `is_primary`: new addresses are made in it."""

    agency_id: int
    name: str
    is_primary: bool = True
    knows_past: bool = False
    """Whoever adds it knows that it is retired and whose it was, and wants it to become active again."""
    target: str | None = None
    """On which LDAP server; without a word the default one, or where it was before."""


@dataclass(frozen=True)
class Placement:
    """A domain whose entry, with those of all who get an address in it, is to stand on another LDAP server."""

    domain_id: int
    target: str


@dataclass(frozen=True)
class Retirement:
    """A domain in which no address is given any more; it receives until a day, or without an end yet."""

    domain_id: int
    receives_until: date | None = None


def add_domain(session: Session, actor: Actor, domains: Sequence[NewDomain]) -> list[Domain]:
    """Add mail domains; errors carry `row`. A retired one comes back only to somebody who knows its past."""
    may(session, actor, Action.AGENCY, *{each.agency_id for each in domains})
    refuse_closed(session, actor, {each.agency_id for each in domains})
    rows = [_row(session, actor, each) for each in domains]
    for place, row in enumerate(rows):
        if not _NAME.match(str(row["name"])):
            raise BadValue(row=place, field="domain", reason="not a domain under .gov.vn")
        _refuse_below_foreign(session, actor, place, str(row["name"]), domains[place].agency_id)
    statement = insert_unless(Domain).on_conflict_do_nothing(index_elements=["name"]).returning(Domain)
    added = {domain.name: domain for domain in session.scalars(statement, rows)}
    for place, (row, each) in enumerate(zip(rows, domains, strict=True)):
        if row in rows[:place]:
            raise DomainTaken(row=place, domain=row["name"])
        if row["name"] not in added:
            added[str(row["name"])] = _back(session, actor, place, str(row["name"]), each)
    for domain in added.values():
        record(session, actor, "domain.added", f"domain:{domain.name}", domain.agency_id)
    due.mark(session, actor, "domain", [domain.id for domain in added.values()])
    return [added[str(row["name"])] for row in rows]


def _row(session: Session, actor: Actor, wish: NewDomain) -> dict[str, str | int | bool]:
    """Give the columns of a new domain."""
    if wish.target not in (None, DEFAULT):
        _may_place(session, actor, wish.agency_id)
    return {
        "agency_id": wish.agency_id,
        "name": wish.name.strip().lower(),
        "is_primary": wish.is_primary,
        "target": wish.target or DEFAULT,
    }


def can_place(session: Session, actor: Actor, agency_id: int) -> bool:
    """Say whether the actor is an operator at the top of an agency, who chooses servers: one is for many agencies."""
    top = session.get_one(Agency, agency_id).path.partition(".")[0]
    return can(session, actor, Action.AGENCY, int(top))


def _may_place(session: Session, actor: Actor, agency_id: int) -> None:
    """Raise `NotAllowed` unless the actor chooses servers."""
    if not can_place(session, actor, agency_id):
        raise NotAllowed


def _refuse_below_foreign(session: Session, actor: Actor, row: int, name: str, agency_id: int) -> None:
    """Raise `BadValue` for a name below the domain of an agency that is neither above this one nor the actor's."""
    labels = name.split(".")
    above = [".".join(labels[place:]) for place in range(1, len(labels) - 2)]
    here = select(Agency.path).where(Agency.id == agency_id).scalar_subquery()
    foreign = (
        select(Domain.id)
        .join(Agency, Agency.id == Domain.agency_id)
        .where(Domain.name.in_(above), ~or_(Agency.path.op("@>")(here), scope(actor, Action.AGENCY)))
    )
    if above and session.scalar(foreign.limit(1)) is not None:
        raise BadValue(row=row, field="domain", reason="below the domain of an agency that this one does not belong to")


def _back(session: Session, actor: Actor, row: int, name: str, wish: NewDomain) -> Domain:
    """Bring a retired domain back, for whoever looks after the agency that had it; its past is told first."""
    domain = session.scalars(select(Domain).where(Domain.name == name).with_for_update()).one()
    if domain.state != "retired" or not can(session, actor, Action.AGENCY, domain.agency_id):
        raise DomainTaken(row=row, domain=name)
    if not wish.knows_past:
        addresses = session.scalar(select(func.count()).where(Address.domain_id == domain.id))
        owner = session.get_one(Agency, domain.agency_id).name
        raise DomainOnceAnothers(row=row, field="knows_past", domain=name, agency=owner, addresses=addresses)
    if wish.target not in (None, domain.target):
        _place(session, actor, domain, wish.target or DEFAULT)
    domain.agency_id, domain.is_primary = wish.agency_id, wish.is_primary
    domain.state, domain.receives_until = "active", None
    session.flush()
    return domain


def place_domain(session: Session, actor: Actor, placements: Sequence[Placement]) -> None:
    """Let retired domains stand on another LDAP server, so that they come back there; their mail is nowhere yet."""
    domains = _locked(session, actor, {each.domain_id for each in placements})
    for each in placements:
        _place(session, actor, domains[each.domain_id], each.target)


def _place(session: Session, actor: Actor, domain: Domain, target: str) -> None:
    """Move one domain of which nothing is left where it was; its shut entry there stays, as all entries do."""
    _may_place(session, actor, domain.agency_id)
    before = domain.target
    try:
        with session.begin_nested():
            domain.target = target
    except IntegrityError as error:  # PostgreSQL knows whether something is left, its entry among it
        raise DomainSettled(domain=domain.name) from error
    record(session, actor, "domain.placed", f"domain:{domain.name}", domain.agency_id, target=[before, target])
    due.mark(session, actor, "domain", [domain.id])


def retire_domain(session: Session, actor: Actor, retirements: Sequence[Retirement]) -> None:
    """Let domains retire: no new addresses, mail still arrives until the day. Said again, the later day holds."""
    ids = {each.domain_id for each in retirements}
    domains = _locked(session, actor, ids)
    for row, each in enumerate(retirements):
        domain = domains[each.domain_id]
        if each.receives_until is not None and each.receives_until < actor.today:
            raise BadValue(row=row, field="receives_until", reason="before today")
        same = domain.state == "retiring" and domain.receives_until == each.receives_until
        if domain.state == "retired" or same:
            raise WrongState(row=row, subject=domain.name, state=domain.state)
        domain.state, domain.receives_until = "retiring", each.receives_until
        until = each.receives_until.isoformat() if each.receives_until else None
        record(session, actor, "domain.retired", f"domain:{domain.name}", domain.agency_id, receives_until=until)
    session.flush()
    due.mark(session, actor, "domain", ids)


def keep_domain(session: Session, actor: Actor, domain_ids: Sequence[int]) -> None:
    """Let domains that were retiring be used as before, unless the agency they belong to is closed."""
    domains = _locked(session, actor, set(domain_ids)).values()
    refuse_closed(session, actor, {domain.agency_id for domain in domains})
    for domain in domains:
        if domain.state != "retiring":
            raise WrongState(subject=domain.name, state=domain.state)
        domain.state, domain.receives_until = "active", None
        record(session, actor, "domain.kept", f"domain:{domain.name}", domain.agency_id)
    session.flush()
    due.mark(session, actor, "domain", domain_ids)


def prefer_domain(session: Session, actor: Actor, domain_ids: Sequence[int]) -> None:
    """Make new addresses of the agencies in these domains, and no longer in others of theirs."""
    for domain in _locked(session, actor, set(domain_ids)).values():
        if domain.state != "active":
            raise WrongState(subject=domain.name, state=domain.state)
        others = update(Domain).where(Domain.agency_id == domain.agency_id, Domain.id != domain.id)
        session.execute(others.values(is_primary=False))
        domain.is_primary = True
        record(session, actor, "domain.preferred", f"domain:{domain.name}", domain.agency_id)
    session.flush()


def end_domains(session: Session, actor: Actor) -> int:
    """Retire for good the domains whose last day of receiving has passed; give how many."""
    ended = session.execute(
        update(Domain)
        .where(Domain.state == "retiring", Domain.receives_until < actor.today)
        .values(state="retired")
        .returning(Domain.id, Domain.name, Domain.agency_id, Domain.receives_until)
        .execution_options(synchronize_session=False)
    ).all()
    if not ended:
        return 0
    session.expire_all()
    told = (
        (f"domain:{row.name}", row.agency_id, {"receives_until": row.receives_until.isoformat()})
        for row in ended
        if row.receives_until
    )
    record_all(session, actor, "domain.ended", told)
    due.mark(session, actor, "domain", [row.id for row in ended])
    return len(ended)


def _locked(session: Session, actor: Actor, ids: set[int]) -> dict[int, Domain]:
    """Lock domains that the actor may change, by id."""
    rows = session.scalars(select(Domain).where(Domain.id.in_(ids)).order_by(Domain.id).with_for_update())
    domains = {each.id: each for each in rows}
    if domains.keys() != ids:
        raise NotFound
    may(session, actor, Action.AGENCY, *{domain.agency_id for domain in domains.values()})
    return domains

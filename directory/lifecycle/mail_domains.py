"""Add mail domains to agencies, and let them retire."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.orm import Session

from directory import due
from directory.audit import record
from directory.base import Actor
from directory.domains import Domain
from directory.errors import BadValue, DomainTaken, NotFound, WrongState
from directory.grants import Action, may
from directory.lifecycle.enlistment import refuse_closed

_NAME = re.compile(r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+gov\.vn$")


@dataclass(frozen=True)
class NewDomain:
    """A mail domain under .gov.vn for an agency; `is_primary`: new addresses are made in it."""

    agency_id: int
    name: str
    is_primary: bool = True


@dataclass(frozen=True)
class Retirement:
    """A domain in which no address is given any more; it receives until a day, or without an end yet."""

    domain_id: int
    receives_until: date | None = None


def add_domain(session: Session, actor: Actor, domains: Sequence[NewDomain]) -> list[Domain]:
    """Add mail domains; errors carry `row`."""
    may(session, actor, Action.AGENCY, *{each.agency_id for each in domains})
    refuse_closed(session, actor, {each.agency_id for each in domains})
    rows = [
        {"agency_id": each.agency_id, "name": each.name.strip().lower(), "is_primary": each.is_primary}
        for each in domains
    ]
    for place, row in enumerate(rows):
        if not _NAME.match(str(row["name"])):
            raise BadValue(row=place, field="domain", reason="not a domain under .gov.vn")
    statement = insert_unless(Domain).on_conflict_do_nothing(index_elements=["name"]).returning(Domain)
    added = {domain.name: domain for domain in session.scalars(statement, rows)}
    for place, row in enumerate(rows):
        if row["name"] not in added or row in rows[:place]:
            raise DomainTaken(row=place, domain=row["name"])
    for domain in added.values():
        record(session, actor, "domain.added", f"domain:{domain.name}", domain.agency_id)
    due.mark(session, actor, "domain", [domain.id for domain in added.values()])
    return [added[str(row["name"])] for row in rows]


def retire_domain(session: Session, actor: Actor, retirements: Sequence[Retirement]) -> None:
    """Let domains retire: no new addresses, mail still arrives until the day."""
    ids = {each.domain_id for each in retirements}
    domains = {each.id: each for each in session.scalars(select(Domain).where(Domain.id.in_(ids)))}
    if domains.keys() != ids:
        raise NotFound
    may(session, actor, Action.AGENCY, *{domain.agency_id for domain in domains.values()})
    for each in retirements:
        domain = domains[each.domain_id]
        retired = session.execute(
            update(Domain)
            .where(Domain.id == each.domain_id, Domain.state == "active")
            .values(state="retiring", receives_until=each.receives_until)
            .returning(Domain.id)
        )
        if retired.scalar_one_or_none() is None:
            raise WrongState(subject=domain.name, state=domain.state)
        until = each.receives_until.isoformat() if each.receives_until else None
        record(session, actor, "domain.retired", f"domain:{domain.name}", domain.agency_id, receives_until=until)
    due.mark(session, actor, "domain", ids)

"""The mail domains of an agency as pages show them, with how many addresses are in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.addresses import Address
from directory.base import Actor
from directory.domains import Domain
from directory.grants import Action, may
from directory.targets import DEFAULT


@dataclass(frozen=True)
class DomainUse:
    """A domain of an agency; addresses are primary, others that receive, and those in quarantine."""

    id: int
    name: str
    state: str
    is_primary: bool
    receives_until: date | None
    primary: int
    others: int
    quarantined: int
    target: str = DEFAULT
    """On which LDAP server its entries are."""


def domains_of_agency(session: Session, actor: Actor, agency_id: int) -> Sequence[DomainUse]:
    """List the domains an agency owns, those in use first, in one statement."""
    may(session, actor, Action.VIEW, agency_id)
    counts = (
        select(
            func.count().filter(Address.kind == "primary").label("primary"),
            func.count().filter(Address.kind.in_(("alias", "receive_only"))).label("others"),
            func.count().filter(Address.kind == "quarantined").label("quarantined"),
        )
        .where(Address.domain_id == Domain.id)
        .lateral()
    )
    rows = session.execute(
        select(Domain, counts)
        .where(Domain.agency_id == agency_id)
        .order_by(Domain.state != "active", Domain.state == "retired", Domain.is_primary.desc(), Domain.name)
    )
    return [
        DomainUse(
            each.id,
            each.name,
            each.state,
            each.is_primary,
            each.receives_until,
            primary,
            others,
            quarantined,
            each.target,
        )
        for each, primary, others, quarantined in rows
    ]

"""What the end of agencies would bring, counted before it is confirmed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from directory.addresses import Address
from directory.agencies import Agency, is_open
from directory.appointments import Appointment
from directory.base import Actor
from directory.credentials.tables import ApiToken
from directory.domains import Domain
from directory.grants import Action, Grant, may
from directory.mailboxes import Mailbox
from directory.mailing_lists.tables import MailingList
from directory.policies import Policy


@dataclass(frozen=True)
class Thing:
    """A unit, a role mailbox or a domain that somebody gets; `count` is of its people or its addresses."""

    id: int
    key: str
    """What names it outside: a public id, or the domain itself."""
    name: str
    count: int = 0
    is_retiring: bool = False
    """A domain that retires already keeps its own day."""
    receives_until: date | None = None


@dataclass(frozen=True)
class Consequences:
    """What an agency that ends leaves behind."""

    agency_id: int
    public_id: str
    name: str
    code: str | None
    officials: int = 0
    """Those with a post at the agency itself on that day or later."""
    mailing_lists: int = 0
    roles: int = 0
    operators: int = 0
    policies: int = 0
    tokens: int = 0
    units: Sequence[Thing] = field(default_factory=tuple)
    mailboxes: Sequence[Thing] = field(default_factory=tuple)
    domains: Sequence[Thing] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left that keeps an agency from ending with nobody in its place."""
        return not (self.officials or self.mailing_lists or self.units or self.mailboxes)


def consequences(session: Session, actor: Actor, agency_ids: Sequence[int], since: date) -> list[Consequences]:
    """Count what each agency would leave behind, in a fixed number of statements."""
    may(session, actor, Action.AGENCY, *agency_ids)
    in_force = or_(Grant.valid_to.is_(None), Grant.valid_to > actor.today)
    counted = {
        "officials": select(Appointment.agency_id, func.count(Appointment.official_id.distinct())).where(
            or_(Appointment.valid_to.is_(None), Appointment.valid_to > since),
            Appointment.valid_to.is_distinct_from(Appointment.valid_from),
        ),
        "mailing_lists": select(MailingList.agency_id, func.count()).where(MailingList.state != "disabled"),
        "roles": select(Grant.agency_id, func.count()).where(in_force, Grant.role != "operator"),
        "operators": select(Grant.agency_id, func.count()).where(in_force, Grant.role == "operator"),
        "policies": select(Policy.agency_id, func.count()),
        "tokens": select(ApiToken.agency_id, func.count()).where(
            ApiToken.revoked_at.is_(None), ApiToken.expires_at > actor.now
        ),
    }
    found = {name: _by_agency(session, statement, agency_ids) for name, statement in counted.items()}
    units, mailboxes = _units(session, agency_ids, since), _mailboxes(session, agency_ids)
    domains = _domains(session, agency_ids)
    agencies = {each.id: each for each in session.scalars(select(Agency).where(Agency.id.in_(agency_ids)))}
    return [
        Consequences(
            agency_id=each,
            public_id=agencies[each].public_id,
            name=agencies[each].name,
            code=agencies[each].code,
            officials=found["officials"].get(each, 0),
            mailing_lists=found["mailing_lists"].get(each, 0),
            roles=found["roles"].get(each, 0),
            operators=found["operators"].get(each, 0),
            policies=found["policies"].get(each, 0),
            tokens=found["tokens"].get(each, 0),
            units=units[each],
            mailboxes=mailboxes[each],
            domains=domains[each],
        )
        for each in agency_ids
    ]


def _by_agency(session: Session, statement: Select[int, int], agency_ids: Sequence[int]) -> dict[int, int]:
    """Count rows of the table of a statement by its first column, an agency."""
    (agency_id, _) = statement.selected_columns
    return dict(session.execute(statement.where(agency_id.in_(agency_ids)).group_by(agency_id)).all())


def _gathered(session: Session, statement: Select[*tuple[Any, ...]]) -> dict[int, list[Thing]]:
    """Gather things, (agency, id, key, name, count, …), by their agency."""
    gathered: dict[int, list[Thing]] = defaultdict(list)
    for agency_id, *columns in session.execute(statement):
        gathered[agency_id].append(Thing(*columns))
    return gathered


def _units(session: Session, agency_ids: Sequence[int], since: date) -> dict[int, list[Thing]]:
    """Give the open agencies right below, that do not end themselves."""
    statement = (
        select(
            Agency.parent_id, Agency.id, Agency.public_id, Agency.name, func.count(Appointment.official_id.distinct())
        )
        .outerjoin(
            Appointment,
            and_(Appointment.agency_id == Agency.id, or_(Appointment.valid_to.is_(None), Appointment.valid_to > since)),
        )
        .where(Agency.parent_id.in_(agency_ids), is_open(since), Agency.id.not_in(agency_ids))
        .group_by(Agency.id)
        .order_by(Agency.code.nulls_last(), Agency.name, Agency.id)
    )
    return _gathered(session, statement)


def _mailboxes(session: Session, agency_ids: Sequence[int]) -> dict[int, list[Thing]]:
    """Give the role mailboxes that are not closed, with their number of addresses."""
    statement = (
        select(Mailbox.agency_id, Mailbox.id, Mailbox.public_id, Mailbox.name, func.count(Address.id))
        .outerjoin(Address, Address.mailbox_id == Mailbox.id)
        .where(Mailbox.agency_id.in_(agency_ids), Mailbox.state != "disabled")
        .group_by(Mailbox.id)
        .order_by(Mailbox.name, Mailbox.id)
    )
    return _gathered(session, statement)


def _domains(session: Session, agency_ids: Sequence[int]) -> dict[int, list[Thing]]:
    """Give the domains that are not retired, with how many primary addresses are in each."""
    statement = (
        select(
            Domain.agency_id,
            Domain.id,
            Domain.name,
            Domain.name,
            func.count(Address.id),
            Domain.state == "retiring",
            Domain.receives_until,
        )
        .outerjoin(Address, and_(Address.domain_id == Domain.id, Address.kind == "primary"))
        .where(Domain.agency_id.in_(agency_ids), Domain.state != "retired")
        .group_by(Domain.id)
        .order_by(Domain.name)
    )
    return _gathered(session, statement)

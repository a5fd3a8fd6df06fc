"""The audit as auditors read it: the events of their agencies, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, true, union
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency, inside
from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import NotAllowed
from directory.grants import Action, roots_for, scope
from directory.mailboxes import Mailbox
from directory.mailing_lists import MailingList
from directory.officials import Official
from directory.tallies import reach

FEW_AGENCIES = 1_000
"""Agencies in reach up to which the newest events of each are looked up. More have an event every few rows."""


@dataclass(frozen=True)
class Event:
    """One event with the names of those concerned."""

    id: int
    at: datetime
    actor_name: str | None
    """None: the service itself, or somebody who had not signed in yet."""
    actor_number: str | None
    source: str
    action: str
    subject: str
    subject_name: str | None
    """The official, agency or mailbox that the subject names."""
    agency_name: str | None
    agency_public_id: str | None
    detail: dict[str, Any]


@dataclass(frozen=True)
class Trail:
    """A page of events; `before` begins the next, older ones."""

    events: Sequence[Event]
    before: int | None


@dataclass(frozen=True)
class _Seen:
    """The events that are asked for."""

    actor: Actor
    agency_id: int | None
    conditions: Sequence[ColumnElement[bool]]

    @property
    def agencies(self) -> Select[int] | None:
        """Those of which they must be; None for every one, and none."""
        if self.agency_id is not None:
            return inside(self.agency_id).where(scope(self.actor, Action.AUDIT))
        return None if self.actor.is_system else select(Agency.id).where(scope(self.actor, Action.AUDIT))

    def events(self, limit: int, *more: ColumnElement[bool]) -> Select[int]:
        """Select the newest ids; whether an event's agency is one's own is asked event by event, not of all at once."""
        if self.agencies is None:
            return _newest(*self.conditions, *more, limit=limit)
        own = self.agencies.with_only_columns(true()).where(Agency.id == AuditEvent.agency_id).limit(1)
        return _newest(*self.conditions, *more, own.correlate(AuditEvent).scalar_subquery().is_(True), limit=limit)


def _newest(*conditions: ColumnElement[bool], limit: int) -> Select[int]:
    """Select the newest ids of events."""
    return select(AuditEvent.id).where(*conditions).order_by(AuditEvent.id.desc()).limit(limit)


def trail(  # noqa: PLR0913 - each choice narrows the list
    session: Session,
    actor: Actor,
    agency_id: int | None = None,
    before: int | None = None,
    *,
    limit: int = 50,
    action: str | None = None,
    subject: str | None = None,
    account_id: int | None = None,
) -> Trail:
    """List events of agencies over which the actor is auditor; those of no agency only the operator's shell reads.

    `account_id` takes what that person did and what was done to them.
    """
    if not actor.is_system and session.scalar(roots_for(actor, Action.AUDIT).limit(1)) is None:
        raise NotAllowed
    conditions = [
        *([AuditEvent.action == action] if action else []),
        *([AuditEvent.subject == subject] if subject else []),
        *([AuditEvent.id < before] if before is not None else []),
    ]
    seen = _Seen(actor, agency_id, conditions)
    many = limit + 1
    ids = _ids(session, seen, many) if account_id is None else _ids_about(session, seen, many, account_id)
    rows = session.execute(
        select(AuditEvent, Agency)
        .outerjoin(Agency, Agency.id == AuditEvent.agency_id)
        .where(AuditEvent.id.in_(ids))
        .order_by(AuditEvent.id.desc())
    ).all()
    shown = [(event, agency) for event, agency in rows[:limit]]
    names = _names(session, [event for event, _ in shown])
    events = [_event(event, agency, names) for event, agency in shown]
    return Trail(events, events[-1].id if len(rows) > limit else None)


def _ids(session: Session, seen: _Seen, limit: int) -> Select[int]:
    """Select the ids of the newest events: agency by agency where these are few, else back from the last event."""
    if seen.agencies is None or reach(session, seen.actor, Action.AUDIT, seen.agency_id).agencies > FEW_AGENCIES:
        return seen.events(limit)
    agency = seen.agencies.subquery("agency")
    newest = _newest(AuditEvent.agency_id == agency.c.id, *seen.conditions, limit=limit)
    each = newest.correlate(agency).lateral("newest")
    return select(each.c.id).select_from(agency.join(each, true())).order_by(each.c.id.desc()).limit(limit)


def _ids_about(session: Session, seen: _Seen, limit: int, account_id: int) -> Select[int]:
    """Select the ids of the newest events of what somebody did, and of what was done to them."""
    account = session.get_one(Account, account_id)
    official = session.get_one(Official, account.official_id)
    concerned = (
        AuditEvent.actor_account_id == account_id,
        AuditEvent.subject == f"account:{account.number}",
        AuditEvent.subject == f"official:{official.public_id}",
    )
    # One after the other, each with an index of its own, and not `OR`, for which there is none.
    found = union(*(select(seen.events(limit, each).subquery().c.id) for each in concerned)).subquery()
    return select(found.c.id).order_by(found.c.id.desc()).limit(limit)


def _event(event: AuditEvent, agency: Agency | None, names: dict[str, tuple[str, str]]) -> Event:
    """Give one event with names."""
    number, name = names.get(f"#{event.actor_account_id}", (None, None))
    return Event(
        id=event.id,
        at=event.at,
        actor_name=name,
        actor_number=number,
        source=event.source,
        action=event.action,
        subject=event.subject,
        subject_name=names.get(event.subject, (None, None))[1],
        agency_name=agency.name if agency else None,
        agency_public_id=agency.public_id if agency else None,
        detail=event.detail,
    )


def _names(session: Session, events: Sequence[AuditEvent]) -> dict[str, tuple[str, str]]:
    """Give account number and name of who acted (`#<id>`) and of subjects; agencies and mailboxes have only a name."""
    actors = {event.actor_account_id for event in events} - {None}
    subjects = {event.subject.partition(":")[0::2] for event in events}
    numbers = {rest for kind, rest in subjects if kind == "account"}
    publics = {rest for kind, rest in subjects if kind == "official"}
    known = select(Account.id, Account.number, Official.public_id, Official.full_name).select_from(Official)
    # One after the other, each with an index of its own: for `OR` over two tables there is none.
    rows = session.execute(
        union(
            known.join(Account, Account.official_id == Official.id).where(Account.id.in_(actors)),
            known.join(Account, Account.official_id == Official.id).where(Account.number.in_(numbers)),
            known.outerjoin(Account, Account.official_id == Official.id).where(Official.public_id.in_(publics)),
        )
    )
    found: dict[str, tuple[str, str]] = {}
    for account_id, number, public_id, name in rows:
        found[f"official:{public_id}"] = (number, name)
        if number is not None:
            found |= {f"#{account_id}": (number, name), f"account:{number}": (number, name)}
    for kind, table in (("agency", Agency), ("group", Agency), ("mailbox", Mailbox), ("mailing_list", MailingList)):
        keys = {rest for each, rest in subjects if each == kind}
        named = select(table.public_id, table.name).where(table.public_id.in_(keys))
        found |= {f"{kind}:{key}": ("", name) for key, name in session.execute(named)} if keys else {}
    # The book names a domain by what it is called.
    return found | {f"domain:{name}": ("", name) for kind, name in subjects if kind == "domain"}

"""The audit as auditors read it: the events of their agencies, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency, inside
from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import NotAllowed
from directory.grants import Action, roots_for, scope
from directory.mailboxes import Mailbox
from directory.officials import Official


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
    wanted = select(AuditEvent, Agency).outerjoin(Agency, Agency.id == AuditEvent.agency_id)
    if not actor.is_system:
        wanted = wanted.where(scope(actor, Action.AUDIT))
    if agency_id is not None:
        wanted = wanted.where(Agency.id.in_(inside(agency_id)))
    if action:
        wanted = wanted.where(AuditEvent.action == action)
    if subject:
        wanted = wanted.where(AuditEvent.subject == subject)
    if account_id is not None:
        wanted = wanted.where(or_(AuditEvent.actor_account_id == account_id, _is_about(session, account_id)))
    if before is not None:
        wanted = wanted.where(AuditEvent.id < before)
    rows = session.execute(wanted.order_by(AuditEvent.id.desc()).limit(limit + 1)).all()
    shown = [(event, agency) for event, agency in rows[:limit]]
    names = _names(session, [event for event, _ in shown])
    events = [_event(event, agency, names) for event, agency in shown]
    return Trail(events, events[-1].id if len(rows) > limit else None)


def _is_about(session: Session, account_id: int) -> ColumnElement[bool]:
    """Give the condition that an event is about an account or its official."""
    account = session.get_one(Account, account_id)
    official = session.get_one(Official, account.official_id)
    return AuditEvent.subject.in_((f"account:{account.number}", f"official:{official.public_id}"))


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
    rows = session.execute(
        select(Account.id, Account.number, Official.public_id, Official.full_name)
        .select_from(Official)
        .outerjoin(Account, Account.official_id == Official.id)
        .where(Account.id.in_(actors) | Account.number.in_(numbers) | Official.public_id.in_(publics))
    )
    found: dict[str, tuple[str, str]] = {}
    for account_id, number, public_id, name in rows:
        found[f"official:{public_id}"] = (number, name)
        if number is not None:
            found |= {f"#{account_id}": (number, name), f"account:{number}": (number, name)}
    for kind, table in (("agency", Agency), ("mailbox", Mailbox)):
        keys = {rest for each, rest in subjects if each == kind}
        named = select(table.public_id, table.name).where(table.public_id.in_(keys))
        found |= {f"{kind}:{key}": ("", name) for key, name in session.execute(named)} if keys else {}
    return found

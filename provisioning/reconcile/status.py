"""How the entries are: what waits, what fails and why; and the verb that tries again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from directory import audit
from directory.agencies import Agency
from directory.base import Actor
from directory.due import TABLES, Due, Subject, mark
from directory.errors import NotAllowed, NotFound
from directory.grants import Action, roots_for, scope
from provisioning.reconcile.subjects import named
from provisioning.reconcile.tables import EntryStatus

PAGE = 50


@dataclass(frozen=True)
class Overview:
    """The figures of the agencies that somebody looks after."""

    due: int
    urgent: int
    oldest: datetime | None
    retrying: int
    refused: int


@dataclass(frozen=True)
class Line:
    """One subject that waits or fails."""

    subject: str
    ref: str
    name: str
    person: str | None
    agency: str
    state: str
    """`waiting`, `retry` or `refused`."""
    since: datetime
    attempts: int = 0
    reason: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """Whether one subject's entry shows what the book says: `real`, `waiting`, `retry` or `refused`."""

    state: str
    since: datetime | None = None
    reason: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


def overview(session: Session, actor: Actor) -> Overview:
    """Count what waits and what fails."""
    if session.scalar(roots_for(actor, Action.PROVISIONING).limit(1)) is None:
        raise NotAllowed
    waiting = _mine(named(Due, actor.today, Due.urgent, Due.since), actor).subquery()
    due, urgent, oldest = session.execute(
        select(func.count(), func.count().filter(waiting.c.urgent), func.min(waiting.c.since)).select_from(waiting)
    ).one()
    open_ = _mine(named(EntryStatus, actor.today, EntryStatus.state), actor).where(EntryStatus.state != "ok").subquery()
    retrying, refused = session.execute(
        select(
            func.count().filter(open_.c.state == "retry"), func.count().filter(open_.c.state == "refused")
        ).select_from(open_)
    ).one()
    return Overview(due, urgent, oldest, retrying, refused)


def refused(session: Session, actor: Actor) -> int:
    """Count the entries that somebody must look at, without looking at all that waits."""
    found = _mine(named(EntryStatus, actor.today, EntryStatus.state), actor).where(EntryStatus.state == "refused")
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def failing(session: Session, actor: Actor, limit: int = PAGE) -> list[Line]:
    """List what could not be made real: first what a person must look at, the newest first."""
    query = _mine(named(EntryStatus, actor.today, EntryStatus), actor).where(EntryStatus.state != "ok")
    rows = session.execute(query.order_by(EntryStatus.state, EntryStatus.at.desc()).limit(limit))
    return [
        Line(
            row.subject,
            row.ref,
            row.name,
            row.person,
            row.agency,
            row.EntryStatus.state,
            row.EntryStatus.at,
            row.EntryStatus.attempts,
            row.EntryStatus.reason,
            row.EntryStatus.fields,
        )
        for row in rows
    ]


def waiting(session: Session, actor: Actor, limit: int = PAGE) -> list[Line]:
    """List what waits, in the order in which it is taken."""
    rows = session.execute(
        _mine(named(Due, actor.today, Due.since), actor).order_by(Due.urgent.desc(), Due.since).limit(limit)
    )
    return [Line(row.subject, row.ref, row.name, row.person, row.agency, "waiting", row.since) for row in rows]


def standing(session: Session, subject: Subject, ids: Iterable[int]) -> dict[int, Standing]:
    """Say of many subjects whether their entries show what the book says; who may know is the caller's rule."""
    wanted = list(ids)
    since = dict(
        session.execute(
            select(Due.subject_id, Due.since).where(Due.subject == subject, Due.subject_id.in_(wanted))
        ).all()
    )
    found = {
        status.subject_id: status
        for status in session.scalars(
            select(EntryStatus).where(EntryStatus.subject == subject, EntryStatus.subject_id.in_(wanted))
        )
    }
    return {each: _standing(found.get(each), since.get(each)) for each in wanted}


def try_again(session: Session, actor: Actor, refs: Sequence[tuple[str, str]]) -> None:
    """Mark subjects due again, by the ids that pages show; those outside one's agencies are not found."""
    wanted = set(refs)
    rows = [
        row
        for subject in sorted({subject for subject, _ in wanted})
        for row in _found(session, actor, subject, {ref for each, ref in wanted if each == subject})
    ]
    if len(rows) < len(wanted):
        raise NotFound
    for row in rows:
        audit.record(session, actor, "entry.retried", f"{row.subject}:{row.ref}", row.agency_id)
    for subject in TABLES:
        mark(session, actor, subject, [row.subject_id for row in rows if row.subject == subject])


def _found(session: Session, actor: Actor, subject: str, refs: set[str]) -> list[Row[*tuple[Any, ...]]]:
    """Find subjects that were tried before, within one's agencies."""
    tried = _mine(named(EntryStatus, actor.today, Agency.id.label("agency_id")), actor)
    rows = tried.where(EntryStatus.subject == subject).subquery()
    return list(session.execute(select(rows).where(rows.c.ref.in_(refs))))


def _standing(status: EntryStatus | None, since: datetime | None) -> Standing:
    """Judge one subject by its latest try and by what waits."""
    if status is not None and status.state != "ok" and (since is not None or status.state == "refused"):
        return Standing(status.state, since or status.at, status.reason, status.fields)
    if since is not None or status is None:
        return Standing("waiting", since)
    return Standing("real", status.at)


def _mine(query: Select[*tuple[Any, ...]], actor: Actor) -> Select[Any]:
    """Narrow a query to the agencies whose provisioning somebody looks after."""
    return query.where(scope(actor, Action.PROVISIONING))

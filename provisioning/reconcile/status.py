"""How the entries are: what waits, what fails and why; and the verbs that try again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select, union_all
from sqlalchemy.orm import Session, aliased

from directory import audit
from directory.agencies import Agency
from directory.base import Actor
from directory.desired.values import Key
from directory.domains import Domain
from directory.due import TABLES, Due, Subject, mark
from directory.errors import NotAllowed, NotFound
from directory.grants import Action, roots_for, scope
from directory.targets import DEFAULT
from provisioning.reconcile.marks import batches
from provisioning.reconcile.subjects import among, named, reached, sees_all
from provisioning.reconcile.tables import Drift, EntryStatus, TargetStatus, is_asked

PAGE = 50
AT_ONCE = 5000
"""Subjects that are in memory at once."""
SHOWN = 5
"""Lines shown of each cause."""
SOON = timedelta(minutes=1)
"""Within this time a disable is written, as a rule."""
COUNTED = 10_000
"""What is more than this is not counted: a page is not kept waiting by what waits."""


@dataclass(frozen=True)
class Overview:
    """The figures of the agencies that somebody looks after, each counted up to `COUNTED`."""

    due: int
    urgent: int
    oldest: datetime | None


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
class Cause:
    """Why some entries could not be made real."""

    reason: str
    """English message id."""
    state: str
    """`retry` or `refused`."""
    number: int
    since: datetime
    lines: Sequence[Line]
    """The newest of them."""


@dataclass(frozen=True)
class Standing:
    """Whether one subject's entry shows what the book says: `real`, `waiting`, `retry` or `refused`."""

    state: str
    since: datetime | None = None
    reason: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    away_since: datetime | None = None
    """Since when the LDAP server that it waits for does not work, or is kept still."""
    is_asked: bool = False
    """Somebody else changed the entry, and a person is to say which is right."""

    def may_let_in(self, now: datetime) -> bool:
        """Say whether whoever is shut out in the book may still get into mail, and that not for a moment only."""
        if self.state == "waiting":
            return self.away_since is not None or (self.since is not None and self.since < now - SOON)
        return self.state == "retry"


def overview(session: Session, actor: Actor) -> Overview:
    """Count what waits and what fails, each up to `COUNTED`."""
    if session.scalar(roots_for(actor, Action.PROVISIONING).limit(1)) is None:
        raise NotAllowed
    due = reached(session, actor, Due)
    waiting = _mine(named(due, actor.today, due.urgent, due.since), actor).limit(COUNTED + 1).subquery()
    number, urgent, oldest = session.execute(
        select(func.count(), func.count().filter(waiting.c.urgent), func.min(waiting.c.since)).select_from(waiting)
    ).one()
    if number > COUNTED and sees_all(session, actor):
        urgent = _urgent(session)
        oldest = _oldest(session)
    return Overview(number, urgent, oldest)


def _urgent(session: Session) -> int:
    """Count what is urgent among what waits, up to `COUNTED`: it stands together in an index."""
    urgent = (
        select(Due.subject_id).where(Due.target == name, Due.urgent).limit(COUNTED + 1).subquery()
        for name in _targets(session)
    )
    return sum(session.scalar(select(func.count()).select_from(each)) or 0 for each in urgent)


def _oldest(session: Session) -> datetime | None:
    """Find since when something has waited longest, by two looks into an index for each target."""
    found = (
        session.scalar(select(func.min(Due.since)).where(Due.target == name, Due.urgent == is_urgent))
        for name in _targets(session)
        for is_urgent in (False, True)
    )
    return min((since for since in found if since is not None), default=None)


def refused(session: Session, actor: Actor) -> int:
    """Count the entries that somebody must look at, up to `COUNTED`, without looking at all that waits."""
    tried = reached(session, actor, EntryStatus, EntryStatus.state == "refused")
    found = _mine(named(tried, actor.today), actor).limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def causes(session: Session, actor: Actor, shown: int = SHOWN) -> list[Cause]:
    """Give why entries could not be made real: first what a person must look at, what concerns most first."""
    tried = reached(session, actor, EntryStatus, EntryStatus.state != "ok")
    columns = (tried.state, tried.at, tried.attempts, tried.reason, tried.fields)
    some = _mine(named(tried, actor.today, *columns), actor).limit(COUNTED + 1).subquery()
    kinds = session.execute(
        select(some.c.state, some.c.reason, func.count().label("number"), func.min(some.c.at).label("since"))
        .group_by(some.c.state, some.c.reason)
        .order_by(some.c.state == "retry", func.count().desc(), some.c.reason)
    ).all()
    place = func.row_number().over(partition_by=(some.c.state, some.c.reason), order_by=some.c.at.desc())
    placed = select(some, place.label("place")).subquery()
    lines: dict[tuple[str, str | None], list[Line]] = defaultdict(list)
    for row in session.execute(select(placed).where(placed.c.place <= shown).order_by(placed.c.place)):
        lines[row.state, row.reason].append(_failed(row))
    return [
        Cause(each.reason or "", each.state, each.number, each.since, lines[each.state, each.reason]) for each in kinds
    ]


def waiting(session: Session, actor: Actor, limit: int = PAGE) -> list[Line]:
    """List what waits, in the order in which it is taken."""
    if sees_all(session, actor):
        # Target by target there is an index in this order: of millions only the first are read.
        first = (
            select(Due).where(Due.target == name).order_by(Due.urgent.desc(), Due.since).limit(limit).subquery()
            for name in _targets(session)
        )
        due = aliased(Due, union_all(*(select(each) for each in first)).subquery())
    else:
        due = reached(session, actor, Due)
    rows = session.execute(
        _mine(named(due, actor.today, due.since), actor).order_by(due.urgent.desc(), due.since).limit(limit)
    )
    return [Line(row.subject, row.ref, row.name, row.person, row.agency, "waiting", row.since) for row in rows]


def _targets(session: Session) -> set[str]:
    """Give the targets for which something may wait."""
    return {DEFAULT, *session.scalars(select(TargetStatus.name)), *session.scalars(select(Domain.target).distinct())}


def standing(session: Session, subject: Subject, ids: Iterable[int]) -> dict[int, Standing]:
    """Say of many subjects whether their entries show what the book says; who may know is the caller's rule."""
    wanted = list(ids)
    rows = session.execute(
        select(Due.subject_id, Due.since, func.coalesce(TargetStatus.failing_since, TargetStatus.maintenance_since))
        .outerjoin(TargetStatus, TargetStatus.name == Due.target)
        .where(Due.subject == subject, Due.subject_id.in_(wanted))
    )
    since = {subject_id: (waits, away) for subject_id, waits, away in rows}
    found = {
        status.subject_id: status
        for status in session.scalars(
            select(EntryStatus).where(EntryStatus.subject == subject, EntryStatus.subject_id.in_(wanted))
        )
    }
    of_these = (Drift.subject == subject, Drift.subject_id.in_(wanted))
    asked = set(session.scalars(select(Drift.subject_id).where(is_asked(), *of_these)))
    standings = {each: _standing(found.get(each), *since.get(each, (None, None))) for each in wanted}
    return {each: replace(one, is_asked=each in asked) for each, one in standings.items()}


def try_again(session: Session, actor: Actor, refs: Sequence[tuple[str, str]]) -> None:
    """Mark subjects due again, by the ids that pages show; those outside one's agencies are not found."""
    _retry(session, actor, tried(session, actor, refs))


def tried(session: Session, actor: Actor, refs: Iterable[tuple[str, str]]) -> list[Row[*tuple[Any, ...]]]:
    """Find subjects tried before, by the ids that pages show; those outside one's agencies are not found."""
    wanted = set(refs)
    rows = [
        row
        for subject in sorted({subject for subject, _ in wanted})
        for row in _found(session, actor, subject, {ref for each, ref in wanted if each == subject})
    ]
    if len(rows) < len(wanted):
        raise NotFound
    return rows


def try_all_again(session: Session, actor: Actor, reason: str) -> int:
    """Mark due again what fails for a reason, in one's agencies; gives how many, at most `COUNTED` at once."""
    if session.scalar(roots_for(actor, Action.PROVISIONING).limit(1)) is None:
        raise NotAllowed
    failing = reached(session, actor, EntryStatus, EntryStatus.state != "ok", EntryStatus.reason == reason)
    rows = session.execute(_mine(named(failing, actor.today, Agency.id.label("agency_id")), actor).limit(COUNTED)).all()
    if rows:
        _retry(session, actor, rows)
    return len(rows)


def mark_unsettled(session: Session, actor: Actor, keys: Iterable[Key]) -> None:
    """Mark due those subjects that never became real or failed, and for which nothing waits: they are tried again."""
    for some in batches(keys, AT_ONCE):
        settled: set[Key] = set()
        for statement in (
            select(Due.subject, Due.subject_id).where(among(Due, some)),
            select(EntryStatus.subject, EntryStatus.subject_id).where(
                EntryStatus.state == "ok", among(EntryStatus, some)
            ),
        ):
            settled.update((subject, subject_id) for subject, subject_id in session.execute(statement))
        for subject in TABLES:
            mark(session, actor, subject, [key[1] for key in some if key[0] == subject and key not in settled])


def _retry(session: Session, actor: Actor, rows: Sequence[Row[*tuple[Any, ...]]]) -> None:
    """Mark subjects due, and say who did."""
    for subject in TABLES:
        mark(session, actor, subject, [row.subject_id for row in rows if row.subject == subject])
    told: list[tuple[str, int | None, dict[str, object]]]
    told = [(f"{row.subject}:{row.ref}", row.agency_id, {}) for row in rows]
    audit.record_all(session, actor, "entry.retried", told)


def _found(session: Session, actor: Actor, subject: str, refs: set[str]) -> list[Row[*tuple[Any, ...]]]:
    """Find subjects that were tried before, within one's agencies."""
    known = _mine(named(EntryStatus, actor.today, Agency.id.label("agency_id")), actor)
    rows = known.where(EntryStatus.subject == subject).subquery()
    return list(session.execute(select(rows).where(rows.c.ref.in_(refs))))


def _failed(row: Row[*tuple[Any, ...]]) -> Line:
    """Put together what is shown of a subject that fails."""
    return Line(
        subject=row.subject,
        ref=row.ref,
        name=row.name,
        person=row.person,
        agency=row.agency,
        state=row.state,
        since=row.at,
        attempts=row.attempts,
        reason=row.reason,
        fields=row.fields,
    )


def _standing(status: EntryStatus | None, since: datetime | None, away_since: datetime | None) -> Standing:
    """Judge one subject by its latest try, by what waits, and by the server that it waits for."""
    if status is not None and status.state != "ok" and (since is not None or status.state == "refused"):
        return Standing(status.state, since or status.at, status.reason, status.fields, away_since)
    if since is not None or status is None:
        return Standing("waiting", since, away_since=away_since)
    return Standing("real", status.at)


def _mine(query: Select[*tuple[Any, ...]], actor: Actor) -> Select[Any]:
    """Narrow a query to the agencies whose provisioning somebody looks after."""
    return query.where(scope(actor, Action.PROVISIONING))

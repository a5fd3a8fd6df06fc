"""Drift as somebody sees it who looks after agencies: what others did to their entries, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, tuple_
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Actor
from directory.desired.values import Key
from directory.errors import DirectoryError, NotAllowed, NotFound
from directory.grants import Action, roots_for, scope
from directory.lifecycle import Change, change
from provisioning.reconcile.preview import Difference
from provisioning.reconcile.rules import full_name
from provisioning.reconcile.settling import overtake, restore_all, tell_taken
from provisioning.reconcile.status import tried
from provisioning.reconcile.subjects import among, named
from provisioning.reconcile.tables import Drift, ForeignEntry, is_asked

SHOWN = 50


class NoFullName(DirectoryError):
    """The LDAP server does not say one full name for {name}. Correct the record in the directory, or write the entry
    anew.
    """


@dataclass(frozen=True)
class Line:
    """One subject that differs, as a page shows it."""

    subject: str
    ref: str
    name: str
    person: str | None
    agency: str
    kind: str
    differences: Sequence[Difference]
    found_at: datetime
    name_there: str | None = None
    """The name that the directory would take over, if somebody says so."""


@dataclass(frozen=True)
class Drifts:
    """The differences that wait for a decision in somebody's agencies: how many there are, and the first of them."""

    held: int
    """So many at once that nothing was written by itself."""
    missing: int
    """Those among them whose entries are gone."""
    asked: int
    """Questions about some attributes."""
    ahead: int
    """Entries that show more than the directory knows."""
    first_held: Sequence[Line]
    first_asked: Sequence[Line]
    first_ahead: Sequence[Line]


def drifts(session: Session, actor: Actor, limit: int = SHOWN) -> Drifts:
    """Give the differences that wait for a decision in somebody's agencies."""
    counts = _mine(actor, Drift.kind, is_asked().label("is_asked")).subquery()
    held, missing, asked, ahead = session.execute(
        select(
            func.count().filter(~counts.c.is_asked, counts.c.kind != "ahead"),
            func.count().filter(counts.c.kind == "missing"),
            func.count().filter(counts.c.is_asked),
            func.count().filter(counts.c.kind == "ahead"),
        )
    ).one()
    lines = _mine(actor, Drift).order_by(Drift.found_at, Drift.subject, Drift.subject_id).limit(limit)
    first = [
        [_line(row) for row in session.execute(lines.where(*condition))] if number else []
        for number, condition in ((held, _HELD), (asked, (is_asked(),)), (ahead, (Drift.kind == "ahead",)))
    ]
    return Drifts(held, missing, asked, ahead, *first)


def restore(session: Session, actor: Actor, refs: Sequence[tuple[str, str]] | None) -> int:
    """Make entries right again, by the ids that pages show, or all that were too many at once (None); those outside
    one's agencies are not found, and what was settled meanwhile is left alone. Gives how many.
    """
    if session.scalar(roots_for(actor, Action.PROVISIONING).limit(1)) is None:
        raise NotAllowed
    later: dict[Key, int] = {}
    if refs is None:
        keys = [_key(row) for row in session.execute(_mine(actor).where(*_HELD))]
    else:
        rows = _found(session, actor, refs)
        keys = [_key(row) for row in rows]
        later = {_key(row): _revision(row.Drift) for row in rows if row.Drift.kind == "ahead"}
    _forget(session, keys)
    overtake(session, later)
    restore_all(session, actor, keys)
    return len(keys)


def take_over(session: Session, actor: Actor, refs: Sequence[tuple[str, str]]) -> int:
    """Take the names that others wrote into the records of officials, as they were shown; what was settled meanwhile
    is left alone. Gives how many.
    """
    found = _found(session, actor, refs)
    rows = [row for row in found if row.Drift.asked]
    if len(rows) < len(found):
        raise NotFound
    ids = [row.subject_id for row in rows]
    officials = dict(session.execute(select(Account.id, Account.official_id).where(Account.id.in_(ids))).all())
    changes = []
    for place, row in enumerate(rows):
        if (name := _line(row).name_there) is None:
            raise NoFullName(row=place, name=row.name)
        changes.append(Change(officials[row.subject_id], {"full_name": name}))
    keys = [_key(row) for row in rows]
    _forget(session, keys)
    change(session, actor, changes)
    tell_taken(session, actor, keys)
    return len(keys)


def foreign(session: Session, actor: Actor, limit: int = SHOWN) -> tuple[int, list[str]]:
    """Count the entries that are nobody's, and list the first of them: for those who found agencies at the top."""
    tops = select(Agency.id).where(Agency.parent_id.is_(None), scope(actor, Action.AGENCY))
    if not actor.is_system and session.scalar(tops.limit(1)) is None:
        return 0, []
    total = session.scalar(select(func.count()).select_from(ForeignEntry)) or 0
    return total, list(session.scalars(select(ForeignEntry.path).order_by(ForeignEntry.path).limit(limit)))


_HELD = (~is_asked(), Drift.kind != "ahead")
"""The conditions of a drift that waits because there were so many at once."""


def _mine(actor: Actor, *columns: Any) -> Any:  # noqa: ANN401 - columns of any kind
    """Select the drifts of the agencies whose provisioning somebody looks after."""
    return named(Drift, actor.today, *columns).where(scope(actor, Action.PROVISIONING))


def _found(session: Session, actor: Actor, refs: Sequence[tuple[str, str]]) -> list[Row[*tuple[Any, ...]]]:
    """Find the drifts that a page names, but for those that were settled since it was shown."""
    mine = _mine(actor, Drift)
    shown = _mine(actor).subquery()
    chosen = select(shown.c.subject, shown.c.subject_id).where(tuple_(shown.c.subject, shown.c.ref).in_(list(refs)))
    rows = list(session.execute(mine.where(tuple_(Drift.subject, Drift.subject_id).in_(chosen))))
    tried(session, actor, set(refs) - {(row.subject, row.ref) for row in rows})
    return rows


def _forget(session: Session, keys: Sequence[Key]) -> None:
    """Take away drifts that somebody decided on; before their subjects are marked, as a scan does it."""
    session.execute(delete(Drift).where(among(Drift, keys)))


def _revision(drift: Drift) -> int:
    """Give the revision that an entry showed which was ahead."""
    return int(drift.differences["entries"][0]["before"]["cvRevision"][0])


def _key(row: Row[*tuple[Any, ...]]) -> Key:
    return row.subject, row.subject_id


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    """Put together what is shown of one drift."""
    drift: Drift = row.Drift
    differences = [Difference(**each) for each in drift.differences["entries"]]
    return Line(
        subject=row.subject,
        ref=row.ref,
        name=row.name,
        person=row.person,
        agency=row.agency,
        kind=drift.kind,
        differences=differences,
        found_at=drift.found_at,
        name_there=full_name(differences[0].before) if drift.asked else None,
    )

"""Drift: what somebody else did to our entries, what is done about it, and the verb that makes them right again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.orm import Session

from directory import audit
from directory.agencies import Agency
from directory.base import Actor, insert_all
from directory.desired.values import Key
from directory.due import TABLES, mark
from directory.errors import NotAllowed, NotFound
from directory.grants import Action, roots_for, scope
from directory.targets import DEFAULT
from provisioning.ports import Change, Delete, Modify, Observed
from provisioning.reconcile.preview import Difference, difference
from provisioning.reconcile.subjects import named
from provisioning.reconcile.tables import Drift, EntryStatus, ForeignEntry, Scan

SHOWN = 50
LEAST, MOST, SHARE = 10, 500, 0.02
"""A scan that would shut or make anew more than min(500, max(10, 2 %)) of the entries does nothing by itself."""


@dataclass(frozen=True)
class Finding:
    """A subject that differs: what would make it right, and what is there now."""

    key: Key
    revision: int
    plan: Sequence[Change]
    seen: Observed | None
    is_ahead: bool = False
    """Whether the entry shows a later revision than the book knows: the book has lost changes, perhaps a disable."""

    @property
    def is_weighty(self) -> bool:
        """Whether putting it right shuts or removes something, or makes anew what was removed."""
        return self.seen is None or any(
            isinstance(each, Delete)
            or (isinstance(each, Modify) and each.replace.get("cvState", ("active",)) != ("active",))
            for each in self.plan
        )


@dataclass(frozen=True)
class Settled:
    """What was done about the findings of a scan."""

    restored: int
    asked: int
    is_held: bool


def limit_of(entries: int) -> int:
    """Give how many weighty changes may be made without a person, of so many entries."""
    return min(MOST, max(LEAST, int(entries * SHARE)))


def settle(
    session: Session,
    actor: Actor,
    kind: str,
    findings: Sequence[Finding],
    foreign: Iterable[str],
    target: str = DEFAULT,
) -> Settled:
    """Let the engine put right what differs; so much at once that something must be wrong waits for a person.

    A subject that became due meanwhile is no finding: the engine is about to write it.
    """
    right = select(func.count()).where(EntryStatus.state == "ok", EntryStatus.target == target)
    known = session.scalar(right) or 0
    is_held = sum(each.is_weighty for each in findings) > limit_of(known)
    current = _still(session, findings)
    found_anew = Drift.target == target if kind == "full" else _KEY.in_([each.key for each in findings])
    session.execute(delete(Drift).where(found_anew))
    # What is ahead is a person's to decide: to write it anew could open what was shut.
    kept = [each for each in current if is_held or each.is_ahead]
    restored = [each.key for each in current if not is_held and not each.is_ahead]
    _keep(session, actor, kept, target)
    _restore(session, actor, restored)
    if kind == "full":
        session.execute(delete(ForeignEntry).where(ForeignEntry.target == target))
    if rows := [{"target": target, "path": path, "found_at": actor.now} for path in foreign]:
        session.execute(insert_all(ForeignEntry, rows).on_conflict_do_nothing())
    return Settled(len(restored), len(kept), is_held)


_KEY = tuple_(Drift.subject, Drift.subject_id)
_CURRENT = text(
    "SELECT found.subject, found.id FROM unnest(CAST(:subjects AS text[]), CAST(:ids AS bigint[]),"
    " CAST(:revisions AS bigint[])) AS found (subject, id, revision)"
    " JOIN entry_status AS status ON (status.subject, status.subject_id) = (found.subject, found.id)"
    " WHERE status.state = 'ok' AND status.applied_revision = found.revision AND NOT EXISTS ("
    "  SELECT FROM due WHERE (due.subject, due.subject_id) = (found.subject, found.id))"
)


def _still(session: Session, findings: Sequence[Finding]) -> list[Finding]:
    """Leave out what the engine is about to write, or has written since it was looked at."""
    columns = {
        "subjects": [each.key[0] for each in findings],
        "ids": [each.key[1] for each in findings],
        "revisions": [each.revision for each in findings],
    }
    current = {(subject, subject_id) for subject, subject_id in session.execute(_CURRENT, columns)}
    return [each for each in findings if each.key in current]


def _keep(session: Session, actor: Actor, findings: Sequence[Finding], target: str) -> None:
    """Write down what differs, for a person to decide on."""
    rows = [
        {
            "subject": each.key[0],
            "subject_id": each.key[1],
            "kind": "missing" if each.seen is None else "changed",
            "differences": {"entries": [asdict(difference(change, each.seen)) for change in each.plan]},
            "found_at": actor.now,
            "target": target,
        }
        for each in findings
    ]
    if rows:
        session.execute(insert_all(Drift, rows))


def _restore(session: Session, actor: Actor, keys: Sequence[Key]) -> None:
    """Have the engine write subjects anew, and say so in the audit of whose they are."""
    for subject in TABLES:
        mark(session, actor, subject, [subject_id for each, subject_id in keys if each == subject])
    rows = session.execute(
        named(EntryStatus, actor.today, Agency.id.label("agency_id")).where(
            tuple_(EntryStatus.subject, EntryStatus.subject_id).in_(list(keys))
        )
    )
    for row in rows:
        audit.record(session, actor, "entry.restored", f"{row.subject}:{row.ref}", row.agency_id)


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


def drifts(session: Session, actor: Actor, limit: int = SHOWN) -> tuple[int, list[Line]]:
    """Count the differences that wait for a decision in somebody's agencies, and list the first of them."""
    mine = _mine(actor, Drift.kind, Drift.differences, Drift.found_at)
    total = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    rows = session.execute(mine.order_by(Drift.found_at, Drift.subject, Drift.subject_id).limit(limit))
    return total, [
        Line(
            row.subject,
            row.ref,
            row.name,
            row.person,
            row.agency,
            row.kind,
            [Difference(**each) for each in row.differences["entries"]],
            row.found_at,
        )
        for row in rows
    ]


def restore(session: Session, actor: Actor, refs: Sequence[tuple[str, str]] | None) -> int:
    """Make entries right again, by the ids that pages show, or all that wait (None); those outside one's agencies
    are not found. Gives how many.
    """
    if session.scalar(roots_for(actor, Action.PROVISIONING).limit(1)) is None:
        raise NotAllowed
    mine = _mine(actor).subquery()
    query = select(mine.c.subject, mine.c.subject_id)
    if refs is not None:
        query = query.where(tuple_(mine.c.subject, mine.c.ref).in_(list(refs)))
    keys = [(subject, subject_id) for subject, subject_id in session.execute(query)]
    if refs is not None and len(keys) < len(set(refs)):
        raise NotFound
    _restore(session, actor, keys)
    session.execute(delete(Drift).where(_KEY.in_(keys)))
    return len(keys)


def foreign(session: Session, actor: Actor, limit: int = SHOWN) -> tuple[int, list[str]]:
    """Count the entries that are nobody's, and list the first of them: for those who found agencies at the top."""
    tops = select(Agency.id).where(Agency.parent_id.is_(None), scope(actor, Action.AGENCY))
    if not actor.is_system and session.scalar(tops.limit(1)) is None:
        return 0, []
    total = session.scalar(select(func.count()).select_from(ForeignEntry)) or 0
    return total, list(session.scalars(select(ForeignEntry.path).order_by(ForeignEntry.path).limit(limit)))


def scans(session: Session) -> dict[str, Scan]:
    """Give the latest scan of each kind in the default target."""
    return {scan.kind: scan for scan in session.scalars(select(Scan).where(Scan.target == DEFAULT))}


def _mine(actor: Actor, *columns: Any) -> Any:  # noqa: ANN401 - columns of any kind
    """Select the drifts of the agencies whose provisioning somebody looks after."""
    return named(Drift, actor.today, *columns).where(scope(actor, Action.PROVISIONING))

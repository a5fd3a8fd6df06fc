"""Settling what a scan has found: what is written anew, what the book takes over, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from directory import audit
from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.base import Actor, any_of, insert_all
from directory.desired import Wanted
from directory.desired.values import Key
from directory.due import TABLES, Due, mark
from directory.lifecycle import Change as RecordChange
from directory.lifecycle import change
from provisioning.ports import Change, Delete, Modify, Observed
from provisioning.reconcile.changes import is_ahead
from provisioning.reconcile.marks import Marks, batches
from provisioning.reconcile.preview import difference
from provisioning.reconcile.rules import Answers, answers
from provisioning.reconcile.subjects import among, named
from provisioning.reconcile.tables import Drift, EntryStatus, ForeignEntry, is_asked

LEAST, MOST, SHARE = 10, 500, 0.02
"""A scan that would shut, make anew or take over more than min(500, max(10, 2 %)) does nothing by itself."""
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A subject that differs, and what is to be done about it. There may be millions: the wrong server is empty."""

    key: Key
    revision: int
    kind: str
    """One of `tables.DRIFTS`."""
    is_weighty: bool
    """Putting it right shuts or removes something, makes anew what was removed, or changes the book."""
    answers: Answers
    differences: Sequence[Mapping[str, Any]] = field(default=())


@dataclass(frozen=True)
class Settled:
    """What was done about the findings of a scan."""

    restored: int
    taken: int
    asked: int
    is_held: bool
    """So much at once that something must be wrong: it waits for a person whole."""
    weighty: int = 0

    def __add__(self, more: Settled) -> Settled:
        return Settled(
            self.restored + more.restored,
            self.taken + more.taken,
            self.asked + more.asked,
            self.is_held or more.is_held,
            self.weighty + more.weighty,
        )


_MISSING = Answers(restores=True)


def finding(key: Key, want: Wanted, plan: Sequence[Change], seen: Observed | None) -> Finding:
    """Judge one subject that differs."""
    if seen is None:
        return Finding(key, want.revision, "missing", is_weighty=True, answers=_MISSING)
    found = answers(key, want.entry, plan, seen)
    return Finding(
        key,
        want.revision,
        "ahead" if is_ahead(want.entry, seen) else "changed",
        is_weighty=bool(found.taken) or any(_shuts(each) for each in plan),
        answers=found,
        differences=[asdict(difference(each, seen)) for each in plan],
    )


def _shuts(each: Change) -> bool:
    """Say whether a change removes an entry, or lets somebody in no longer."""
    return isinstance(each, Delete) or (
        isinstance(each, Modify) and each.replace.get("cvState", ("active",)) != ("active",)
    )


def limit_of(entries: int) -> int:
    """Give how many weighty changes may be made without a person, of so many entries."""
    return min(MOST, max(LEAST, int(entries * SHARE)))


def limit_in(session: Session, target: str) -> int:
    """Give how many weighty changes may be made in a target without a person: so much more must mean a fault."""
    right = select(func.count()).where(EntryStatus.state == "ok", EntryStatus.target == target)
    return limit_of(session.scalar(right) or 0)


def settle(
    session: Session, actor: Actor, findings: Sequence[Finding], looked: Sequence[Key], target: str, allowed: int
) -> Settled:
    """Let the engine put right what differs, take over what others know better, and keep what a person must decide.

    More that is weighty than is `allowed` waits for a person whole. A subject that became due meanwhile is no finding:
    the engine is about to write it. What was kept of the subjects that were looked at, and is no more so, is forgotten.
    """
    current = still(session, findings)
    weighty = sum(each.is_weighty for each in current)
    days = _days(session, looked)
    forget(session, looked)
    if weighty > allowed:
        _keep(session, actor, current, target, None)
        return Settled(0, 0, len(current), is_held=True)
    # What is ahead is a person's to decide: to write it anew could open what was shut.
    ahead = [each for each in current if each.kind == "ahead"]
    _keep(session, actor, ahead, target, None)
    done = _settle_each(session, actor, [each for each in current if each.kind != "ahead"], target, days)
    return replace(done, asked=done.asked + len(ahead), weighty=weighty)


def _settle_each(
    session: Session, actor: Actor, findings: Sequence[Finding], target: str, days: Mapping[Key, datetime]
) -> Settled:
    """Do about each attribute what its rule says."""
    asked = [each for each in findings if each.answers.asked]
    _keep(session, actor, asked, target, days)
    taken = _take_over(session, actor, {each.key: each.answers.taken for each in findings if each.answers.taken})
    left = [each.key for each in findings if each.answers.restores or (each.answers.taken and each.key not in taken)]
    restore_all(session, actor, left)
    return Settled(len(left), len(taken), len(asked), is_held=False)


def report_foreign(session: Session, paths: Sequence[str], target: str, found_at: datetime) -> None:
    """Write down entries that are nobody's."""
    if rows := [{"target": target, "path": path, "found_at": found_at} for path in paths]:
        statement = insert_all(ForeignEntry, rows)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[ForeignEntry.target, ForeignEntry.path], set_={"found_at": statement.excluded.found_at}
            )
        )


def forget_foreign(session: Session, target: str, before: datetime) -> None:
    """Forget the entries that were nobody's and were not met any more."""
    session.execute(delete(ForeignEntry).where(ForeignEntry.target == target, ForeignEntry.found_at < before))


_CURRENT = text(
    "SELECT found.subject, found.id FROM unnest(CAST(:subjects AS text[]), CAST(:ids AS bigint[]),"
    " CAST(:revisions AS bigint[])) AS found (subject, id, revision)"
    " JOIN entry_status AS status ON (status.subject, status.subject_id) = (found.subject, found.id)"
    " WHERE status.state = 'ok' AND status.applied_revision = found.revision AND NOT EXISTS ("
    "  SELECT FROM due WHERE (due.subject, due.subject_id) = (found.subject, found.id))"
)


def still(session: Session, findings: Sequence[Finding]) -> list[Finding]:
    """Leave out what the engine is about to write, or has written since it was looked at."""
    columns = {
        "subjects": [each.key[0] for each in findings],
        "ids": [each.key[1] for each in findings],
        "revisions": [each.revision for each in findings],
    }
    current = {(subject, subject_id) for subject, subject_id in session.execute(_CURRENT, columns)}
    return [each for each in findings if each.key in current]


def _days(session: Session, keys: Sequence[Key]) -> dict[Key, datetime]:
    """Give since when somebody is asked about subjects."""
    rows = session.execute(
        select(Drift.subject, Drift.subject_id, Drift.found_at).where(among(Drift, keys), is_asked())
    )
    return {(subject, subject_id): found_at for subject, subject_id, found_at in rows}


def forget(session: Session, keys: Iterable[Key]) -> None:
    """Take away what was kept before; but a question about a subject that is being written is still open."""
    being_written = select(Due.subject).where(Due.subject == Drift.subject, Due.subject_id == Drift.subject_id).exists()
    statement = delete(Drift).where(among(Drift, keys), ~(is_asked() & being_written))
    session.execute(statement.execution_options(synchronize_session=False))


def forget_unlooked(session: Session, looked: Marks, target: str) -> None:
    """Take away what was kept before of all of a target but the subjects that are looked at now."""
    kept = select(Drift.subject, Drift.subject_id).where(Drift.target == target, ~is_asked())
    rows = session.execute(kept.execution_options(yield_per=AT_ONCE))
    over = Marks((subject, subject_id) for subject, subject_id in rows if (subject, subject_id) not in looked)
    for some in batches(over, AT_ONCE):
        forget(session, some)


def _keep(
    session: Session, actor: Actor, findings: Sequence[Finding], target: str, days: Mapping[Key, datetime] | None
) -> None:
    """Write down what differs; with `days`, as a question about some attributes, which stays as old as it is."""
    rows: Iterable[dict[str, Any]] = (
        {
            "subject": each.key[0],
            "subject_id": each.key[1],
            "kind": each.kind,
            "differences": {"entries": list(each.differences)},
            "asked": [] if days is None else sorted(each.answers.asked),
            "found_at": actor.now if days is None else days.get(each.key, actor.now),
            "target": target,
        }
        for each in findings
    )
    for some in batches(rows, AT_ONCE):
        session.execute(insert_all(Drift, some).on_conflict_do_nothing())


def _take_over(session: Session, actor: Actor, fields: Mapping[Key, Mapping[str, str | None]]) -> set[Key]:
    """Take what others wrote into the records of officials; give the subjects whose record could be changed."""
    held = select(Appointment.id).where(Appointment.official_id == Account.official_id, Appointment.kind == "primary")
    ids = sorted(subject_id for _, subject_id in fields)
    rows = session.execute(select(Account.id, Account.official_id).where(any_of(Account.id, ids), held.exists()))
    officials = {("account", account_id): official_id for account_id, official_id in rows}
    change(session, actor, [RecordChange(official_id, fields[key]) for key, official_id in officials.items()])
    tell_taken(session, actor, list(officials))
    return set(officials)


def tell_taken(session: Session, actor: Actor, keys: Sequence[Key]) -> None:
    """Say in the audit that the book took over what entries had; the engine writes them as the book spells it."""
    _mark(session, actor, keys)
    _tell(session, actor, "entry.taken", keys)


def overtake(session: Session, revisions: Mapping[Key, int]) -> None:
    """Let the book's revisions pass those that entries show, so that the engine may write over what is later there."""
    for subject, table in TABLES.items():
        shown = {subject_id: revision for (each, subject_id), revision in revisions.items() if each == subject}
        if shown:
            session.execute(text(_OVERTAKE.format(table=table)), {"ids": list(shown), "shown": list(shown.values())})


_OVERTAKE = (
    "UPDATE {table} SET revision = GREATEST({table}.revision, seen.revision)"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:shown AS bigint[])) AS seen (id, revision) WHERE {table}.id = seen.id"
)


def restore_all(session: Session, actor: Actor, keys: Sequence[Key]) -> None:
    """Have the engine write subjects anew, and say so in the audit of whose they are."""
    _mark(session, actor, keys)
    _tell(session, actor, "entry.restored", keys)


def _mark(session: Session, actor: Actor, keys: Sequence[Key]) -> None:
    for subject in TABLES:
        mark(session, actor, subject, [subject_id for each, subject_id in keys if each == subject])


def _tell(session: Session, actor: Actor, action: str, keys: Sequence[Key]) -> None:
    """Write into the audit what was done to the entries of subjects."""
    rows = session.execute(
        named(EntryStatus, actor.today, Agency.id.label("agency_id")).where(among(EntryStatus, keys))
    )
    told: list[tuple[str, int | None, dict[str, object]]]
    if told := [(f"{row.subject}:{row.ref}", row.agency_id, {}) for row in rows]:
        audit.record_all(session, actor, action, told)

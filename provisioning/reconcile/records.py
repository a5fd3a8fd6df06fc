"""Writes down what came of a round: what is done is no longer due, unless the book has moved on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import TextClause, func, text
from sqlalchemy.orm import Session

from directory.base import Actor, insert_all
from directory.desired.values import Key
from directory.notices import notify_all
from directory.targets import DEFAULT
from provisioning.ports import Reason
from provisioning.reconcile.backoff import ENTRY_LONGEST, delay
from provisioning.reconcile.claims import hold
from provisioning.reconcile.tables import EntryStatus

_NO_LONGER_DUE = text(
    "DELETE FROM due USING unnest(CAST(:subjects AS text[]), CAST(:ids AS bigint[]), CAST(:revisions AS bigint[]))"
    " AS done (subject, id, revision)"
    " WHERE (due.subject, due.subject_id, due.revision) = (done.subject, done.id, done.revision)"
    " RETURNING due.subject, due.subject_id"
)
_LATER = text(
    "UPDATE due SET not_before = now() + make_interval(secs => later.seconds)"
    " FROM unnest(CAST(:subjects AS text[]), CAST(:ids AS bigint[]), CAST(:revisions AS bigint[]),"
    " CAST(:seconds AS float8[])) AS later (subject, id, revision, seconds)"
    " WHERE (due.subject, due.subject_id, due.revision) = (later.subject, later.id, later.revision)"
    " RETURNING due.subject, due.subject_id"
)
# A list of pairs would be compared with every row there is; pairs in a table are joined.
_BEFORE = text(
    "SELECT status.subject, status.subject_id, status.attempts, status.first_ok_at IS NOT NULL"
    " FROM entry_status AS status JOIN unnest(CAST(:subjects AS text[]), CAST(:ids AS bigint[]))"
    " AS tried (subject, id) ON (status.subject, status.subject_id) = (tried.subject, tried.id)"
)


class _Before(NamedTuple):
    """What is known of a subject from earlier tries."""

    attempts: int
    was_ok: bool


@dataclass(frozen=True)
class Result:
    """What came of one subject: `ok`, `retry` (by itself, later) or `refused` (a person must look)."""

    state: str
    revision: int
    reason: Reason | None = None
    csn: str | None = None
    entries: int = 0
    """How many entries the subject has."""


def record(
    session: Session,
    actor: Actor,
    results: Mapping[Key, Result],
    chance: Callable[[], float],
    target: str = DEFAULT,
    *,
    waits: bool = False,
) -> set[Key]:
    """Write down the results of a round and queue the welcome of accounts that became real for the first time; give
    the subjects that could be held (`claims.hold`), whose results these are.

    What came of a subject that another worker has finished, or that the book has moved on, is not worth noting.
    """
    held = hold(session, results.keys(), waits=waits)
    results = {key: results[key] for key in results if key in held}
    over = [key for key, result in results.items() if result.state != "retry"]
    again = [key for key, result in results.items() if result.state == "retry"]
    finished = _keys(session, _NO_LONGER_DUE, _columns(over, results))
    before = _befores(session, results)
    attempts = {key: before[key].attempts + 1 if key in before else 1 for key in results}
    seconds = [delay(attempts[key], ENTRY_LONGEST, chance()).total_seconds() for key in again]
    postponed = _keys(session, _LATER, {**_columns(again, results), "seconds": seconds})
    # In the order in which a scan writes the same rows.
    noted = [_row(actor, key, results[key], attempts[key]) | {"target": target} for key in sorted(finished + postponed)]
    _write(session, noted)
    real = [key for key in finished if key[0] == "account" and results[key].state == "ok"]
    first = [key[1] for key in real if key not in before or not before[key].was_ok]
    notify_all(session, actor, first, "welcome")
    return held


def forget(session: Session, revisions: Mapping[Key, int]) -> None:
    """Take subjects that are gone from the book off the list of what is due."""
    _keys(session, _NO_LONGER_DUE, _columns(list(revisions), {key: Result("ok", at) for key, at in revisions.items()}))


def _keys(session: Session, statement: TextClause, columns: Mapping[str, object]) -> list[Key]:
    """Run a statement over columns of keys and give the keys it touched."""
    return [(subject, subject_id) for subject, subject_id in session.execute(statement, columns)]


def _befores(session: Session, results: Mapping[Key, Result]) -> dict[Key, _Before]:
    """Read what came of earlier tries."""
    rows = session.execute(_BEFORE, _columns(list(results), results))
    return {(subject, subject_id): _Before(*more) for subject, subject_id, *more in rows}


def _columns(keys: list[Key], results: Mapping[Key, Result]) -> dict[str, object]:
    return {
        "subjects": [subject for subject, _ in keys],
        "ids": [subject_id for _, subject_id in keys],
        "revisions": [results[key].revision for key in keys],
    }


def _write(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert or move on the statuses. None tells of a later revision: what the book moved on was left out."""
    if not rows:
        return
    statement = insert_all(EntryStatus, rows)
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[EntryStatus.subject, EntryStatus.subject_id],
            set_={
                "state": new.state,
                "attempts": new.attempts,
                "reason": new.reason,
                "fields": new.fields,
                "tried_revision": new.tried_revision,
                "applied_revision": func.coalesce(new.applied_revision, EntryStatus.applied_revision),
                "csn": func.coalesce(new.csn, EntryStatus.csn),
                "entries": func.coalesce(func.nullif(new.entries, 0), EntryStatus.entries),
                "at": new.at,
                "target": new.target,
                "first_ok_at": func.coalesce(EntryStatus.first_ok_at, new.first_ok_at),
            },
        )
    )


def _row(actor: Actor, key: Key, result: Result, attempts: int) -> dict[str, object]:
    """Give the status that tells of a result."""
    is_ok = result.state == "ok"
    return {
        "subject": key[0],
        "subject_id": key[1],
        "state": result.state,
        "attempts": 0 if is_ok else attempts,
        "reason": result.reason.message if result.reason else None,
        "fields": dict(result.reason.fields) if result.reason else {},
        "tried_revision": result.revision,
        "applied_revision": result.revision if is_ok else None,
        "csn": result.csn,
        "entries": result.entries,
        "at": actor.now,
        "first_ok_at": actor.now if is_ok else None,
    }

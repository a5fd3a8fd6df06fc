"""Who works on what: rows of `due` are claimed with a lease on the database's clock, urgent ones first.

A claim keeps two workers from doing the same work; it does not keep the target right. That is done by guarded
writes, so a worker that wakes up after its lease can do no harm.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from directory.desired.values import Key
from directory.targets import DEFAULT
from provisioning.reconcile.backoff import TARGET_LONGEST, delay
from provisioning.reconcile.tables import TargetStatus

LEASE = timedelta(seconds=60)
URGENT_LEASE = timedelta(seconds=4)
"""After this long an urgent row is taken from a worker that may be dead: a disable cannot wait for its lease."""

WINDOW = timedelta(minutes=5)
"""Over about this long the rate of writing is taken."""
_LONG_AGO = 50.0
"""In windows; the exponential of more is nothing, and no number of PostgreSQL's."""

_CLAIM = text(
    "WITH next AS ("
    "  SELECT subject, subject_id, claimed_by IS NOT NULL AS was_claimed FROM due"
    "  WHERE target = :target AND (NOT :urgent OR urgent)"
    "    AND (not_before IS NULL OR not_before <= now())"
    "    AND (claimed_until IS NULL OR claimed_until < now() + :patience)"
    # What was marked together with a disable waits for its first try: an address leaves one entry before it comes into
    # another. OFFSET keeps it a look into the index for each row, which by a hash would read all that is due.
    "    AND (urgent OR NOT EXISTS (SELECT FROM due AS first WHERE first.target = :target AND first.urgent"
    "      AND first.since = due.since AND first.not_before IS NULL OFFSET 0))"
    "  ORDER BY urgent DESC, since LIMIT :limit FOR UPDATE SKIP LOCKED)"
    " UPDATE due SET claimed_until = now() + :lease, claimed_by = :by FROM next"
    " WHERE due.subject = next.subject AND due.subject_id = next.subject_id"
    " RETURNING due.subject, due.subject_id, due.revision, next.was_claimed, NOT EXISTS (SELECT FROM entry_status"
    "  WHERE (entry_status.subject, entry_status.subject_id) = (due.subject, due.subject_id)), due.urgent"
)

_NAMED = "unnest(CAST(:subjects AS text[]), CAST(:ids AS bigint[])) AS named (subject, id)"
_HOLD = (
    f"SELECT due.subject, due.subject_id FROM due JOIN {_NAMED}"  # noqa: S608 - constants
    " ON (due.subject, due.subject_id) = (named.subject, named.id) FOR UPDATE OF due"
)
_RELEASE = text(
    f"UPDATE due SET claimed_until = NULL FROM {_NAMED}"  # noqa: S608 - constants
    " WHERE (due.subject, due.subject_id) = (named.subject, named.id) AND claimed_by = :by"
)


@dataclass(frozen=True)
class Claim:
    """One subject that a worker has taken on."""

    key: Key
    revision: int
    was_claimed: bool
    """A worker had it before, and may have died in the middle."""
    has_no_past: bool = False
    """Nothing was ever found out about its entry."""
    is_urgent: bool = False

    @property
    def is_new(self) -> bool:
        """Whether there can hardly be an entry yet: then it is added without a look at what is there."""
        return self.has_no_past and not self.was_claimed


def claim(session: Session, by: str, limit: int, target: str = DEFAULT, *, only_urgent: bool = False) -> list[Claim]:
    """Take on up to `limit` subjects that are due in a target: urgent ones alone if there are any, to be done soon."""
    urgent = _take(session, by, limit, target, urgent=True)
    return urgent if urgent or only_urgent else _take(session, by, limit, target, urgent=False)


def hold(session: Session, keys: Collection[Key], *, waits: bool = False) -> set[Key]:
    """Lock what a round has in hand before it is written to; give what could be locked, and is still due.

    Whoever holds some and waits for more can be waited for in turn. So what somebody else has locked, who marks it at
    this moment, is left out, or is the only one that is asked for.
    """
    rows = session.execute(text(_HOLD + ("" if waits else " SKIP LOCKED")), _columns(keys))
    return {(subject, subject_id) for subject, subject_id in rows}


def release(session: Session, by: str, keys: Collection[Key]) -> None:
    """Give back what a round still holds. That somebody had it stays known."""
    session.execute(_RELEASE, _columns(keys) | {"by": by})


def _columns(keys: Collection[Key]) -> dict[str, object]:
    return {"subjects": [subject for subject, _ in keys], "ids": [subject_id for _, subject_id in keys]}


def pause(session: Session, reason: str, chance: float, target: str = DEFAULT) -> timedelta:
    """Note a fault of the whole target: nothing is claimed for a while, and no entry is to blame."""
    faults = session.scalar(
        insert(TargetStatus)
        .values(name=target, faults=1, reason=reason, failing_since=func.now())
        .on_conflict_do_update(
            index_elements=[TargetStatus.name],
            set_={
                "faults": TargetStatus.faults + 1,
                "reason": reason,
                "failing_since": func.coalesce(TargetStatus.failing_since, func.now()),
            },
        )
        .returning(TargetStatus.faults)
    )
    wait = delay(faults or 1, TARGET_LONGEST, chance)
    session.get_one(TargetStatus, target).paused_until = func.now() + wait
    return wait


def resume(session: Session, target: str = DEFAULT, results: int = 0) -> None:
    """Note that the target answers, and how many tries it has answered."""
    calm = {"faults": 0, "reason": None, "paused_until": None, "failing_since": None, "ok_at": func.now()}
    counted = {"results": TargetStatus.results + results, "rate": fading_rate() + results / WINDOW.total_seconds()}
    session.execute(
        insert(TargetStatus)
        .values(name=target, results=results, rate=results / WINDOW.total_seconds(), **calm)
        .on_conflict_do_update(index_elements=[TargetStatus.name], set_=calm | counted)
    )


def fading_rate() -> ColumnElement[float]:
    """Give how many tries a second a target has answered lately: each counts less the longer ago it was."""
    age = func.extract("epoch", func.now() - TargetStatus.ok_at) / WINDOW.total_seconds()
    return TargetStatus.rate * func.exp(-func.least(func.coalesce(age, _LONG_AGO), _LONG_AGO))


def is_paused(session: Session, target: str = DEFAULT) -> bool:
    """Say whether the target is to be left in peace now, after a fault or because a person has said so."""
    still = or_(TargetStatus.paused_until > func.now(), TargetStatus.maintenance_since.is_not(None))
    return session.scalar(select(TargetStatus.name).where(TargetStatus.name == target, still)) is not None


def is_held(session: Session, target: str = DEFAULT) -> bool:
    """Say whether a person has said that nothing is to be written to the target."""
    held = select(TargetStatus.name).where(TargetStatus.name == target, TargetStatus.maintenance_since.is_not(None))
    return session.scalar(held) is not None


def _take(session: Session, by: str, limit: int, target: str, *, urgent: bool) -> list[Claim]:
    rows = session.execute(
        _CLAIM,
        {
            "target": target,
            "urgent": urgent,
            "patience": LEASE - URGENT_LEASE if urgent else timedelta(0),
            "limit": limit,
            "lease": LEASE,
            "by": by,
        },
    )
    return [Claim((subject, subject_id), *more) for subject, subject_id, *more in rows]

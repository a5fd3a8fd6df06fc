"""The scan: finds entries that others changed or removed, and entries that are nobody's (drift).

Versions tell: every write of ours leaves the latest version of a subject's entries in `entry_status`, so an entry
with a later one was written by somebody else, one that is not met was removed, and a subject whose latest version is
not met went back to an earlier state, as after a restored backup. Only those are looked at closely. Memory is a byte a
subject, however many entries there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from directory.base import Actor, system
from directory.desired import wanted
from directory.desired.values import Key
from directory.due import TABLES, Subject
from directory.targets import DEFAULT
from provisioning.outbox import Outbox
from provisioning.ports import Change, TargetSystem
from provisioning.reconcile.adopted import tops_of
from provisioning.reconcile.asking import asked_about
from provisioning.reconcile.changes import changes, newest
from provisioning.reconcile.marks import Marks, batches
from provisioning.reconcile.settling import (
    Finding,
    Settled,
    finding,
    forget,
    forget_foreign,
    forget_unlooked,
    limit_in,
    report_foreign,
    settle,
    still,
)
from provisioning.reconcile.walks import BRANCHES, LATEST, MOST, OURS, Met, compare, meet_adopted

BATCH = 500
HOLD = -1
"""So many weighty changes are allowed where nothing is to be done at all."""
# What was met goes to the database: that costs a byte a subject, and only those that differ come back.
_UNMET = text(
    "SELECT subject_id FROM entry_status WHERE subject = :subject AND state = 'ok' AND target = :target"
    " AND NOT EXISTS (SELECT FROM due"
    "  WHERE (due.subject, due.subject_id) = (entry_status.subject, entry_status.subject_id))"
    " AND CASE WHEN subject_id < length(:met) THEN get_byte(:met, CAST(subject_id AS int)) ELSE 0 END"
    "  <> (LEAST(entries, :most) | :latest)"
)
_ADOPT = text(
    "WITH locked AS MATERIALIZED (SELECT status.subject, status.subject_id, seen.csn, seen.entries"
    " FROM entry_status AS status JOIN"
    "  unnest(CAST(:subjects AS text[]), CAST(:ids AS bigint[]), CAST(:csns AS text[]), CAST(:counts AS bigint[]))"
    " AS seen (subject, id, csn, entries) ON (status.subject, status.subject_id) = (seen.subject, seen.id)"
    # In the order in which a round writes the same rows.
    ' ORDER BY status.subject COLLATE "C", status.subject_id FOR NO KEY UPDATE OF status)'
    " UPDATE entry_status SET csn = locked.csn, entries = locked.entries FROM locked"
    " WHERE (entry_status.subject, entry_status.subject_id) = (locked.subject, locked.subject_id)"
)


@dataclass(frozen=True)
class Report:
    """What came of a scan."""

    entries: int
    restored: int
    asked: int
    foreign: int
    is_held: bool
    taken: int = 0


@dataclass(frozen=True)
class Scanner:
    """Compares a whole target, or what changed in it, with the book."""

    outbox: Outbox
    target: TargetSystem
    clock: Callable[[], datetime]
    name: str = DEFAULT
    """What the book calls the target."""
    is_confirmed: bool = False
    """A person has looked: what is done may be as much at once as it is."""

    def full(self, closely: Iterable[Key] = ()) -> Report:
        """Compare everything: finds what was changed, what was removed, and what is nobody's. Some subjects may be
        looked at closely, whatever their versions.
        """
        started = self.clock()
        met = self.walk(None, started)
        met.suspects.update(closely)
        with self.outbox.transaction() as session:
            for subject in TABLES:
                met.suspects.update(_unmet(session, subject, met))
        return self.conclude("full", started, met)

    def changed(self) -> Report:
        """Compare only what was written since the scan before; what was removed leaves no trace for this one."""
        started = self.clock()
        with self.outbox.transaction() as session:
            since = session.scalar(text("SELECT max(newest) FROM scans WHERE target = :target"), {"target": self.name})
        return self.conclude("changed", started, self.walk(since, started))

    def some(self, keys: Iterable[Key]) -> Settled:
        """Compare some subjects closely, and settle what differs."""
        return self.settle(Marks(keys))

    def actor(self) -> Actor:
        """Give the actor that a scan is, now."""
        return system(self.clock(), "scan")

    def walk(self, since: str | None, started: datetime) -> Met:
        """Meet the entries, pick out those that the book does not know like this, and write down those of nobody."""
        with self.outbox.transaction() as session:
            met = Met(self.name, newest=since or "", tops=tops_of(session, self.name))
        for branch in BRANCHES:
            for page in self.target.walk(branch, since):
                with self.outbox.transaction() as session:
                    compare(session, branch, page, met)
                    report_foreign(session, met.told(), self.name, started)
        for top in met.tops:
            if top not in OURS:
                for page in self.target.walk(top, since):
                    with self.outbox.transaction() as session:
                        meet_adopted(session, top, page, met)
        return met

    def conclude(self, kind: str, started: datetime, met: Met) -> Report:
        """Look at the suspects closely, and settle what is to be done about those that do differ."""
        with self.outbox.transaction() as session:
            met.suspects.update(asked_about(session, self.name))
            if kind == "full":
                forget_unlooked(session, met.suspects, self.name)
                forget_foreign(session, self.name, started)
        outcome = self.settle(met.suspects)
        with self.outbox.transaction() as session:
            session.execute(
                _KEPT,
                {
                    "target": self.name,
                    "kind": kind,
                    "started": started,
                    "finished": self.clock(),
                    "entries": met.entries,
                    "restored": outcome.restored,
                    "taken": outcome.taken,
                    "asked": outcome.asked,
                    "held": outcome.is_held,
                    "newest": met.newest,
                },
            )
        return Report(met.entries, outcome.restored, outcome.asked, met.strangers, outcome.is_held, outcome.taken)

    def settle(self, looked: Marks) -> Settled:
        """Look at subjects closely, and settle what differs, a batch at a time.

        Before anything is done all is weighed, and what differs is looked at again: there may be millions.
        """
        weighty, differing = self.weigh(looked)
        with self.outbox.transaction() as session:
            allowed = len(differing) if self.is_confirmed else limit_in(session, self.name)
        total = Settled(0, 0, 0, is_held=weighty > allowed)
        for batch in batches(differing, BATCH):
            found = list(self.findings(batch))
            with self.outbox.transaction() as session:
                left = HOLD if total.is_held else allowed - total.weighty
                total += settle(session, self.actor(), found, batch, self.name, left)
        return total

    def weigh(self, looked: Marks) -> tuple[int, Marks]:
        """Look at subjects; give how many of those that differ are weighty, and those that differ.

        Of the others what was kept before is forgotten.
        """
        weighty, differing = 0, Marks()
        for batch in batches(looked, BATCH):
            found = list(self.findings(batch))
            with self.outbox.transaction() as session:
                current = still(session, found)
                differing.update(each.key for each in current)
                weighty += sum(each.is_weighty for each in current)
                forget(session, [key for key in batch if key not in differing])
        return weighty, differing

    def findings(self, keys: Sequence[Key]) -> Iterator[Finding]:
        """Look at subjects; those whose entries are right after all are known by their new versions from now on."""
        with self.outbox.transaction() as session:
            wants = wanted(session, self.actor(), keys)
        seen = self.target.observe([want.entry.name for want in wants.values()])
        right: dict[Key, tuple[str, int]] = {}
        for key, want in wants.items():
            there = seen.get(want.entry.name)
            plan: list[Change] = changes(want.entry, there)
            if plan or there is None:
                yield finding(key, want, plan, there)
            else:
                right[key] = (newest(there), 1 + len(there.children))
        with self.outbox.transaction() as session:
            session.execute(_ADOPT, _columns(right))


_KEPT = text(
    "INSERT INTO scans (target, kind, started_at, finished_at, entries, restored, taken, asked, is_held, newest)"
    " VALUES (:target, :kind, :started, :finished, :entries, :restored, :taken, :asked, :held, :newest)"
    " ON CONFLICT (target, kind) DO UPDATE SET started_at = excluded.started_at, finished_at = excluded.finished_at,"
    " entries = excluded.entries, restored = excluded.restored, taken = excluded.taken, asked = excluded.asked,"
    " is_held = excluded.is_held, newest = excluded.newest"
)


def _unmet(session: Session, subject: Subject, walked: Met) -> Iterator[Key]:
    """Give the subjects of which fewer or more entries were met than there should be, or only earlier versions.

    One that became real while the walk went by is among them; a close look finds it right.
    """
    asked = {"subject": subject, "target": walked.target, "met": bytes(walked.counts[subject])}
    for subject_id in session.scalars(_UNMET, asked | {"most": MOST, "latest": LATEST}):
        yield subject, subject_id


def _columns(right: dict[Key, tuple[str, int]]) -> dict[str, object]:
    return {
        "subjects": [subject for subject, _ in right],
        "ids": [subject_id for _, subject_id in right],
        "csns": [csn for csn, _ in right.values()],
        "counts": [count for _, count in right.values()],
    }

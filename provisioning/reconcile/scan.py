"""The scan: finds entries that others changed or removed, and entries that are nobody's (drift).

Versions tell: every write of ours leaves the latest version of a subject's entries in `entry_status`, so an entry
with a later one was written by somebody else, one that is not met was removed, and a subject whose latest version is
not met went back to an earlier state, as after a restored backup. Only those are looked at closely. Memory is a byte a
subject, however many entries there are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from directory.base import system
from directory.desired import wanted
from directory.desired.values import Key
from directory.due import TABLES, Subject
from directory.targets import DEFAULT
from provisioning.outbox import Outbox
from provisioning.ports import Change, Sight, TargetSystem
from provisioning.reconcile.adopted import adopted, tops_of
from provisioning.reconcile.asking import asked_about
from provisioning.reconcile.changes import changes, newest
from provisioning.reconcile.settling import Finding, finding, report_foreign, settle

BATCH = 500
PAGE = 5000
_MOST, _LATEST = 0x7F, 0x80
"""In the byte of a subject: the most entries that are counted, and that its latest version was met."""


@dataclass(frozen=True)
class Kind:
    """Subjects whose entries stand in a branch: under which attribute, and which column's value."""

    subject: Subject
    attribute: str
    column: str
    rows: str = ""
    """Where that column is, if not in the subject's own table."""

    def known(self) -> TextClause:
        """Give the statement that finds subjects by what their entries are called, with what is known of them."""
        return text(
            f"SELECT item.{self.column}, item.id, status.csn, status.state = 'ok' AND due.subject IS NULL,"  # noqa: S608 - constants
            " status.target"
            f" FROM {self.rows or TABLES[self.subject]} AS item"
            f" LEFT JOIN entry_status AS status ON (status.subject, status.subject_id) = ('{self.subject}', item.id)"
            f" LEFT JOIN due ON (due.subject, due.subject_id) = ('{self.subject}', item.id)"
            f" WHERE item.{self.column} = ANY(:refs)"
        )


BRANCHES: dict[str, tuple[Kind, ...]] = {
    "people": (Kind("account", "uid", "number"),),
    "mailboxes": (Kind("mailbox", "cvMailboxId", "public_id"),),
    "domains": (Kind("domain", "cvDomain", "name"),),
    "groups": (Kind("mailing_list", "cvListId", "public_id"), Kind("group", "cvAgencyId", "public_id", "agencies")),
    "agencies": (Kind("agency", "cvAgencyId", "public_id"),),
}
"""Whose entries stand in each branch of the target."""
OURS = frozenset(f"ou={branch}" for branch in BRANCHES)
_BELOW = "cvDeviceId="
_SETTLED = text(
    "SELECT subject_id, entries FROM entry_status WHERE subject = :subject AND subject_id > :after AND state = 'ok'"
    " AND target = :target"
    " AND NOT EXISTS (SELECT FROM due"
    "  WHERE (due.subject, due.subject_id) = (entry_status.subject, entry_status.subject_id))"
    " ORDER BY subject_id LIMIT :limit"
)
_ADOPT = text(
    "UPDATE entry_status SET csn = seen.csn, entries = seen.entries"
    " FROM unnest(CAST(:subjects AS text[]), CAST(:ids AS bigint[]), CAST(:csns AS text[]), CAST(:counts AS bigint[]))"
    " AS seen (subject, id, csn, entries)"
    " WHERE (entry_status.subject, entry_status.subject_id) = (seen.subject, seen.id)"
)


@dataclass
class Met:
    """What a walk through a target has met."""

    target: str
    tops: Sequence[str] = ()
    """The branches in which adopted entries stand."""
    entries: int = 0
    newest: str = ""
    counts: dict[str, bytearray] = field(default_factory=lambda: {each: bytearray() for each in TABLES})
    """How many entries each subject has, by its id, and whether the latest version that we left was among them."""
    suspects: dict[Key, None] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)

    def meet(self, key: Key, sight: Sight, csn: str | None, *, is_settled: bool) -> None:
        """Meet one entry of a subject; it is suspect if somebody else wrote it after us."""
        self.count(key, is_latest=csn is not None and sight.csn >= csn)
        if is_settled and (csn is None or sight.csn > csn):
            self.suspects[key] = None

    def count(self, key: Key, *, is_latest: bool) -> None:
        """Note one entry of a subject."""
        subject, subject_id = key
        counts = self.counts[subject]
        if subject_id >= len(counts):
            counts.extend(bytes(subject_id + PAGE - len(counts)))
        before = counts[subject_id]
        counts[subject_id] = min((before & _MOST) + 1, _MOST) | (_LATEST if is_latest else before & _LATEST)


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

    def full(self) -> Report:
        """Compare everything: finds what was changed, what was removed, and what is nobody's."""
        started = self.clock()
        met = self.walk(None)
        with self.outbox.transaction() as session:
            for subject in TABLES:
                met.suspects |= dict.fromkeys(_unmet(session, subject, met))
        return self.conclude("full", started, met)

    def changed(self) -> Report:
        """Compare only what was written since the scan before; what was removed leaves no trace for this one."""
        started = self.clock()
        with self.outbox.transaction() as session:
            since = session.scalar(text("SELECT max(newest) FROM scans WHERE target = :target"), {"target": self.name})
        return self.conclude("changed", started, self.walk(since))

    def walk(self, since: str | None) -> Met:
        """Meet the entries and pick out those that the book does not know, or not like this."""
        with self.outbox.transaction() as session:
            met = Met(self.name, newest=since or "", tops=tops_of(session, self.name))
        for branch in BRANCHES:
            for page in self.target.walk(branch, since):
                with self.outbox.transaction() as session:
                    _compare(session, branch, page, met)
        for top in met.tops:
            if top not in OURS:
                for page in self.target.walk(top, since):
                    with self.outbox.transaction() as session:
                        _meet_adopted(session, top, page, met)
        return met

    def conclude(self, kind: str, started: datetime, met: Met) -> Report:
        """Look at the suspects closely, and settle what is to be done about those that do differ."""
        with self.outbox.transaction() as session:
            looked = list(met.suspects | dict.fromkeys(asked_about(session, self.name)))
        findings = list(self.findings(looked))
        with self.outbox.transaction() as session:
            actor = system(self.clock(), "scan")
            outcome = settle(session, actor, findings, None if kind == "full" else looked, self.name)
            report_foreign(session, actor, met.foreign, self.name, is_all=kind == "full")
            session.execute(
                _KEPT,
                {
                    "target": self.name,
                    "kind": kind,
                    "started": started,
                    "finished": actor.now,
                    "entries": met.entries,
                    "restored": outcome.restored,
                    "taken": outcome.taken,
                    "asked": outcome.asked,
                    "held": outcome.is_held,
                    "newest": met.newest,
                },
            )
        return Report(met.entries, outcome.restored, outcome.asked, len(met.foreign), outcome.is_held, outcome.taken)

    def findings(self, keys: Sequence[Key]) -> Iterator[Finding]:
        """Look at subjects; those whose entries are right after all are known by their new versions from now on."""
        for at in range(0, len(keys), BATCH):
            batch = keys[at : at + BATCH]
            with self.outbox.transaction() as session:
                wants = wanted(session, system(self.clock(), "scan"), batch)
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


def _known(
    session: Session, branch: str, page: Sequence[Sight], target: str
) -> dict[str, tuple[Key, str | None, bool]]:
    """Give what is known of the subjects whose entries stand on a page of a walk, by what these are called; one that
    lives in another target is none of this one's.
    """
    tops = {_top(each.path) for each in page}
    found: dict[str, tuple[Key, str | None, bool]] = {}
    for kind in BRANCHES[branch]:
        prefix = f"{kind.attribute}="
        if refs := [top[len(prefix) :] for top in tops if top.startswith(prefix)]:
            for ref, subject_id, csn, is_settled, lives_in in session.execute(kind.known(), {"refs": refs}):
                if lives_in in (None, target):
                    found[f"{prefix}{ref}"] = ((kind.subject, subject_id), csn, is_settled)
    return found


def _compare(session: Session, branch: str, page: Sequence[Sight], met: Met) -> None:
    """Compare one page of a walk with what is known."""
    known = _known(session, branch, page, met.target)
    met.entries += len(page)
    linked = _meet_adopted(session, f"ou={branch}", page, met)
    for sight in page:
        if sight.path in linked:
            continue
        met.newest = max(met.newest, sight.csn)
        top = _top(sight.path)
        is_own = top == sight.path
        found = known.get(top)
        if found is None:
            if is_own:
                met.foreign.append(f"{sight.path},ou={branch}")
            continue
        if not is_own and not sight.path.startswith(_BELOW):
            continue  # What others put below an entry of ours is left alone.
        key, csn, is_settled = found
        met.meet(key, sight, csn, is_settled=is_settled)


def _meet_adopted(session: Session, top: str, page: Sequence[Sight], met: Met) -> Collection[str]:
    """Meet the entries of a page that were adopted, and give their paths. What else stands there is left alone."""
    if top not in met.tops:
        return ()
    found = adopted(session, met.target, top, page)
    for sight in page:
        met.newest = max(met.newest, sight.csn)
        if sight.path in found:
            account_id, csn, is_settled = found[sight.path]
            met.meet(("account", account_id), sight, csn, is_settled=is_settled)
    return found


def _top(path: str) -> str:
    """Give the part of a path that is the subject's own entry."""
    return path.rpartition(",")[2]


def _unmet(session: Session, subject: Subject, walked: Met) -> Iterator[Key]:
    """Give the subjects of which fewer or more entries were met than there should be, or only earlier versions.

    One that became real while the walk went by is among them; a close look finds it right.
    """
    after, counts = 0, walked.counts[subject]
    while True:
        asked = {"subject": subject, "target": walked.target, "after": after, "limit": PAGE}
        rows = session.execute(_SETTLED, asked).all()
        for subject_id, entries in rows:
            met = counts[subject_id] if subject_id < len(counts) else 0
            if met != min(entries, _MOST) | _LATEST:
                yield subject, subject_id
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


def _columns(right: dict[Key, tuple[str, int]]) -> dict[str, object]:
    return {
        "subjects": [subject for subject, _ in right],
        "ids": [subject_id for _, subject_id in right],
        "csns": [csn for csn, _ in right.values()],
        "counts": [count for _, count in right.values()],
    }

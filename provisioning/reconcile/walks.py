"""What a walk through a target meets, held against what the book knows of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from directory.base import array_of
from directory.desired.values import Key
from directory.due import TABLES, Subject
from provisioning.ports import Sight
from provisioning.reconcile.adopted import adopted
from provisioning.reconcile.marks import Marks

PAGE = 5000
"""Subjects for which memory is taken at once."""
MOST, LATEST = 0x7F, 0x80
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

    def as_left(self) -> TextClause:
        """Give the statement that adds up, for the subjects whose entries have some RDNs, how many of these are as we
        left them, none later, and whether the latest is among them.
        """
        return text(
            "SELECT string_agg(CAST(id AS text), ','), string_agg(CAST(met AS text), ','),"  # noqa: S608 - constants
            " coalesce(CAST(sum(count) AS bigint), 0) FROM ("
            "  SELECT item.id, count(*),"
            "   LEAST(count(*), :most) | CASE WHEN bool_or(seen.csn = status.csn) THEN :latest ELSE 0 END AS met"
            "  FROM unnest(CAST(:rdns AS text[]), CAST(:csns AS text[])) AS seen (rdn, csn)"
            f" JOIN {self.rows or TABLES[self.subject]} AS item"
            f"   ON item.{self.column} = substr(seen.rdn, {len(self.attribute) + 2})"
            f"   AND starts_with(seen.rdn, '{self.attribute}=')"
            f" JOIN entry_status AS status ON (status.subject, status.subject_id) = ('{self.subject}', item.id)"
            '   AND status.target = :target AND seen.csn <= status.csn COLLATE "C"'
            "  GROUP BY item.id) AS added_up"
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
    suspects: Marks = field(default_factory=Marks)
    foreign: list[str] = field(default_factory=list)
    """Entries that are nobody's, that were not told yet."""
    strangers: int = 0

    def meet(self, key: Key, sight: Sight, csn: str | None, *, is_settled: bool) -> None:
        """Meet one entry of a subject; it is suspect if somebody else wrote it after us."""
        subject, subject_id = key
        self.count(subject, [(subject_id, 1 | LATEST if csn is not None and sight.csn >= csn else 1)])
        if is_settled and (csn is None or sight.csn > csn):
            self.suspects.add(key)

    def told(self) -> list[str]:
        """Give the entries that are nobody's and were not given before."""
        told, self.foreign = self.foreign, []
        self.strangers += len(told)
        return told

    def count(self, subject: str, seen: Iterable[tuple[int, int]]) -> None:
        """Note, for subjects by id, how many entries were seen, and with LATEST whether the latest was among them."""
        counts = self.counts[subject]
        for subject_id, some in seen:
            if subject_id >= len(counts):
                counts.extend(bytes(subject_id + PAGE - len(counts)))
            before = counts[subject_id]
            if before:
                counts[subject_id] = min((before & MOST) + (some & MOST), MOST) | ((before | some) & LATEST)
            else:
                counts[subject_id] = some


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


def _is_as_left(session: Session, branch: str, page: Sequence[Sight], met: Met) -> bool:
    """Count a page if all of ours on it is as we left it, which nearly every page is; else count nothing."""
    if not page:
        return True
    rdns, csns = zip(*page, strict=True)
    newest = max(csns)
    if any("," in path for path in rdns):
        if any(map(_is_too_deep, rdns)):
            return False
        ours = [(_top(path), csn) for path, csn in page if "," not in path or path.startswith(_BELOW)]
        if not ours:
            return False
        rdns, csns = zip(*ours, strict=True)
    given = {"target": met.target, "most": MOST, "latest": LATEST, "rdns": array_of(rdns), "csns": array_of(csns)}
    left = len(rdns)
    added: list[tuple[str, str, str]] = []
    for kind in BRANCHES[branch]:
        ids, counts, total = session.execute(kind.as_left(), given).one()
        left -= total
        if total:
            added.append((kind.subject, ids, counts))
    if left:
        return False
    for subject, ids, counts in added:
        met.count(subject, zip(map(int, ids.split(",")), map(int, counts.split(",")), strict=True))
    met.newest = max(met.newest, newest)
    return True


def compare(session: Session, branch: str, page: Sequence[Sight], met: Met) -> None:
    """Compare one page of a walk with what is known."""
    met.entries += len(page)
    if f"ou={branch}" not in met.tops and _is_as_left(session, branch, page, met):
        return
    known = _known(session, branch, page, met.target)
    linked = meet_adopted(session, f"ou={branch}", page, met)
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
        if _is_too_deep(sight.path):
            met.foreign.append(f"{sight.path},ou={branch}")
            continue
        key, csn, is_settled = found
        met.meet(key, sight, csn, is_settled=is_settled)


def meet_adopted(session: Session, top: str, page: Sequence[Sight], met: Met) -> Collection[str]:
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


def _is_too_deep(path: str) -> bool:
    """Say whether an app password stands further below than ours do: no close look sees it, yet it lets somebody in."""
    return path.startswith(_BELOW) and path.count(",") > 1


def _top(path: str) -> str:
    """Give the part of a path that is the subject's own entry."""
    return path.rpartition(",")[2]

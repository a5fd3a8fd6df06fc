"""Undoing a link: what is ours is taken from the entry that was there before, and the account gets one of its own."""

from __future__ import annotations

from collections.abc import Sequence

from directory.errors import DirectoryError
from directory.linking import Found
from provisioning.ports import Change, Delete, Modify, Observed, Outcome, TargetSystem, Unavailable
from provisioning.reconcile.changes import CLASSES
from provisioning.reconcile.looks import MOVING

LOOKS = 3
"""How often an entry is looked at again that others change meanwhile."""
_OURS = frozenset(each.lower() for each in CLASSES)


class NotCleared(DirectoryError):
    """What is ours could not be taken from the entry {entry}: {reason} The link is as it was.
    Put that right, then undo it again.
    """


def clear(target: TargetSystem, number: str) -> str | None:
    """Take what is ours from the entry that carries an account, wherever it stands; give its name, if there is one.

    What others wrote stays, and so does what was taken over from them: what stood there before is written nowhere.
    The mark goes last, so that whoever was stopped on the way finds the entry again.
    """
    cleared = None
    for _ in range(LOOKS):
        found = _marked(target, number)
        if found is None:
            return cleared
        seen = target.observe([found.called]).get(found.called)
        if seen is not None and _all_done(found.path, target.apply(devices(seen))):
            _all_done(found.path, target.apply([bare(seen)]))
        cleared = found.path
    if _marked(target, number):
        raise NotCleared(entry=cleared, reason=MOVING.message)
    return cleared


def _marked(target: TargetSystem, number: str) -> Found | None:
    """Find the entry that carries an account's number, whatever its name."""
    found = target.bearing("cvAccountNumber", [number]).get(number, ())
    return found[0] if len(found) == 1 else None


def devices(seen: Observed) -> list[Change]:
    """Give the changes that remove the app passwords below an entry."""
    return [Delete(each.name, each.csn) for each in seen.children.values()]


def bare(seen: Observed) -> Modify:
    """Give the change after which an entry has nothing of ours."""
    classes = tuple(each for each in seen.attributes["objectClass"] if each.lower() not in _OURS)
    ours = {name: () for name in sorted(seen.attributes) if name.startswith("cv")}
    return Modify(seen.name, {"objectClass": classes, **ours}, seen.csn)


def _all_done(entry: str, outcomes: Sequence[Outcome]) -> bool:
    """Say whether all changes were made; False: look again. Raise if a person must look, or the server is away."""
    for each in outcomes:
        reason = each.reason.message.format(**each.reason.fields) if each.reason else ""
        if each.kind == "unavailable":
            raise Unavailable(reason)
        if each.kind == "refused":
            raise NotCleared(entry=entry, reason=reason)
    return all(each.kind == "applied" for each in outcomes)

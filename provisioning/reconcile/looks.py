"""One look at the target: what is there, what it takes to make it right, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from directory.desired import Name, Wanted
from directory.desired.values import Key
from directory.linking import Found
from provisioning.languages import N_
from provisioning.ports import Change, Observed, Outcome, Reason, TargetSystem, Unavailable
from provisioning.reconcile.changes import changes, ends_sessions, is_ahead, newest, objection, strange_mailboxes
from provisioning.reconcile.records import Result

AHEAD = Reason(
    N_(
        "The entry on the LDAP server is newer than the directory. Was the database restored from a backup?"
        " Compare both before you try again."
    )
)
RENAMED = Reason(
    N_(
        "Others renamed this entry, and another account is linked to its new name."
        " Rename it again, or undo that link (congvu link undo)."
    )
)
MOVING = Reason(N_("The entry kept changing while it was being written."))


@dataclass
class Look:
    """Looks at the entries of subjects once and makes them what they should be, as far as the target lets it.

    Every write of an existing entry is guarded by the version seen here, so that neither a newer state nor a
    request of ours that was stuck is ever written over unseen.
    """

    target: TargetSystem
    wants: Mapping[Key, Wanted]
    tried: AbstractSet[Key]
    """Subjects that a worker has tried before."""
    new: AbstractSet[Key] = frozenset()
    """Subjects to be added without looking: if there is an entry after all, the target says so."""
    turn: AbstractContextManager[object] = field(default_factory=nullcontext)
    """To be held while it writes."""
    plans: dict[Key, list[Change]] = field(default_factory=dict)
    csns: dict[Key, str | None] = field(default_factory=dict)
    results: dict[Key, Result] = field(default_factory=dict)
    stale: dict[Key, Reason] = field(default_factory=dict)
    """Subjects to look at again, with what to say if that never ends."""
    renamed: dict[Key, Found] = field(default_factory=dict)
    """Adopted entries that were found under other names: to be looked at there."""
    taken: set[Key] = field(default_factory=set)
    """Subjects that were refused, maybe because another entry had one of the addresses."""
    sessions: dict[str, Key] = field(default_factory=dict)
    """Mailboxes whose open sessions must end once the entry is right."""

    def run(self) -> None:
        """Observe, decide, write."""
        self.decide()
        with self.turn:
            self.write()
        for key, want in self.wants.items():
            if key not in self.results and key not in self.stale:
                self.results[key] = Result(
                    "ok", want.revision, csn=self.csns[key], entries=1 + len(want.entry.children)
                )

    def decide(self) -> None:
        """Plan the changes of each subject."""
        looked_at = [want.entry for key, want in self.wants.items() if key not in self.new or want.entry.link]
        seen = self.target.observe([entry.name for entry in looked_at])
        self.seek(seen)
        for key, want in self.wants.items():
            if key in self.renamed:
                continue
            there = seen.get(want.entry.name)
            if (reason := objection(want.entry, there)) is not None:
                self.results[key] = Result("refused", want.revision, reason)
                continue
            if is_ahead(want.entry, there):
                self.stale[key] = AHEAD
                continue
            self.plans[key] = changes(want.entry, there)
            self.csns[key] = newest(there) if there else None
            if ends_sessions(want.entry, self.plans[key], was_tried=key in self.tried):
                self.sessions[want.entry.attributes["cvMailboxId"][0]] = key
            self.sessions |= dict.fromkeys(strange_mailboxes(want.entry, there), key)

    def seek(self, seen: Mapping[Name, Observed]) -> None:
        """Search for adopted entries that are not where they should be, by the mark that we left in them."""
        lost = {
            want.entry.attributes["cvAccountNumber"][0]: key
            for key, want in self.wants.items()
            if objection(want.entry, seen.get(want.entry.name)) is not None
        }
        if lost:
            found = self.target.marked(list(lost))
            self.renamed = {lost[number]: each for number, each in found.items()}
            self.stale |= dict.fromkeys(self.renamed, RENAMED)

    def write(self) -> None:
        """Apply the plans, parents before children: a server may work off a batch in any order."""
        for depth in sorted({len(each.name) for plan in self.plans.values() for each in plan}):
            batch = [
                (key, each)
                for key, plan in self.plans.items()
                if key not in self.results and key not in self.stale
                for each in plan
                if len(each.name) == depth
            ]
            outcomes = self.target.apply([each for _, each in batch])
            if outcomes and all(each.kind == "unavailable" for each in outcomes):
                reason = outcomes[0].reason
                raise Unavailable(" ".join(reason.fields.values()) if reason else "")
            for (key, _), outcome in zip(batch, outcomes, strict=True):
                self.settle(key, outcome)

    def settle(self, key: Key, outcome: Outcome) -> None:
        """Note what came of one change of a subject."""
        want = self.wants[key]
        if outcome.kind == "applied":
            self.csns[key] = max(self.csns[key] or "", outcome.csn or "") or None
        elif outcome.kind == "stale":
            self.stale.setdefault(key, MOVING)
        else:
            state = "refused" if outcome.kind == "refused" else "retry"
            self.results[key] = Result(state, want.revision, outcome.reason)
            if outcome.may_be_taken:
                self.taken.add(key)

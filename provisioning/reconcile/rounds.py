"""Rounds of making entries real: claim, look and write, end sessions, record. No transaction is open meanwhile."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import text
from sqlalchemy.orm import Session

from directory.base import Actor, system
from directory.desired import Wanted, wanted
from directory.desired.values import Key
from directory.due import wake
from directory.linking import Found
from directory.targets import DEFAULT
from provisioning.languages import N_
from provisioning.outbox import Outbox
from provisioning.ports import MailServer, Reason, TargetSystem, Unavailable
from provisioning.reconcile.asking import spared
from provisioning.reconcile.claims import Claim, claim, hold, is_paused, pause, release, resume
from provisioning.reconcile.looks import AHEAD, Look
from provisioning.reconcile.records import Result, forget, record
from provisioning.reconcile.refusals import (
    DELIVERS,
    STILL_IN,
    WAITS,
    Mark,
    closes,
    give_way,
    in_the_way,
    keep_out,
    subjects_of,
    told,
)
from provisioning.reconcile.renames import follow

BATCH = 500
LOOKS = 3
"""How often a round looks again at an entry that changed under its hands."""
SESSIONS_OPEN = N_("The entry is right, but the mail server did not answer when open mail sessions were to be ended.")


@dataclass(frozen=True)
class Report:
    """What a round did."""

    claimed: int = 0
    done: int = 0
    retried: int = 0
    refused: int = 0
    paused_for: timedelta | None = None
    """The target failed: nothing is to be asked of it for so long."""


@dataclass
class Round:
    """What one worker has taken on at once, and what came of it."""

    claims: dict[Key, Claim]
    began: datetime
    """Before the book was read: what time changes from then on is not in what this round writes."""
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    results: dict[Key, Result] = field(default_factory=dict)
    sessions: dict[str, Key] = field(default_factory=dict)
    shut: set[Key] = field(default_factory=set)
    """Subjects that were refused, and of which nothing is open any more that should not be."""
    retaken: set[Key] = field(default_factory=set)
    """Subjects that are written again after another entry was in their way."""
    gone: dict[Key, int] = field(default_factory=dict)
    """Subjects that are no longer in the book."""

    def keep_out(self, shut: Mapping[Mark, Key]) -> None:
        """Note of what nothing is open any more: the open sessions of mailboxes end too."""
        self.sessions |= {value: key for (attribute, value), key in shut.items() if attribute == "cvMailboxId"}
        self.shut |= set(shut.values())


@dataclass(frozen=True)
class Reconciler:
    """Makes due subjects of one target real. Any number of these may run at once, on any number of machines."""

    outbox: Outbox
    target: TargetSystem
    mail: MailServer | None
    clock: Callable[[], datetime]
    batch: int = BATCH
    chance: Callable[[], float] = random.random
    name: str = DEFAULT
    """What the book calls the target."""
    writing: AbstractContextManager[object] = field(default_factory=Lock)
    """Held by the whole batch that is being written: the same for all of one process that write to the target."""

    def run(self, *, only_urgent: bool = False) -> Report:
        """Do one round."""
        this = self.begin(only_urgent=only_urgent)
        if not this.claims:
            return Report()
        try:
            self.make_real(this)
        except Unavailable as fault:
            return self.give_up(this, fault)
        self.end_sessions(this)
        return self.finish(this)

    def begin(self, *, only_urgent: bool) -> Round:
        """Take on what is due, unless the target is to be left in peace. Where there is more, call for another."""
        this = Round({}, self.clock())
        with self.outbox.transaction() as session:
            if not is_paused(session, self.name):
                claims = claim(session, this.token, self.batch, self.name, only_urgent=only_urgent)
                this.claims = {each.key: each for each in claims}
            if len(this.claims) == self.batch:
                # It reads and records while this one writes.
                wake(session, self.name)
        return this

    def make_real(self, this: Round) -> None:
        """Bring the entries of what was taken on to what the book says now, or find out why not."""
        tried = {key for key, each in this.claims.items() if each.was_claimed}
        new = {key for key, each in this.claims.items() if each.is_new}
        wants: dict[Key, Wanted] = {}
        pending: Mapping[Key, Reason] = dict.fromkeys(this.claims, AHEAD)
        for _ in range(LOOKS):
            with self.outbox.transaction() as session:
                wants = spared(session, wanted(session, self.actor(), pending))
            this.gone |= {key: this.claims[key].revision for key in pending if key not in wants}
            look = Look(self.target, wants, tried, new, self.turn(this))
            look.run()
            if look.renamed:
                self.follow(look)
            self.see_to_refused(this, look)
            new.clear()
            this.results |= look.results
            this.sessions |= look.sessions
            pending = look.stale
            if not pending:
                return
        for key, reason in pending.items():
            state = "refused" if reason is AHEAD else "retry"
            this.results[key] = Result(state, wants[key].revision, reason)
        # What was decided since the book was restored to an earlier state shuts at once what is later there.
        urgent = {key: wants[key] for key in pending if pending[key] is AHEAD and this.claims[key].is_urgent}
        this.keep_out(keep_out(self.target, urgent, self.in_book, even_later=True))

    def see_to_refused(self, this: Round, look: Look) -> None:
        """Keep out whom a refused entry still lets in; wait where another entry of ours is in the way, and say where
        others have put one.
        """
        self.close_lists(this, look)
        refused = {key: look.wants[key] for key, each in look.results.items() if each.state == "refused"}
        if not refused:
            return
        this.keep_out(keep_out(self.target, refused, self.in_book))
        found = in_the_way(self.target, {key: refused[key] for key in look.taken & refused.keys()})
        with self.outbox.transaction() as session:
            waiting = give_way(session, self.actor(), self.name, found)
        # Whoever was in the way has gone: within this batch, or by another worker's hand.
        waiting |= {key for key in found.keys() - this.retaken if found[key].is_nothing}
        this.retaken |= waiting
        for key, want in refused.items():
            if key in waiting:
                del look.results[key]
                look.stale[key] = WAITS
            elif reason := told(want.entry, look.results[key].reason, found.get(key), is_shut=key in this.shut):
                # It is closed as soon as the server lets it be, without anybody's word.
                state = "retry" if reason.message in {STILL_IN, DELIVERS} else "refused"
                look.results[key] = Result(state, want.revision, reason)

    def close_lists(self, this: Round, look: Look) -> None:
        """Have closed lists deliver nothing, also under names that others gave them: without an address the list's own
        entry is written beside such a one, and nothing is refused.
        """
        right = {key: look.wants[key] for key, each in look.results.items() if each.state == "ok"}
        lists = {key: want for key, want in right.items() if key[0] == "mailing_list" and closes(want.entry)}
        this.keep_out(keep_out(self.target, lists, self.in_book))
        for key in lists.keys() - this.shut:
            look.results[key] = Result("retry", lists[key].revision, Reason(DELIVERS))

    def in_book(self, marks: AbstractSet[Mark]) -> AbstractSet[Mark]:
        """Say which of the ids that stand in entries the book knows."""
        with self.outbox.transaction() as session:
            return subjects_of(session, marks, self.name).keys()

    def turn(self, this: Round) -> AbstractContextManager[object]:
        """Give what a round holds while it writes: whole batches write one after the other.

        The server writes one entry at a time. Of two batches that are written side by side both end at once, and while
        both are recorded and the next two are read it has nothing to do. Few changes, and disables, wait for nobody.
        """
        is_whole = len(this.claims) == self.batch
        return self.writing if is_whole and not any(each.is_urgent for each in this.claims.values()) else nullcontext()

    def follow(self, look: Look) -> None:
        """Let links follow the entries that others renamed, so that the next look finds them there.

        Where another account is linked to a new name, that one's entry must be elsewhere, and is sought too.
        """
        more = {account_id: each for (_, account_id), each in look.renamed.items()}
        found: dict[int, Found] = {}
        while more:
            found |= more
            with self.outbox.transaction() as session:
                others = follow(session, self.actor(), self.name, found)
            more = {others[number]: each for number, each in self.target.marked(list(others)).items()}

    def end_sessions(self, this: Round) -> None:
        """End the open mail sessions of mailboxes that were shut; without an answer, the subject stays due."""
        right = {key for key, each in this.results.items() if each.state == "ok" or key in this.shut}
        shut = {box: key for box, key in this.sessions.items() if key in right}
        if not shut or self.mail is None:
            return
        try:
            self.mail.kick(shut)
        except Unavailable as fault:
            for key in shut.values():
                reason = Reason(SESSIONS_OPEN, {"server": fault.reason})
                this.results[key] = Result("retry", this.results[key].revision, reason)

    def finish(self, this: Round) -> Report:
        """Record the round. If PostgreSQL falls before that is on its disk, the round is done again and finds all done.

        The disk has slapd's writes to sync meanwhile. What was claimed is synced: who knows it ends sessions once more.
        """
        with self.outbox.transaction() as session:
            held = self.note(session, this, this.claims)
            resume(session, self.name, len(this.results))
        for key in this.claims.keys() - held:
            # Somebody marks it at this moment, and may want another of the round next: it is waited for alone.
            with self.outbox.transaction() as session:
                self.note(session, this, [key], waits=True)
        states = [each.state for each in this.results.values()]
        return Report(len(this.claims), states.count("ok"), states.count("retry"), states.count("refused"))

    def note(self, session: Session, this: Round, keys: Collection[Key], *, waits: bool = False) -> set[Key]:
        """Record what came of subjects, and give them back; give those that could be held."""
        session.execute(text("SET LOCAL synchronous_commit = off"))
        results = {key: each for key, each in this.results.items() if key in keys}
        held = record(session, system(this.began, "worker"), results, self.chance, self.name, waits=waits)
        gone = hold(session, this.gone.keys() & set(keys), waits=waits) if this.gone else set()
        forget(session, {key: this.gone[key] for key in gone})
        release(session, this.token, held | gone)
        return held | gone

    def give_up(self, this: Round, fault: Unavailable) -> Report:
        """Leave the target in peace for a while. What was written already will be found so next time."""
        with self.outbox.transaction() as session:
            release(session, this.token, hold(session, this.claims))
            wait = pause(session, fault.reason, self.chance(), self.name)
        return Report(len(this.claims), paused_for=wait)

    def actor(self) -> Actor:
        """Give the actor that the worker is, now."""
        return system(self.clock(), "worker")

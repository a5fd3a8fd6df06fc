"""Wrong designs, each put in at a seam of the engine: the model must find a history that breaks each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from directory.accounts import Account
from directory.desired import Name, values, wanted
from directory.desired.entries import MANAGED
from directory.desired.values import Key
from provisioning.ports import Observed, Outcome, Reason, Unavailable
from provisioning.reconcile import changes, claims, settling
from provisioning.reconcile.looks import Look
from provisioning.reconcile.records import Result
from provisioning.reconcile.rounds import Reconciler, Report, Round
from provisioning.reconcile.scan import Scanner
from provisioning.reconcile.settling import Finding
from tests.faults.faulty import Faulty


def unguarded_writes(patch: pytest.MonkeyPatch) -> None:
    """Write whatever version is there now."""
    patch.setattr(Faulty, "is_guarded", False)


def remembered_looks(patch: pytest.MonkeyPatch) -> None:
    """Trust what was seen once, instead of looking again."""
    looked = Faulty.observe
    memory = dict[int, dict[Name, Observed]]()

    def observe(self: Faulty, names: Sequence[Name]) -> dict[Name, Observed]:
        known = memory.setdefault(id(self), {})
        known |= looked(self, [name for name in names if name not in known])
        return {name: known[name] for name in names if name in known}

    patch.setattr(Faulty, "observe", observe)


def revision_read_last(patch: pytest.MonkeyPatch) -> None:
    """Read the revision after what it shows, so that it may be that of a change not yet seen."""
    finished = Reconciler.finish

    def finish(self: Reconciler, this: Round) -> Report:
        with self.outbox.transaction() as session:
            ids = [subject_id for _, subject_id in this.results]
            rows = session.execute(select(Account.id, Account.revision).where(Account.id.in_(ids)))
            now = {("account", id_): revision for id_, revision in rows}
        this.results = {key: replace(each, revision=now.get(key, each.revision)) for key, each in this.results.items()}
        return finished(self, this)

    patch.setattr(Reconciler, "finish", finish)


def disables_wait_their_turn(patch: pytest.MonkeyPatch) -> None:
    """Take a disable when nothing else is due."""
    turn = str(vars(claims)["_CLAIM"]).replace("ORDER BY urgent DESC, since", "ORDER BY urgent, since")
    turn = turn.replace("(urgent OR NOT EXISTS", "(true OR NOT EXISTS")
    patch.setattr(claims, "_CLAIM", text(turn.replace("(NOT :urgent OR urgent)", "NOT :urgent")))


def leases_on_the_workers_clock(patch: pytest.MonkeyPatch) -> None:
    """Judge leases by the clock of whoever asks, which here is hours ahead of the database's."""
    own = str(vars(claims)["_CLAIM"]).replace("claimed_until < now()", "claimed_until < now() + interval '3 hours'")
    patch.setattr(claims, "_CLAIM", text(own))


def claims_that_wait(patch: pytest.MonkeyPatch) -> None:
    """Wait for what another is just claiming, instead of taking something else."""
    patch.setattr(claims, "_CLAIM", text(str(vars(claims)["_CLAIM"]).replace("FOR UPDATE SKIP LOCKED", "FOR UPDATE")))


def there_already_means_done(patch: pytest.MonkeyPatch) -> None:
    """Take 68 (there already), 32 (gone) and 122 (changed since) for success, without another look."""
    settled = Look.settle

    def settle(self: Look, key: Key, outcome: Outcome) -> None:
        settled(self, key, Outcome("applied") if outcome.kind == "stale" else outcome)

    patch.setattr(Look, "settle", settle)


def there_already_means_refused(patch: pytest.MonkeyPatch) -> None:
    """Give an entry up at 68, 32 and 122, instead of looking again."""
    settled = Look.settle

    def settle(self: Look, key: Key, outcome: Outcome) -> None:
        settled(self, key, Outcome("refused", reason=Reason("there")) if outcome.kind == "stale" else outcome)

    patch.setattr(Look, "settle", settle)


def purged_at_once(patch: pytest.MonkeyPatch) -> None:
    """Remove a revoked app password at once, instead of leaving it disabled for a while."""
    patch.setattr(values, "TOMBSTONE", timedelta(0))


def no_guard_against_mass_changes(patch: pytest.MonkeyPatch) -> None:
    """Make anew whatever is gone, however much."""
    patch.setattr(settling, "limit_of", lambda _entries: 1_000_000)


def done_before_it_is_written(patch: pytest.MonkeyPatch) -> None:
    """Note as done what is only about to be written."""
    real = Reconciler.make_real

    def make_real(self: Reconciler, this: Round) -> None:
        with self.outbox.transaction() as session:
            wants = wanted(session, self.actor(), this.claims)
        early = replace(this, results={key: Result("ok", want.revision) for key, want in wants.items()})
        self.finish(early)
        real(self, this)

    patch.setattr(Reconciler, "make_real", make_real)


def entries_without_revision(patch: pytest.MonkeyPatch) -> None:
    """Leave an entry alone whose values are right again, though its revision is old."""
    patch.setattr(changes, "MANAGED", tuple(name for name in MANAGED if name != "cvRevision"))


def faults_blame_entries(patch: pytest.MonkeyPatch) -> None:
    """Give entries up when the target is away, instead of trying again."""

    def give_up(self: Reconciler, this: Round, _fault: Unavailable) -> Report:
        with self.outbox.transaction() as session:
            wants = wanted(session, self.actor(), this.claims)
        this.results = {key: Result("refused", want.revision, Reason("away")) for key, want in wants.items()}
        return self.finish(this)

    patch.setattr(Reconciler, "give_up", give_up)


def scans_that_only_look_for_what_is_gone(patch: pytest.MonkeyPatch) -> None:
    """Look at no entry that somebody else wrote."""

    def findings(self: Scanner, keys: Sequence[Key]) -> Iterator[Finding]:
        return (each for each in looked(self, keys) if each.kind == "missing")

    looked = Scanner.findings
    patch.setattr(Scanner, "findings", findings)


MUTANTS = (
    unguarded_writes,
    remembered_looks,
    revision_read_last,
    disables_wait_their_turn,
    leases_on_the_workers_clock,
    claims_that_wait,
    there_already_means_done,
    there_already_means_refused,
    purged_at_once,
    no_guard_against_mass_changes,
    done_before_it_is_written,
    entries_without_revision,
    faults_blame_entries,
    scans_that_only_look_for_what_is_gone,
)

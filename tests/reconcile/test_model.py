"""Random histories of changes, rounds, faults and late requests: what is reported as done stays done."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select, update

from directory.accounts import Account
from directory.base import system
from directory.credentials.tables import AppPassword
from directory.desired import Wanted, wanted
from directory.due import Due, mark
from directory.lifecycle import reinstate, suspend
from provisioning.outbox import Outbox
from provisioning.ports import Change, Delete, Modify, Outcome
from provisioning.reconcile.changes import changes
from provisioning.reconcile.tables import EntryStatus
from tests.conftest import NOW
from tests.engines import Engine
from tests.fakes import FakeTarget

PEOPLE = 1  # more would only thin out what happens to each
WHO = st.integers(0, PEOPLE - 1)
FAULT = st.sampled_from(["none", "late", "lost", "down"])
HISTORIES = settings(
    max_examples=int(os.environ.get("CONGVU_HISTORIES", "20")),
    stateful_step_count=12,
    derandomize=True,
    database=None,
    deadline=None,
    # A failure is told as it was found: making it smaller takes minutes, and its steps are few.
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
"""CONGVU_HISTORIES=2000 tries that many."""


@dataclass
class Overlapping(FakeTarget):
    """A target that another worker uses between our look and our write."""

    other: Engine | None = None

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Let the other worker, whom no lease stops, do a round first."""
        if self.other is not None:
            other, self.other = self.other, None
            other.let_time_pass()
            other.run()
        return super().apply(changes)


@dataclass
class Unguarded(Overlapping):
    """A target that does not look at versions: what the model must find out."""

    def write(self, change: Change) -> Outcome:
        """Write over whatever is there."""
        if isinstance(change, Modify | Delete) and change.name in self.entries:
            csn = self.entries[change.name][1]
            change = replace(change, csn=csn)
        return super().write(change)


class Histories(RuleBasedStateMachine):
    """The engine itself between the book and a target that fails; the book says what should be."""

    outbox: Outbox
    kind: type[Overlapping] = Overlapping

    @initialize()
    def begin(self) -> None:
        """Hire people into a book where nothing else is due, and give them an empty target."""
        self.target = self.kind()
        self.engine = Engine(self.outbox, self.target)
        with self.outbox.transaction() as session:
            session.execute(delete(Due))
            session.execute(delete(EntryStatus))
        self.numbers = self.engine.hire(*["Nguyễn Văn An"] * PEOPLE)
        with self.outbox.transaction() as session:
            self.ids = [self.engine.account(session, number).id for number in self.numbers]

    @rule(who=WHO)
    def turn_over(self, who: int) -> None:
        """Suspend somebody, or take it back."""
        with self.outbox.transaction() as session:
            is_active = session.get_one(Account, self.ids[who]).state == "active"
        self.engine.do(suspend if is_active else reinstate, self.numbers[who], "a reason")

    @rule(who=WHO)
    def make_app_password(self, who: int) -> None:
        """Give somebody one more app password."""
        self.engine.app_password(self.numbers[who])
        self.mark(who)

    @rule(who=WHO)
    def revoke_app_passwords(self, who: int) -> None:
        """Revoke all app passwords of somebody."""
        with self.outbox.transaction() as session:
            mine = AppPassword.account_id == self.ids[who]
            session.execute(update(AppPassword).where(mine).values(revoked_at=NOW))
        self.mark(who)

    @rule(fault=FAULT)
    def work(self, fault: str) -> None:
        """Do a round, perhaps with a fault."""
        self.target.faults = [] if fault == "none" else [fault]
        self.engine.let_time_pass()
        self.engine.run()
        self.target.faults = []

    @rule(who=WHO, fault=FAULT)
    def work_while_another_does(self, who: int, fault: str) -> None:
        """Do a round while the book changes and another worker does one too."""
        self.turn_over(who)
        self.target.other = self.engine
        self.work(fault)
        self.target.other = None

    @rule()
    def late_requests_arrive(self) -> None:
        """Let the requests that were stuck run now."""
        self.target.arrive()

    @invariant()
    def what_is_done_stays_done(self) -> None:
        """Whoever is not due has exactly the entries that the book wants."""
        if hasattr(self, "ids"):
            self.compare(only_done=True)

    def teardown(self) -> None:
        """The queue alone brings everything to what the book wants, and no late request undoes it."""
        if not hasattr(self, "ids") or sys.exc_info()[0] is not None:
            return
        self.engine.settle()
        self.target.arrive()
        assert self.engine.due() == 0
        self.compare(only_done=False)

    def mark(self, who: int) -> None:
        """Note that somebody's entry must follow."""
        with self.outbox.transaction() as session:
            mark(session, system(NOW, "test"), "account", [self.ids[who]])

    def compare(self, *, only_done: bool) -> None:
        """Compare the target with the book."""
        with self.outbox.transaction() as session:
            due = set(session.scalars(select(Due.subject_id)))
            wants = wanted(session, system(NOW, "test"), [("account", each) for each in self.ids])
        for (_, account_id), want in wants.items():
            if not (only_done and account_id in due):
                self.is_as_wanted(want)

    def is_as_wanted(self, want: Wanted) -> None:
        """Assert that one entry, with what is below it, needs no change."""
        assert changes(want.entry, self.target.observe([want.entry.name]).get(want.entry.name)) == []


def machine(outbox: Outbox, kind: type[Overlapping]) -> type[Histories]:
    """Bind the histories to a database and a kind of target."""
    return type("Bound", (Histories,), {"outbox": outbox, "kind": kind})


@pytest.mark.slow
def test_every_history_ends_as_the_book_wants(outbox: Outbox) -> None:
    """Whatever happens in whatever order, what is done stays done and all becomes right in the end."""
    run_state_machine_as_test(machine(outbox, Overlapping), settings=HISTORIES)


@pytest.mark.slow
def test_model_finds_what_unguarded_writes_break(outbox: Outbox) -> None:
    """Without guards by version there is a history in which an old state replaces a newer one: the model finds it."""
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine(outbox, Unguarded), settings=settings(HISTORIES, max_examples=400))

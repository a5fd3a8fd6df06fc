"""A moment that comes while a round is under way is found by the calendar after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from directory.desired import Name
from directory.due import mark
from provisioning.ports import Change, Observed, Outcome
from provisioning.reconcile.moments import mark_what_time_changed
from tests.engines import Engine, device, person
from tests.fakes import FakeTarget

WAIT = timedelta(seconds=10)


@dataclass
class SlowTarget(FakeTarget):
    """A target that takes its time to answer."""

    engine: Engine | None = None
    is_slow_to: str = ""

    def observe(self, names: Sequence[Name]) -> dict[Name, Observed]:
        """Read entries."""
        self.take_time("look")
        return super().observe(names)

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Make changes."""
        self.take_time("write")
        return super().apply(changes)

    def take_time(self, what: str) -> None:
        """Let it be later, once."""
        if self.engine is not None and what == self.is_slow_to:
            self.engine.now += WAIT
            self.is_slow_to = ""


@pytest.mark.parametrize("slow_to", ["look", "write"])
def test_app_password_that_expires_in_the_middle_of_a_round_is_disabled(
    engine: Engine, target: FakeTarget, slow_to: str
) -> None:
    """What expired between the reading of the book and the note of what came of it does not stay open."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    name = device(engine.app_password(number, expires_at=engine.now + WAIT / 2), person(number))
    with engine.outbox.transaction() as session:
        mark(session, engine.actor, "account", [engine.account(session, number).id])
    slow = SlowTarget(target.entries, version=target.version, engine=engine, is_slow_to=slow_to)
    assert engine.reconciler(slow).run().done == 1
    assert slow.entries[name][0]["cvState"] == ("active",)

    with engine.outbox.transaction() as session:
        mark_what_time_changed(session, engine.now)
    engine.reconciler(slow).run()

    assert slow.entries[name][0]["cvState"] == ("disabled",)

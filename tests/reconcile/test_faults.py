"""Rounds over a target that fails: nobody is blamed, lost replies are adopted, late requests change nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pytest
from sqlalchemy import text, update

from directory.credentials.tables import AppPassword
from directory.desired import Name
from directory.due import mark
from directory.lifecycle import reinstate, suspend
from directory.targets import DEFAULT
from provisioning.ports import Change, Outcome
from provisioning.reconcile.tables import TargetStatus
from tests.engines import Engine, device, person
from tests.fakes import FakeMailServer, FakeTarget


def test_fault_of_the_target_fails_nobody(engine: Engine, target: FakeTarget) -> None:
    """While the target is down everything stays due, no entry is blamed, and nothing is claimed during the pause."""
    [number] = engine.hire("Nguyễn Văn An")
    target.is_down = True

    report = engine.run()

    assert report.paused_for is not None
    assert engine.status(number) is None
    assert engine.due() == 1
    target.is_down = False
    assert engine.run().claimed == 0


def test_all_goes_on_after_the_pause(engine: Engine, target: FakeTarget) -> None:
    """When the target is back and the pause is over, what waited becomes real."""
    [number] = engine.hire("Nguyễn Văn An")
    target.is_down = True
    engine.run()

    target.is_down = False
    engine.settle()

    assert person(number) in target.entries
    assert engine.welcomes() == 1


def test_answer_ends_the_fault(engine: Engine, target: FakeTarget) -> None:
    """Once the target answers it fails no longer, and what it answered is counted."""
    engine.hire("Nguyễn Văn An")
    target.is_down = True
    engine.run()
    target.is_down = False

    engine.settle()

    with engine.outbox.transaction() as session:
        status = session.get_one(TargetStatus, DEFAULT)
        assert (status.faults, status.failing_since, status.reason) == (0, None, None)
        assert status.results > 0


def test_failed_round_gives_back_what_it_had(engine: Engine, target: FakeTarget) -> None:
    """After a fault nothing waits for the lease of the round that met it: the end of the pause is enough."""
    engine.hire("Nguyễn Văn An")
    target.is_down = True
    engine.run()
    target.is_down = False

    with engine.outbox.transaction() as session:
        session.execute(text("UPDATE target_status SET paused_until = NULL"))

    assert engine.run().done == 1


def test_lost_reply_is_adopted(engine: Engine, target: FakeTarget) -> None:
    """An entry whose add was applied but not answered is found and adopted: one write, no failure."""
    [number] = engine.hire("Nguyễn Văn An")
    before = len(target.writes)
    target.faults = ["lost"]
    engine.run()

    engine.settle()

    assert len(target.writes) == before + 1
    status = engine.status(number)
    assert status is not None
    assert status.state == "ok"


def test_stuck_request_cannot_undo_a_later_one(engine: Engine, target: FakeTarget) -> None:
    """A suspension that was stuck and arrives after the reinstatement changes nothing."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    target.faults = ["late"]
    engine.do(suspend, number, "a reason")
    engine.run()
    engine.do(reinstate, number, "a reason")
    engine.settle()

    target.arrive()

    assert target.entries[person(number)][0]["cvState"] == ("active",)


def test_revoked_app_password_is_not_brought_back(engine: Engine, target: FakeTarget) -> None:
    """An add of an app password that was stuck and arrives after it was revoked opens nothing."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    phone = engine.app_password(number)
    target.faults = ["late"]
    with engine.outbox.transaction() as session:
        mark(session, engine.actor, "account", [engine.account(session, number).id])
    engine.run()  # the person's own entry is stuck first
    target.arrive()
    engine.let_time_pass()
    target.faults = ["late"]
    engine.run()  # then the app password's
    with engine.outbox.transaction() as session:
        session.execute(update(AppPassword).values(revoked_at=engine.now))
        mark(session, engine.actor, "account", [engine.account(session, number).id])
    engine.settle()

    target.arrive()

    assert target.entries[device(phone, person(number))][0]["cvState"] == ("disabled",)


def test_sessions_end_although_a_worker_died_before_it(
    engine: Engine, target: FakeTarget, mail: FakeMailServer
) -> None:
    """Who signed in with a revoked app password is put out also if the worker that emptied its entry got no further."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.app_password(number)
    engine.settle()
    with engine.outbox.transaction() as session:
        session.execute(update(AppPassword).values(revoked_at=engine.now))
        mark(session, engine.actor, "account", [engine.account(session, number).id])
    dying = engine.reconciler()
    dying.make_real(dying.begin(only_urgent=False))

    engine.settle()

    assert mail.kicked == list(target.entries[person(number)][0]["cvMailboxId"])


@dataclass
class HesitantTarget(FakeTarget):
    """A target that has no time for some entries."""

    later: Collection[Name] = ()

    def write(self, change: Change) -> Outcome:
        """Make one change, unless it is one for which there is no time."""
        return Outcome("unavailable") if change.name in self.later else super().write(change)


@pytest.mark.parametrize(("is_all", "paused", "done"), [(False, False, 1), (True, True, 0)])
def test_server_is_paused_once_it_has_time_for_nothing(engine: Engine, is_all: bool, paused: bool, done: int) -> None:  # noqa: FBT001 - cases
    """Where one of two is put off only that one is tried again; where both are, the server is to blame, and paused."""
    numbers = engine.hire("Nguyễn Văn An", "Trần Văn Bình")
    target = HesitantTarget(later=[person(each) for each in (numbers if is_all else numbers[:1])])

    report = engine.reconciler(target).run()

    assert (report.paused_for is not None, report.done) == (paused, done)

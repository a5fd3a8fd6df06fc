"""Rounds over a target that fails: nobody is blamed, lost replies are adopted, late requests change nothing."""

from __future__ import annotations

from sqlalchemy import update

from directory.credentials.tables import AppPassword
from directory.due import mark
from directory.lifecycle import reinstate, suspend
from tests.engines import Engine, device, person
from tests.fakes import FakeTarget


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

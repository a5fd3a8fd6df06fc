"""What is written down of a try: what failed is known and tried again, and keeps nothing of later waiting."""

from __future__ import annotations

from directory.lifecycle import reinstate, suspend
from tests.engines import Engine, person
from tests.fakes import FakeMailServer, FakeTarget

FOREIGN = (("uid", "foreign"), ("ou", "people"))


def refuse(engine: Engine, target: FakeTarget) -> str:
    """Appoint somebody whose address a foreign entry has; give the account."""
    target.entries[FOREIGN] = ({"cvAddress": ("annv@tinh.gov.vn",)}, "v")
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    return number


def test_refused_account_is_not_welcomed(engine: Engine, target: FakeTarget) -> None:
    """Nobody is welcomed to a mailbox whose entry the target has refused."""
    refuse(engine, target)

    assert engine.welcomes() == 0


def test_account_that_was_refused_first_is_welcomed(engine: Engine, target: FakeTarget) -> None:
    """The welcome comes with the first try that succeeds, though others failed before it."""
    number = refuse(engine, target)
    del target.entries[FOREIGN]

    engine.write_again(number)

    assert engine.welcomes() == 1


def test_tries_that_fail_are_counted(engine: Engine, target: FakeTarget) -> None:
    """Each further try that fails counts as one more, so that the waits grow."""
    number = refuse(engine, target)

    engine.write_again(number)

    status = engine.status(number)
    assert status is not None
    assert (status.state, status.attempts) == ("refused", 2)


def test_change_after_a_try_that_failed_waits_for_nothing(engine: Engine, mail: FakeMailServer) -> None:
    """What the book decides while a try fails is taken at once, and not only when that try would be repeated."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    engine.do(suspend, number, "a reason")
    reconciler = engine.reconciler()
    this = reconciler.begin(only_urgent=False)
    reconciler.make_real(this)
    mail.is_down = True
    reconciler.end_sessions(this)
    engine.do(reinstate, number, "a reason")

    reconciler.finish(this)

    assert engine.run().claimed == 1


def test_change_after_a_try_to_be_repeated_is_taken_at_once(engine: Engine, mail: FakeMailServer) -> None:
    """What the book decides after a try failed does not wait until that try would have been repeated."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    mail.is_down = True
    engine.do(suspend, number, "a reason")
    engine.run()

    engine.do(reinstate, number, "a reason")

    assert engine.run().claimed == 1


def test_try_that_failed_forgets_nothing(engine: Engine, target: FakeTarget) -> None:
    """After a refusal it is still known in which version and with which revision the entry was left."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    before = engine.status(number)
    target.edit(person(number), cvRevision=("99",))

    engine.write_again(number)

    after = engine.status(number)
    assert before is not None
    assert after is not None
    assert after.state == "refused"
    left = [(each.csn, each.entries, each.applied_revision, each.first_ok_at) for each in (before, after)]
    assert left[0] == left[1]


def test_number_of_entries_is_known(engine: Engine) -> None:
    """An account with an app password is noted as two entries, so that a scan misses one that is gone."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.app_password(number)

    engine.settle()

    status = engine.status(number)
    assert status is not None
    assert status.entries == 2

"""Workers that are killed, frozen or many: what they left is found, and nothing is lost or done twice."""

from __future__ import annotations

import random
import threading

import pytest
from sqlalchemy import select, update

from directory.credentials.tables import AppPassword
from directory.due import Due
from directory.lifecycle import reinstate, suspend
from provisioning.ldap import LdapTarget
from provisioning.reconcile import Reconciler
from tests.engines import person
from tests.faults.conftest import Connect, Times
from tests.faults.dying_worker import AFTER_A_WRITE, BEFORE_A_WRITE
from tests.faults.nursery import Nursery
from tests.faults.slapds import NAMES, many_names
from tests.faults.tally import PromisingEngine, Tally

pytestmark = pytest.mark.faults
IN_THE_MIDDLE = (
    "provisioning.reconcile.looks:Look.decide return 1",
    "provisioning.ldap.target:LdapTarget.apply call 1",
    "provisioning.ldap.target:LdapTarget.apply call 2",
    "provisioning.reconcile.records:record call 1",
)


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(BEFORE_A_WRITE, marks=pytest.mark.fault("F08"), id="before it writes"),
        pytest.param(AFTER_A_WRITE, marks=pytest.mark.fault("F09"), id="between write and record"),
    ],
)
def test_worker_killed(
    engine: PromisingEngine,
    workers: Nursery,
    connect: Connect,
    tally: Tally,
    times: Times,
    points: tuple[str, ...],
) -> None:
    """Wherever a worker dies, with adds and with changes at hand, another finds what it did and does the rest."""
    for point in points:
        for turn in range(times(2, 20)):
            (engine.shutting if turn % 2 else engine.newcomers)()
            workers.kill(point)
            tally.injected()

            engine.settle()

    tally.close(engine, connect())


@pytest.mark.fault("F08")
def test_claims_of_a_dead_worker_are_not_taken_early(
    engine: PromisingEngine, workers: Nursery, connect: Connect, tally: Tally
) -> None:
    """What a dead worker had claimed is left alone until its lease ends."""
    engine.newcomers()
    workers.kill("provisioning.reconcile.rounds:Reconciler.begin return 1")
    tally.injected()

    assert engine.run().claimed == 0

    engine.settle()
    tally.close(engine, connect())


@pytest.mark.fault("F11")
@pytest.mark.parametrize("point", IN_THE_MIDDLE)
def test_worker_frozen_beyond_its_lease(
    engine: PromisingEngine, workers: Nursery, connect: Connect, tally: Tally, times: Times, point: str
) -> None:
    """A worker is frozen in the middle, another does its work after the lease, and what the first goes on to do
    changes nothing.
    """
    for turn in range(times(2, 20)):
        (engine.shutting if turn % 2 else engine.newcomers)()
        workers.freeze(point)
        tally.injected()
        engine.settle()

        workers.thaw()

        tally.close(engine, connect())


@pytest.mark.fault("F12")
@pytest.mark.parametrize("point", IN_THE_MIDDLE)
def test_worker_wakes_up_in_another_time(
    engine: PromisingEngine, workers: Nursery, connect: Connect, tally: Tally, times: Times, point: str
) -> None:
    """A worker is frozen while the book goes on and another makes that real: its older state replaces nothing."""
    for turn in range(times(2, 20)):
        number = engine.shutting() if turn % 2 else engine.newcomers()[0]
        workers.freeze(point)
        tally.injected()
        engine.let_time_pass()
        engine.do(reinstate if turn % 2 else suspend, number, "a reason")
        engine.settle()

        workers.thaw()

        assert engine.due() == 0
        tally.close(engine, connect())


@pytest.mark.fault("F11")
def test_two_workers_at_once(engine: PromisingEngine, connect: Connect, tally: Tally, times: Times) -> None:
    """Two workers share the work: each entry is made once, and everybody is welcomed once."""
    for _ in range(times(1, 20)):
        engine.hire(*NAMES)
        working_at_once(engine, [connect() for _ in range(2)])
        tally.injected()

    engine.settle()

    tally.close(engine, connect())


def working_at_once(engine: PromisingEngine, targets: list[LdapTarget]) -> None:
    """Let a worker on each target work until nothing can be claimed, a few at a time."""

    def rounds(target: LdapTarget) -> None:
        while Reconciler(engine.outbox, target, engine.mail, lambda: engine.now, batch=7).run().claimed:
            pass

    threads = [threading.Thread(target=rounds, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.fault("F17")
def test_changes_in_any_order(engine: PromisingEngine, connect: Connect, tally: Tally, times: Times) -> None:
    """Several workers follow changes that go to and fro, in any order: what stands in the end is what was said last."""
    chance = random.Random(17)
    numbers = engine.hire(*NAMES[:10])
    targets = [connect() for _ in range(3)]
    for _ in range(times(6, 60)):
        for number in chance.sample(numbers, 6):
            change_something(engine, number, chance)
            tally.injected()
        shuffle(engine, chance)
        working_at_once(engine, targets)

    engine.settle()

    tally.close(engine, connect())


def change_something(engine: PromisingEngine, number: str, chance: random.Random) -> None:
    """Suspend or reinstate somebody, give an app password, or revoke all of somebody's."""
    if (lot := chance.random()) < 0.5:
        engine.do(reinstate if engine.people[number] == "suspended" else suspend, number, "a reason")
    elif lot < 0.75:
        engine.app_password(number)
        engine.touch(number)
    else:
        with engine.outbox.transaction() as session:
            mine = AppPassword.account_id == engine.account(session, number).id
            session.execute(update(AppPassword).where(mine).values(revoked_at=engine.now))
        engine.touch(number)


def shuffle(engine: PromisingEngine, chance: random.Random) -> None:
    """Let what waits be taken in an order that has nothing to do with when it was said."""
    with engine.outbox.transaction() as session:
        for waiting in session.scalars(select(Due)):
            waiting.since = engine.now.replace(microsecond=chance.randrange(1_000_000))
            waiting.urgent = chance.random() < 0.3


@pytest.mark.fault("F34")
def test_disable_overtakes_a_long_list(engine: PromisingEngine, connect: Connect, tally: Tally, times: Times) -> None:
    """Somebody who is suspended behind a long list is shut in the very next round, before all of the list."""
    number, *_ = engine.hire("Nguyễn Văn An")
    engine.settle()
    count = times(1_000, 10_000)
    engine.hire(*many_names(count))
    engine.do(suspend, number, "a reason")
    tally.injected()

    report = engine.run()

    seen = connect().observe([person(number)])[person(number)]
    assert (report.claimed, seen.attributes["cvState"]) == (1, ("suspended",))
    assert engine.due() == count
    engine.settle(rounds=count)
    tally.close(engine, connect())

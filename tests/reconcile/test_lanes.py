"""Who is taken first in a round, who is called to help, and what is added without a look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text

from directory.due import mark
from directory.lifecycle import reinstate, suspend
from tests.engines import Engine, person
from tests.fakes import FakeTarget


def test_whole_batch_calls_another_worker(engine: Engine, target: FakeTarget) -> None:
    """Whoever takes as many subjects as one may calls another before writing; the last few call nobody."""
    engine.hire(*(f"Nguyễn Văn {letter}n" for letter in "ABCDE"))
    called: list[tuple[str, int]] = []
    outbox = replace(engine.outbox, wake=lambda _session, task: called.append((task, len(target.writes))))
    written = len(target.writes)
    reconciler = replace(engine.reconciler(), outbox=outbox, batch=3)

    claimed = [reconciler.run().claimed for _ in range(3)]

    assert claimed == [3, 2, 0]
    assert [each for each in called if each[0] == "reconcile"] == [("reconcile", written)]


@pytest.mark.parametrize(("batch", "is_urgent", "taken"), [(2, False, 1), (3, False, 0), (2, True, 0)])
def test_whole_batches_take_turns(engine: Engine, target: FakeTarget, batch: int, is_urgent: bool, taken: int) -> None:  # noqa: FBT001 - a case
    """A whole batch is written while nobody else writes one; a smaller one, and disables, wait for nobody."""
    numbers = engine.hire("Nguyễn Văn An", "Nguyễn Văn Bình")
    with engine.outbox.transaction() as session:
        session.execute(text("UPDATE due SET urgent = :urgent"), {"urgent": is_urgent})
    turns: list[tuple[int, int]] = []

    @contextmanager
    def turn() -> Iterator[None]:
        before = len(target.writes)
        yield
        turns.append((before, len(target.writes)))

    written = len(target.writes)
    replace(engine.reconciler(), batch=batch, writing=turn()).run()

    assert {person(number) for number in numbers} <= set(target.entries)
    assert turns == [(written, written + 2)] * taken


def test_disable_wakes_a_worker_of_its_own(engine: Engine) -> None:
    """Suspending somebody wakes the lane that does nothing but disables; other changes wake the usual one."""
    [number] = engine.hire("Nguyễn Văn An")
    woken: list[str] = []
    outbox = replace(engine.outbox, wake=lambda _session, task: woken.append(task))

    for verb in (suspend, reinstate):
        with outbox.transaction() as session:
            verb(session, engine.actor, [engine.account(session, number).id], "a reason")

    assert [task for task in woken if task in {"disable", "reconcile"}] == ["disable", "reconcile"]


def test_round_of_disables_leaves_the_rest(engine: Engine, target: FakeTarget) -> None:
    """A round for disables alone writes the suspended account and not the newcomer who waits."""
    [gone] = engine.hire("Nguyễn Văn An")
    engine.settle()
    [new] = engine.hire("Nguyễn Văn Bình")
    engine.do(suspend, gone, "a reason")

    engine.reconciler().run(only_urgent=True)

    assert target.entries[person(gone)][0]["cvState"] == ("suspended",)
    assert person(new) not in target.entries


def test_disable_is_taken_from_a_long_batch(engine: Engine, target: FakeTarget) -> None:
    """Somebody is suspended at once while another worker has the account in hand, whatever that one writes later."""
    [number] = engine.hire("Nguyễn Văn An")
    busy = engine.reconciler()
    this = busy.begin(only_urgent=False)
    engine.do(suspend, number, "a reason")

    report = engine.reconciler().run(only_urgent=True)
    busy.make_real(this)
    busy.finish(this)

    assert report.done == 1
    assert target.entries[person(number)][0]["cvState"] == ("suspended",)
    assert engine.due() == 0


def test_disable_stays_one_whatever_follows(engine: Engine) -> None:
    """Somebody who was suspended and then changed in another way is still taken before everything else."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    engine.do(suspend, number, "a reason")

    with engine.outbox.transaction() as session:
        mark(session, engine.actor, "account", [engine.account(session, number).id])

    assert engine.reconciler().run(only_urgent=True).done == 1


def test_what_is_in_hand_is_left_to_its_worker(engine: Engine) -> None:
    """Who is changed, but not shut out, while a worker has the account in hand is taken by no other meanwhile."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.reconciler().begin(only_urgent=False)

    with engine.outbox.transaction() as session:
        mark(session, engine.actor, "account", [engine.account(session, number).id])

    assert engine.run().claimed == 0


def test_newcomer_is_added_without_a_look(engine: Engine, target: FakeTarget) -> None:
    """Nothing is asked about an entry that nobody has ever tried to write."""
    [number] = engine.hire("Nguyễn Văn An")

    engine.run()

    assert person(number) in target.entries
    assert person(number) not in target.looks


def test_entry_that_is_there_after_all_is_looked_at(engine: Engine, target: FakeTarget) -> None:
    """An entry that another program made under the name of a newcomer becomes what it should be."""
    [number] = engine.hire("Nguyễn Văn An")
    target.entries[person(number)] = ({"cvState": ("disabled",), "description": ("theirs",)}, "v")

    engine.run()

    attributes = target.entries[person(number)][0]
    assert (attributes["cvState"], attributes["description"]) == (("active",), ("theirs",))
    assert engine.due() == 0


def test_newcomer_that_a_worker_had_is_looked_at(engine: Engine, target: FakeTarget) -> None:
    """After a fault nobody knows what became of an add, so the next try looks before it writes."""
    [number] = engine.hire("Nguyễn Văn An")
    target.faults = ["lost"]
    engine.run()
    engine.let_time_pass()

    engine.run()

    assert target.looks == [person(number)]
    assert [each.name for each in target.writes].count(person(number)) == 1

"""Scans settle what differs a batch at a time, and still do nothing by themselves if it is too much as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from directory.desired import Name
from directory.lifecycle import suspend
from provisioning.ports import Observed
from provisioning.reconcile import scan
from provisioning.reconcile.drift import drifts
from provisioning.reconcile.scan import Report, Scanner
from provisioning.reconcile.settling import limit_of, overtake, still
from tests.engines import Engine, device, person
from tests.fakes import FakeTarget

PEOPLE = tuple(f"Lê Văn {letter}{end}" for letter in "ABCDEGH" for end in ("n", "m"))


@dataclass
class VanishingTarget(FakeTarget):
    """A target that is replaced by an empty one after so many looks at entries."""

    left: int = 0

    def observe(self, names: Sequence[Name]) -> dict[Name, Observed]:
        """Read entries, as long as there are any."""
        self.left -= 1
        return super().observe(names) if self.left >= 0 else {}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a batch be three subjects."""
    monkeypatch.setattr(scan, "BATCH", 3)


@pytest.fixture
def numbers(engine: Engine) -> list[str]:
    """Give fourteen accounts that are real: more than may be made anew by themselves."""
    numbers = engine.hire(*PEOPLE)
    engine.settle()
    return numbers


def full(engine: Engine, target: FakeTarget) -> Report:
    """Scan everything, an hour after what happened before."""
    engine.now += timedelta(hours=1)
    return Scanner(engine.outbox, target, lambda: engine.now).full()


def test_much_that_weighs_little_is_restored_in_batches(engine: Engine, target: FakeTarget, numbers: list[str]) -> None:
    """What shuts nobody out is put right, however many batches it is."""
    for each in numbers:
        target.edit(person(each), cvQuota=("1",))

    report = full(engine, target)
    engine.settle()

    assert (report.restored, report.is_held) == (len(numbers), False)
    assert not [each for each in numbers if target.entries[person(each)][0]["cvQuota"] == ("1",)]


def test_too_much_in_all_is_held_from_the_first_batch_on(
    engine: Engine, target: FakeTarget, numbers: list[str]
) -> None:
    """No batch alone is too much, but all of them are: so nothing is written for any of them."""
    for each in numbers:
        del target.entries[person(each)]

    report = full(engine, target)
    engine.settle()

    assert (report.restored, report.asked, report.is_held) == (0, len(numbers), True)
    assert not [each for each in numbers if person(each) in target.entries]


def test_as_much_as_may_be_is_made_anew(engine: Engine, target: FakeTarget, numbers: list[str]) -> None:
    """What is not more than the limit waits for nobody."""
    for each in numbers[: limit_of(0)]:
        del target.entries[person(each)]

    report = full(engine, target)

    assert (report.restored, report.is_held) == (limit_of(0), False)


def test_what_engine_has_written_since_is_no_drift(engine: Engine, target: FakeTarget, numbers: list[str]) -> None:
    """What becomes due, or is written, after a scan has looked at it is left to the engine."""
    number = numbers[0]
    target.edit(person(number), cvQuota=("1",))
    with engine.outbox.transaction() as session:
        key = ("account", engine.account(session, number).id)
    found = list(Scanner(engine.outbox, target, lambda: engine.now).findings([key]))

    engine.do(suspend, number, "a reason")
    with engine.outbox.transaction() as session:
        while_due = still(session, found)
    engine.settle()
    with engine.outbox.transaction() as session:
        afterwards = still(session, found)

    assert [each.key for each in found] == [key]
    assert (while_due, afterwards) == ([], [])


def test_scan_knows_the_versions_that_others_left(engine: Engine, target: FakeTarget, numbers: list[str]) -> None:
    """What others wrote that is no business of ours, below an entry too, is looked at once and not at every scan."""
    phone = device(engine.app_password(numbers[0]), person(numbers[0]))
    engine.write_again(numbers[0])
    target.edit(phone, description=("1",))
    full(engine, target)
    target.looks.clear()

    full(engine, target)

    assert target.looks == []


def test_what_is_right_again_is_no_longer_kept(engine: Engine, target: FakeTarget, numbers: list[str]) -> None:
    """What was kept for a person and came back by itself is forgotten by the next full scan."""
    gone = {each: target.entries.pop(person(each)) for each in numbers}
    full(engine, target)
    target.entries |= {person(each): there for each, there in gone.items()}

    full(engine, target)

    with engine.outbox.transaction() as session:
        assert drifts(session, engine.actor).held == 0


def shut(engine: Engine, target: FakeTarget, numbers: list[str]) -> None:
    """Let others open the mail of people who are suspended."""
    for each in numbers:
        engine.do(suspend, each, "a reason")
    engine.settle()
    for each in numbers:
        target.edit(person(each), cvState=("active",))


def give_devices(_engine: Engine, target: FakeTarget, numbers: list[str]) -> None:
    """Let others put app passwords of their own below entries."""
    for each in numbers:
        handmade: dict[str, tuple[str, ...]] = {"cvDeviceId": ("handmade",), "cvState": ("active",)}
        target.entries[device("handmade", person(each))] = (handmade, target.next_version())


@pytest.mark.parametrize("meddle", [shut, give_devices])
def test_so_much_that_shuts_somebody_out_is_held(
    engine: Engine,
    target: FakeTarget,
    numbers: list[str],
    meddle: Callable[[Engine, FakeTarget, list[str]], None],
) -> None:
    """States and app passwords that others changed are not all taken back by themselves: the book may be wrong."""
    meddle(engine, target, numbers)

    report = full(engine, target)

    assert (report.restored, report.asked, report.is_held) == (0, len(numbers), True)


@pytest.mark.parametrize(("size", "restored"), [(3, 9), (1, 10)])
def test_what_grows_between_both_looks_is_held(
    engine: Engine, target: FakeTarget, numbers: list[str], monkeypatch: pytest.MonkeyPatch, size: int, restored: int
) -> None:
    """A server that is found empty only at the second look has at most as much made anew as may be by itself."""
    monkeypatch.setattr(scan, "BATCH", size)
    for each in numbers:
        target.edit(person(each), cvQuota=("1",))
    batches_of_a_look = -(-len(numbers) // size)
    vanishing = VanishingTarget(target.entries, version=target.version, left=batches_of_a_look)

    report = full(engine, vanishing)

    assert (report.restored, report.asked, report.is_held) == (restored, len(numbers) - restored, True)


def test_book_that_is_later_by_now_does_not_go_back(engine: Engine) -> None:
    """What an entry showed when it was looked at takes nothing from a book that has passed it meanwhile."""
    [number] = engine.hire(PEOPLE[0])
    with engine.outbox.transaction() as session:
        account = engine.account(session, number)
        before = account.revision

        overtake(session, {("account", account.id): before - 1})

        session.refresh(account)
        assert account.revision == before

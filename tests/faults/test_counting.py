"""The counts themselves: what is lost or doubled is seen, and a fault that nobody made is not called well."""

from __future__ import annotations

import re
from typing import Literal

import pytest

from directory.lifecycle import suspend
from tests.faults.conftest import Connect
from tests.faults.nursery import HOUSE
from tests.faults.slapds import by_hand, must
from tests.faults.table import PROPERTY, rows
from tests.faults.tally import BASE, PromisingEngine, lost_in_book, lost_on_the_way, twice
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.faults


def report(outcome: Literal["passed", "failed", "skipped"], injections: int, lost: int = 0) -> pytest.TestReport:
    """Make the report of a test of F04."""
    found = {"fault": "F04", "injections": injections, "lost": lost, "doubled": 0}
    return pytest.TestReport("a test", ("a", 1, "test"), {}, outcome, None, "call", user_properties=[(PROPERTY, found)])


@pytest.mark.parametrize(
    ("reports", "line"),
    [
        ([report("passed", 3), report("passed", 4)], "fault F04: injections 7 lost 0 doubled 0 ok"),
        ([report("passed", 3), report("failed", 4)], "fault F04: injections 7 lost 0 doubled 0 FAILED"),
        ([report("passed", 3, lost=1)], "fault F04: injections 3 lost 1 doubled 0 FAILED"),
        ([report("passed", 0)], "fault F04: injections 0 lost 0 doubled 0 FAILED"),
        ([report("skipped", 0)], "fault F04: injections 0 lost 0 doubled 0 SKIPPED"),
    ],
)
def test_line_of_a_fault(reports: list[pytest.TestReport], line: str) -> None:
    """A fault is well only if it was made, each of its tests passed, and nothing is lost or doubled."""
    assert rows(reports) == [line]


def test_every_fault_is_told_and_made() -> None:
    """Each fault of docs/faults.md has a test, and each that has a test is told there."""
    told = set(re.findall(r"^\| (F\d\d) ", (HOUSE / "docs/faults.md").read_text(encoding="utf-8"), re.MULTILINE))
    sources = [path.read_text(encoding="utf-8") for path in (HOUSE / "tests/faults").glob("test_*.py")]

    made = {fault for source in sources for fault in re.findall(r'mark\.fault\("(F\d\d)"\)', source)}

    assert made == told


def test_what_is_lost_is_seen(engine: PromisingEngine, slapd: Servers, connect: Connect) -> None:
    """An entry that is gone, and a state that the book has lost, are counted."""
    gone, changed = engine.hire("Nguyễn Văn An", "Trần Thị Bình")
    engine.settle()
    before = (lost_in_book(engine), lost_on_the_way(engine, connect()))
    with by_hand(slapd) as hand:
        must(hand, hand.delete, f"uid={gone},ou=people,{BASE}")
    engine.people[changed] = "suspended"

    after = (lost_in_book(engine), lost_on_the_way(engine, connect()))

    assert before == ([], [])
    assert (after[0], len(after[1])) == ([f"account {changed}"], 1)


def test_what_was_not_written_is_seen(engine: PromisingEngine, connect: Connect) -> None:
    """What is due still is counted."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()

    engine.do(suspend, number, "a reason")

    assert len(lost_on_the_way(engine, connect())) == 1


def test_what_is_doubled_is_seen(engine: PromisingEngine, slapd: Servers, connect: Connect) -> None:
    """An entry that is nobody's in the book is counted."""
    engine.hire("Nguyễn Văn An")
    engine.settle()
    with by_hand(slapd) as hand:
        must(hand, hand.add, f"uid=again,ou=people,{BASE}", "inetOrgPerson", {"cn": "An", "sn": "Nguyễn"})

    assert twice(engine, connect(), ()) == ["again"]
    assert twice(engine, connect(), ("again",)) == []

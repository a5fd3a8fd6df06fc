"""The harness of scripts/bench; the benches themselves are not run by tests."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benches.__main__ import found, main
from benches.figures import BenchError, Goal, at_least, at_most, take

HOUSE = Path(__file__).resolve().parents[2]


class Lengths:
    """Two sides whose figures are known beforehand."""

    NAME = "lengths"
    UNIT = "m/s"

    def __init__(self, ours: list[float], others: list[float], goal: Goal) -> None:
        self.GOAL = goal
        self.figures = {"ours": list(ours), "other": list(others)}
        self.seen: list[str] = []

    @contextmanager
    def set_up(self, large: bool) -> Iterator[str]:  # noqa: FBT001 - as every bench
        """Remember which size was asked for, and that the place was cleared away."""
        self.seen.append("large" if large else "small")
        yield "place"
        self.seen.append("cleared")

    def ours(self, place: str) -> float:
        """Give our next figure."""
        self.seen.append("ours")
        return self.figures["ours"].pop(0)

    def other(self, place: str) -> float:
        """Give the other side's next figure."""
        self.seen.append("other")
        return self.figures["other"].pop(0)


class Broken(Lengths):
    """A bench that cannot run."""

    NAME = "broken"

    def ours(self, place: str) -> float:
        """Refuse."""
        raise BenchError("there is no slapd here")


def lengths(goal: Goal) -> Lengths:
    """Build a bench with medians 4 and 5."""
    return Lengths([9, 4, 1], [5, 2, 8], goal)


def test_one_line_a_figure(capsys: pytest.CaptureFixture[str]) -> None:
    """A figure is one line of the fixed form, with the medians of both sides."""
    main([], [lengths(at_least(0.5))])

    assert capsys.readouterr().out == "bench lengths: ratio 0.80 (goal >= 0.5) ours 4 other 5 m/s\n"


def test_sides_take_turns() -> None:
    """Both sides run three times in one place, in turn, and each is first in its turn."""
    bench = lengths(at_most(1))

    take(bench)

    assert bench.seen == ["small", "ours", "other", "other", "ours", "ours", "other", "cleared"]


@pytest.mark.parametrize(
    ("goal", "code"),
    [(at_least(0.8), 0), (at_least(0.81), 1), (at_most(0.8), 0), (at_most(0.79), 1)],
    ids=str,
)
def test_missed_goal(goal: Goal, code: int) -> None:
    """The exit code is 1 when the ratio misses the goal, and the bound itself is good enough."""
    assert main([], [lengths(goal)]) == code


def test_goal_is_judged_on_the_exact_ratio() -> None:
    """A ratio that only rounds to the goal misses it."""
    bench = Lengths([1.504] * 3, [1] * 3, at_most(1.5))

    assert main([], [bench]) == 1


def test_large(capsys: pytest.CaptureFixture[str]) -> None:
    """With --large the place is made large."""
    bench = lengths(at_least(0.5))

    main(["--large"], [bench])

    assert bench.seen[0] == "large"


def test_one_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A name takes that figure only."""
    main(["lengths"], [lengths(at_least(0.5)), Broken([], [], at_least(1))])

    assert capsys.readouterr().out.count("\n") == 1


def test_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown name is refused with the names there are."""
    code = main(["speed"], [lengths(at_least(1))])

    assert (code, capsys.readouterr().err) == (2, "There is no bench speed; there are: lengths.\n")


def test_figure_that_cannot_be_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """A bench that cannot run says why, the others still run, and the exit code is not that of a missed goal."""
    code = main([], [Broken([], [], at_least(1)), lengths(at_least(1))])

    said = capsys.readouterr()
    assert code == 2
    assert said.err == "bench broken: not measured: there is no slapd here\n"
    assert said.out.startswith("bench lengths: ratio 0.80")


def test_nothing_is_compared_with_zero() -> None:
    """A side that measured nothing is an error, not a ratio."""
    with pytest.raises(BenchError, match="cannot be compared"):
        take(Lengths([1, 1, 1], [0, 1, 1], at_least(1)))


def test_list_has_every_bench() -> None:
    """`scripts/bench --list` names every bench with its goal and unit, and measures nothing."""
    listed = subprocess.run([HOUSE / "scripts/bench", "--list"], check=True, capture_output=True, text=True)

    lines = listed.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == [bench.NAME for bench in found()]
    assert all(re.fullmatch(r"[a-z0-9-]+: goal [<>]= [0-9.]+, in \S+\. .+", line) for line in lines)

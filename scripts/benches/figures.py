"""How a figure is taken: both sides in turn on the same machine, medians, and their ratio against a goal."""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

RUNS = 3


class BenchError(Exception):
    """A figure cannot be taken; the message says why."""


@dataclass(frozen=True)
class Goal:
    """What the ratio of our side to the other must be."""

    sign: str
    bound: float

    def is_met(self, ratio: float) -> bool:
        """Whether the ratio is good enough."""
        return ratio >= self.bound if self.sign == ">=" else ratio <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}"


def at_least(bound: float) -> Goal:
    """For rates: more is better."""
    return Goal(">=", bound)


def at_most(bound: float) -> Goal:
    """For times: less is better."""
    return Goal("<=", bound)


class Bench(Protocol):
    """What a module of this folder declares; the module itself is the bench."""

    NAME: str
    GOAL: Goal
    # Of both sides' figures: "s", "entries/s" ...
    UNIT: str

    def set_up(self, large: bool) -> AbstractContextManager[Any]:  # noqa: FBT001 - one flag, from the command line
        """Make the place in which both sides run, and clear it away at the end."""

    def ours(self, place: Any) -> float:  # noqa: ANN401 - each bench has a place of its own kind
        """Run our side once; the figure."""

    def other(self, place: Any) -> float:  # noqa: ANN401 - as above
        """Run the other side once; the figure."""


@dataclass(frozen=True)
class Figure:
    """One line of the answer."""

    name: str
    goal: Goal
    ours: float
    other: float
    unit: str

    @property
    def ratio(self) -> float:
        """Our side over the other."""
        return self.ours / self.other

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached; judged on the exact ratio, not on the printed one."""
        return self.goal.is_met(self.ratio)

    def __str__(self) -> str:
        return (
            f"bench {self.name}: ratio {self.ratio:.2f} (goal {self.goal})"
            f" ours {self.ours:.4g} other {self.other:.4g} {self.unit}"
        )


def take(bench: Bench, *, large: bool = False) -> Figure:
    """Run both sides in turn, each first in its turn, and compare their medians."""
    ours: list[float] = []
    others: list[float] = []
    with bench.set_up(large) as place:
        turns: list[tuple[list[float], Callable[[Any], float]]] = [(ours, bench.ours), (others, bench.other)]
        for run in range(RUNS):
            # Whoever goes first finds colder caches: take turns in that too.
            for figures, side in turns if run % 2 == 0 else reversed(turns):
                os.sync()  # Neither waits for a disk that still takes what was written before.
                figures.append(side(place))
    if min(*ours, *others) <= 0:
        raise BenchError(f"a side gave a figure that cannot be compared: ours {ours}, other {others}")
    return Figure(bench.NAME, bench.GOAL, median(ours), median(others), bench.UNIT)


def seconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start

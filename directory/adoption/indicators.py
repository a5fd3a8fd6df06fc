"""What adoption means, as functions of numbers: shares, targets, how many are missing, who is late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from math import ceil

_ALL, _TENTH = Decimal(100), Decimal("0.1")


@dataclass(frozen=True)
class Figures:
    """How many people of an agency, with everything below it, on a day."""

    declared: int | None = None
    """Posts of the declared headcount; None where nothing was declared."""
    listed: int = 0
    """Officials with a primary appointment held on the day."""
    provided: int = 0
    """Of these, who have an account whose mailbox has a primary address."""
    activated: int = 0
    """Of these, who activated their account."""
    in_use: int = 0
    """Of these, who sent mail, signed in to the portal or marked a message read within `use_days`."""
    second_factor: int = 0
    """Of the activated, who have a confirmed second factor."""

    def without(self, others: Iterable[Figures]) -> Figures:
        """Take the figures of parts away: what is left belongs to none of them. A headcount is not divided so."""
        parts = list(others)
        return Figures(
            declared=None,
            **{name: getattr(self, name) - sum(getattr(part, name) for part in parts) for name in COUNTED},
        )


COUNTED = ("listed", "provided", "activated", "in_use", "second_factor")


@dataclass(frozen=True)
class Indicator:
    """A rate: `name` of `base`, both fields of `Figures`."""

    name: str
    base: str


INDICATORS = (
    Indicator("provided", "listed"),
    Indicator("activated", "listed"),
    Indicator("in_use", "listed"),
    Indicator("second_factor", "activated"),
)
"""Of the people listed; only the second factor is asked of those who have an account to protect."""


class Status(StrEnum):
    """A rate against its target."""

    MET = "met"
    LATE = "late"
    NO_TARGET = "no_target"
    NOBODY = "nobody"
    """There is no one to count, so nothing is late."""


@dataclass(frozen=True)
class Rate:
    """One indicator of one agency on one day, judged."""

    name: str
    count: int
    base: int
    target: Decimal | None
    status: Status

    @property
    def share(self) -> Decimal | None:
        """Per cent with one decimal; None of nobody."""
        return share(self.count, self.base)

    @property
    def missing(self) -> int:
        """How many people more would meet the target."""
        if self.target is None:
            return 0
        return max(0, ceil(self.target * self.base / 100) - self.count)


def share(count: int, base: int) -> Decimal | None:
    """Give `count` of `base` in per cent, rounded half up to one decimal; but 100 is only all, and 0 only none.

    The one rule for every share that somebody sees; targets are held against whole people, and not against this.
    """
    if base == 0:
        return None
    rounded = (_ALL * count / base).quantize(_TENTH, rounding=ROUND_HALF_UP)
    if rounded == _ALL and count != base:
        return rounded + _TENTH.copy_sign(count - base)
    return _TENTH if rounded == 0 and count > 0 else rounded


def judge(figures: Figures, targets: Mapping[str, float]) -> tuple[Rate, ...]:
    """Hold the figures of an agency against targets in per cent; an indicator without one is only shown."""
    return tuple(_rate(figures, indicator, targets.get(indicator.name)) for indicator in INDICATORS)


def is_late(rates: Iterable[Rate]) -> bool:
    """Say whether any rate is below its target."""
    return any(rate.status is Status.LATE for rate in rates)


def _rate(figures: Figures, indicator: Indicator, target: float | None) -> Rate:
    """Judge one indicator by whole people, never by a rounded per cent."""
    count, base = getattr(figures, indicator.name), getattr(figures, indicator.base)
    wanted = None if target is None else Decimal(str(target))
    if base == 0:
        status = Status.NOBODY
    elif wanted is None:
        status = Status.NO_TARGET
    else:
        status = Status.MET if Decimal(100) * count >= wanted * base else Status.LATE
    return Rate(indicator.name, count, base, wanted, status)


class Difference(StrEnum):
    """How the declared headcount and the people listed compare; a page explains each."""

    UNDECLARED = "undeclared"
    EQUAL = "equal"
    FEWER_LISTED = "fewer_listed"
    """Vacant posts, or people whose list has not come yet."""
    MORE_LISTED = "more_listed"
    """Contract staff beside the posts, or people who left and were not taken off."""


def difference(figures: Figures) -> Difference:
    """Say how the people listed differ from the declared headcount."""
    if figures.declared is None:
        return Difference.UNDECLARED
    if figures.declared == figures.listed:
        return Difference.EQUAL
    return Difference.FEWER_LISTED if figures.listed < figures.declared else Difference.MORE_LISTED

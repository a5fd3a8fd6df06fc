"""Shares, targets and who is late, as tables of numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from directory.adoption import Difference, Figures, Status, difference, judge, share
from directory.adoption.indicators import is_late

TARGETS: dict[str, float] = {"provided": 100, "activated": 90, "in_use": 80, "second_factor": 100}


def status_of(figures: Figures, name: str, targets: dict[str, float] = TARGETS) -> Status:
    """Give the status of one indicator."""
    return next(rate.status for rate in judge(figures, targets) if rate.name == name)


@pytest.mark.parametrize(
    ("count", "base", "expected"),
    [
        (0, 5, "0.0"),
        (1, 3, "33.3"),
        (2, 3, "66.7"),
        (33, 40, "82.5"),
        (1, 800, "0.1"),
        (3, 800, "0.4"),
        (1, 9000, "0.1"),
        (1999, 2000, "99.9"),
        (2000, 2000, "100.0"),
        (2001, 2000, "100.1"),
        (9001, 9000, "100.1"),
    ],
)
def test_share_is_rounded_half_up(count: int, base: int, expected: str) -> None:
    """A share has one decimal and is rounded half up, but 100 per cent is only all and 0 only none."""
    assert share(count, base) == Decimal(expected)


def test_share_of_nobody_is_none() -> None:
    """Where there is nobody to count there is no share."""
    assert share(0, 0) is None


@pytest.mark.parametrize(
    ("in_use", "expected"), [(800, Status.MET), (799, Status.LATE), (1000, Status.MET), (0, Status.LATE)]
)
def test_target_is_met_by_whole_people(in_use: int, expected: Status) -> None:
    """A target of 80 per cent of 1,000 is met by 800 people and not by 799."""
    assert status_of(Figures(listed=1000, in_use=in_use), "in_use") is expected


def test_target_may_have_a_decimal() -> None:
    """A target of 82.5 per cent is held to exactly."""
    assert status_of(Figures(listed=40, in_use=33), "in_use", {"in_use": 82.5}) is Status.MET


def test_nothing_is_late_where_nobody_is_listed() -> None:
    """An agency without officials misses no target."""
    assert not is_late(judge(Figures(declared=7), TARGETS))


def test_rate_without_target_is_only_shown() -> None:
    """An indicator for which no target is set is neither met nor late."""
    assert status_of(Figures(listed=10), "activated", {"provided": 100}) is Status.NO_TARGET


def test_second_factor_is_asked_of_the_activated() -> None:
    """Who has not activated an account yet is not counted against the second factor."""
    assert status_of(Figures(listed=10, activated=4, second_factor=4), "second_factor") is Status.MET


@pytest.mark.parametrize(("in_use", "missing"), [(0, 8), (7, 1), (8, 0), (10, 0)])
def test_missing_people_are_counted_up(in_use: int, missing: int) -> None:
    """Of ten people, a target of 75 per cent takes eight."""
    rate = next(rate for rate in judge(Figures(listed=10, in_use=in_use), {"in_use": 75}) if rate.name == "in_use")

    assert rate.missing == missing


@pytest.mark.parametrize(
    ("declared", "listed", "expected"),
    [
        (None, 5, Difference.UNDECLARED),
        (5, 5, Difference.EQUAL),
        (6, 5, Difference.FEWER_LISTED),
        (4, 5, Difference.MORE_LISTED),
    ],
)
def test_difference_is_named(declared: int | None, listed: int, expected: Difference) -> None:
    """The difference of declared headcount and people listed has one of four names."""
    assert difference(Figures(declared=declared, listed=listed)) is expected

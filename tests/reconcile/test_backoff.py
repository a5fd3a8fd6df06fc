"""How long the next try waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provisioning.reconcile.backoff import delay

LONGEST = timedelta(seconds=60)


@pytest.mark.parametrize(("tries", "seconds"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1000, 60)])
def test_wait_doubles_up_to_the_longest(tries: int, seconds: int) -> None:
    """Each try waits twice as long as the one before, up to a longest wait."""
    assert delay(tries, LONGEST, chance=1.0) == timedelta(seconds=seconds)


def test_chance_spreads_the_waits() -> None:
    """Chance takes away up to half of a wait, so that many that failed together do not come back together."""
    assert delay(3, LONGEST, chance=0.0) == timedelta(seconds=2)

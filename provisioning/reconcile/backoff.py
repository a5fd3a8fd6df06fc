"""How long to wait before the next try: longer each time, never the same for all."""

from __future__ import annotations

from datetime import timedelta

ENTRY_LONGEST = timedelta(minutes=5)
"""For one entry that could not be written."""
TARGET_LONGEST = timedelta(seconds=20)
"""For a whole server that does not answer: short enough that all goes on within a minute of its return."""
NOTICE_LONGEST = timedelta(hours=1)
"""For a notice that could not be handed in."""


def delay(tries: int, longest: timedelta, chance: float) -> timedelta:
    """Give the wait after the first, second, … try; `chance` (0 to 1) spreads many that failed together."""
    doubled = timedelta(seconds=min(2.0 ** min(tries - 1, 30), longest.total_seconds()))
    return doubled * (0.5 + chance / 2)

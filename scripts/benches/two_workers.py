"""10,000 new accounts made real by two workers in two processes, against one: each is made once, and not later.

slapd writes one entry at a time, so that there is nothing to gain; there must be nothing to lose either.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from benches.accounts import ACCOUNTS, Accounts, accounts
from benches.figures import BenchError, at_least

NAME = "two-workers"
GOAL = at_least(1)
UNIT = "entries/s"
_WELCOMES = "SELECT count(*), count(DISTINCT account_id) FROM notices WHERE message = 'welcome'"


@contextmanager
def set_up(_large: bool) -> Iterator[Accounts]:  # noqa: FBT001 - as every bench
    """Give the accounts."""
    with accounts() as place:
        yield place


def ours(place: Accounts) -> float:
    """Let two make all accounts real."""
    return made(place, workers=2)


def other(place: Accounts) -> float:
    """Let one make all accounts real."""
    return made(place, workers=1)


def made(place: Accounts, workers: int) -> float:
    """Make all accounts real; each is welcomed once."""
    place.forget()
    taken = place.made_real(workers)
    place.check()
    with place.target.service.outbox.transaction() as session:
        welcomes, welcomed = session.execute(text(_WELCOMES)).one()
    if (welcomes, welcomed) != (ACCOUNTS, ACCOUNTS):
        raise BenchError(f"{welcomes} welcomes were queued to {welcomed} of {ACCOUNTS} accounts")
    return ACCOUNTS / taken

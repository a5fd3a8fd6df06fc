"""10,000 new accounts made real by a worker, against `ldapadd` of the same entries into the same empty tree.

Ours is all that a worker does: it is woken by the commit, claims, reads what the entries should be, writes them, and
records what became of them. The other side has its entries ready in a file and remembers nothing. Both speak StartTLS
to a slapd that syncs every write to disk, and both begin with a tree that was just made.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from benches.accounts import ACCOUNTS, Accounts, accounts
from benches.figures import at_least, seconds
from benches.place import speak

NAME = "bulk-add"
GOAL = at_least(0.95)
UNIT = "entries/s"


@contextmanager
def set_up(_large: bool) -> Iterator[Accounts]:  # noqa: FBT001 - as every bench
    """Give the accounts."""
    with accounts() as place:
        yield place


def ours(place: Accounts) -> float:
    """Let a worker make all accounts real."""
    place.forget()
    taken = place.made_real()
    place.check()
    return ACCOUNTS / taken


def other(place: Accounts) -> float:
    """Add what the worker made before."""
    place.forget()
    return ACCOUNTS / seconds(lambda: speak(place.target.stack, "ldapadd", "-f", place.ldif))

"""The first page of a search in the telephone list, among 60,000 (`--large`: 2.3 million), against its bare statement.

Ours is the verb behind the page, with everything that it asks the database: posts, agencies, addresses, what the
agency lets colleagues see. The other side is the shortest statement that finds and orders the same names with the same
index. Both look for the same names of three syllables, typed without marks, drawn as names occur.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from benches.directories import Directories, directories
from benches.figures import BenchError, at_most, seconds
from directory.accounts import Account
from directory.base import Actor
from directory.naming import fold
from directory.people import Asked, search
from provisioning.bootstrap import clock
from provisioning.sample.names import people

NAME = "people-search"
GOAL = at_most(3)
UNIT = "ms"
LARGE_ONLY = True
SYLLABLES, ASKED = 3, 30
_BARE = text("""
SELECT public_id, full_name FROM officials
WHERE spaced(name_key) LIKE :first AND spaced(name_key) LIKE :second AND spaced(name_key) LIKE :third
ORDER BY given, family, middle, id LIMIT 31
""")

set_up = directories


def ours(place: Directories) -> float:
    """Search as the page does."""
    actor = Actor(now=clock(), source="bench", account_id=_somebody(place))

    def ask(session: Session, name: str) -> int:
        return len(search(session, actor, Asked(name)).people)

    return _asked(place, ask)


def other(place: Directories) -> float:
    """Ask for the names alone."""

    def ask(session: Session, name: str) -> int:
        words = (f"% {word}%" for word in name.split())
        return len(session.execute(_BARE, dict(zip(("first", "second", "third"), words, strict=True))).all())

    return _asked(place, ask)


def _asked(place: Directories, ask: Callable[[Session, str], int]) -> float:
    """How many milliseconds a search takes on average; somebody must be found."""
    found = 0
    with place.many.outbox.transaction() as session:

        def ask_all() -> None:
            nonlocal found
            found = sum(ask(session, name) for name in _names())

        ask_all()
        taken = seconds(ask_all)
    if not found:
        raise BenchError("nobody was found")
    return 1_000 * taken / ASKED


def _names() -> list[str]:
    """Give names of three syllables as they are typed."""
    drawn = (fold(made.full_name) for made in people(Random(NAME)))
    return list(
        islice((name for name in drawn if len(name.split()) == SYLLABLES and name.replace(" ", "").isalpha()), ASKED)
    )


def _somebody(place: Directories) -> int:
    """Give an account that may look."""
    with place.many.outbox.transaction() as session:
        account = session.scalars(text("SELECT id FROM accounts WHERE state = 'active' ORDER BY id LIMIT 1")).one()
        return session.get_one(Account, account).id

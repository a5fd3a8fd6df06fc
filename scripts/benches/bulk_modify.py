"""10,000 accounts of whom something changed, made real by a worker, against `ldapmodify` of the same two attributes.

Ours is all that a worker does: it claims, reads what the entries should be, looks at each, finds out what differs,
writes it if the entry is still as it was seen, and records what became of it. The other side is told what to replace.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from benches.accounts import ACCOUNTS, Accounts, accounts
from benches.figures import BenchError, at_least, seconds
from benches.place import speak

NAME = "bulk-modify"
GOAL = at_least(0.95)
UNIT = "entries/s"


@dataclass(frozen=True)
class Place:
    """The accounts, and a telephone number for each turn."""

    accounts: Accounts
    turns: Iterator[int]


@contextmanager
def set_up(_large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Give the accounts."""
    with accounts() as found:
        yield Place(found, count(1))


def ours(place: Place) -> float:
    """Give everybody another telephone number, and let a worker make it real."""
    number = telephone(next(place.turns))
    place.accounts.give_telephone(f"0{number}")
    taken = place.accounts.made_real()
    place.accounts.check()
    if (right := place.accounts.ldif.read_text().count(f"\ntelephoneNumber: +84{number}\n")) != ACCOUNTS:
        raise BenchError(f"{right} of {ACCOUNTS} entries show what was changed")
    return ACCOUNTS / taken


def other(place: Place) -> float:
    """Replace the same attributes by others again."""
    found, turn = place.accounts.target, next(place.turns)
    file = found.ldif.with_name("changes.ldif")
    # Below any revision of ours: the engine writes nothing over an entry that is ahead of the book.
    file.write_text(
        "".join(
            f"dn: uid={each},ou=people,{found.service.settings.ldap_base}\nchangetype: modify\n"
            f"replace: telephoneNumber\ntelephoneNumber: +84{telephone(turn)}\n-\n"
            f"replace: cvRevision\ncvRevision: {turn % 2}\n\n"
            for each in place.accounts.numbers
        )
    )
    return ACCOUNTS / seconds(lambda: speak(found.stack, "ldapmodify", "-f", file))


def telephone(turn: int) -> str:
    """Give a number in Hà Nội, without the 0 in front."""
    return f"243{turn:07}"

"""The LDAP leg of `bulk-add` alone: entries that are ready are added by the engine's own connection, against `ldapadd`.

What `bulk-add` needs beside it is the book: claims, what the entries should be, and what became of them.
"""

from benches.accounts import ACCOUNTS, Accounts
from benches.bulk_add import other, set_up
from benches.figures import BenchError, at_least, seconds
from directory.base import system
from directory.desired import wanted
from provisioning.bootstrap import clock
from provisioning.ports import Change
from provisioning.reconcile.changes import changes

__all__ = ["GOAL", "NAME", "UNIT", "other", "ours", "set_up"]

NAME = "ldap-add"
GOAL = at_least(0.95)
UNIT = "entries/s"


def ours(place: Accounts) -> float:
    """Add the entries, and export them for the other side."""
    place.forget()
    service = place.target.service
    with service.outbox.transaction() as session:
        wants = wanted(session, system(clock(), "bench"), [("account", each) for each in place.ids])
    ready = [change for want in wants.values() for change in changes(want.entry, None)]
    taken = seconds(lambda: write(place, ready))
    place.check()
    return ACCOUNTS / taken


def write(place: Accounts, ready: list[Change]) -> None:
    """Have the target changed as the engine does, and refuse a figure unless every change was made."""
    made = [each.kind for each in place.target.service.target.apply(ready)]
    if made != ["applied"] * ACCOUNTS:
        raise BenchError(f"of {ACCOUNTS} changes {made.count('applied')} were made")

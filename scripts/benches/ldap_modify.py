"""The LDAP leg of `bulk-modify` alone: changes that are ready, by the engine's connection, against `ldapmodify`.

Each is guarded by the version that was seen. `bulk-modify` needs beside it the look at each entry, and the book.
"""

from benches.accounts import ACCOUNTS
from benches.bulk_modify import Place, other, set_up, telephone
from benches.figures import at_least, seconds
from benches.ldap_add import write
from provisioning.ports import Change, Modify

__all__ = ["GOAL", "NAME", "UNIT", "other", "ours", "set_up"]

NAME = "ldap-modify"
GOAL = at_least(0.95)
UNIT = "entries/s"


def ours(place: Place) -> float:
    """Look at all entries, and take the time of changing them."""
    turn = next(place.turns)
    target = place.accounts.target.service.target
    seen = target.observe([(("uid", each), ("ou", "people")) for each in place.accounts.numbers])
    other_values = {"telephoneNumber": (f"+84{telephone(turn)}",), "cvRevision": (str(turn % 2),)}
    ready: list[Change] = [Modify(each.name, other_values, each.csn) for each in seen.values()]
    return ACCOUNTS / seconds(lambda: write(place.accounts, ready))

"""One member more in a group of 10,000: the write that the engine sends, against one that replaces all members.

slapd keeps the values of `member` one by one, so that one more is one more. Left out is the look at the group before
the write, which reads all of its members.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path

from benches.figures import BenchError, at_least, seconds
from benches.place import servers
from directory.base import public_id
from directory.desired.agencies import AgencyValues, GroupValues, group_entry
from directory.desired.entries import Entry
from provisioning.ldap import LdapTarget
from provisioning.ldap.connection import Line
from provisioning.ports import Add, Modify
from stack.servers import Stack
from stack.slapd import BASE

NAME = "group-change"
GOAL = at_least(10)
UNIT = "changes/s"
MEMBERS, CHANGES, REWRITES = 10_000, 200, 10


@dataclass
class Place:
    """A target with a group in it, and who comes next."""

    target: LdapTarget
    group: Entry
    newcomers: Iterator[int] = field(default_factory=lambda: count(1_000_000))


@contextmanager
def set_up(large: bool) -> Iterator[Place]:  # noqa: ARG001, FBT001 - as every bench; the goal names its size
    """Give slapd with a group."""
    with servers("slapd") as stack:
        target = target_on(stack)
        place = Place(target, group(MEMBERS))
        write(place, Add(place.group.name, place.group.attributes))
        yield place
        target.close()


def ours(place: Place) -> float:
    """Let some come into the group, one after the other."""
    return changes(place, CHANGES, lambda csn, _, come: Modify(place.group.name, {}, csn, add={"member": (come,)}))


def other(place: Place) -> float:
    """Write all members anew for each who comes."""
    return changes(place, REWRITES, lambda csn, all_, _: Modify(place.group.name, {"member": all_}, csn))


def changes(place: Place, number: int, change: Callable[[str, tuple[str, ...], str], Modify]) -> float:
    """Let so many come; the rate. In the end the group is as it was, so that each run begins with the same."""
    before = place.target.observe([place.group.name])[place.group.name]
    csn, members = before.csn, before.attributes["member"]

    def come() -> None:
        nonlocal csn, members
        for _ in range(number):
            newcomer = f"uid=cv{next(place.newcomers):08},ou=people"
            members = (*members, newcomer)
            csn = write(place, change(csn, members, newcomer))

    rate = number / seconds(come)
    write(place, Modify(place.group.name, {}, csn, remove={"member": members[len(before.attributes["member"]) :]}))
    return rate


def write(place: Place, change: Add | Modify) -> str:
    """Make one change; the version it leaves behind."""
    [outcome] = place.target.apply([change])
    if outcome.kind != "applied" or outcome.csn is None:
        raise BenchError(f"the group was not written: {outcome}")
    return outcome.csn


def group(size: int) -> Entry:
    """Give the entry of a group of so many."""
    agency = AgencyValues(public_id(), "department", "Sở Nội vụ", 1, date(2020, 1, 1))
    members = [f"uid=cv{number:08},ou=people" for number in range(size)]
    return group_entry(GroupValues(agency, 1, members), date(2026, 1, 1))


def target_on(stack: Stack) -> LdapTarget:
    """Give the target on the stack's slapd, as the one who writes."""
    given = stack.environment()
    line = Line(
        uri=given["CONGVU_LDAP_URI"],
        bind_dn=given["CONGVU_LDAP_BIND_DN"],
        password=Path(given["CONGVU_LDAP_PASSWORD_FILE"]).read_text().strip(),
        ca_file=stack.slapd.certificate.authority,
        timeout_seconds=10,
    )
    return LdapTarget(line, BASE)

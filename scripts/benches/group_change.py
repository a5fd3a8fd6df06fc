"""One member more in a group of 10,000 against one more in a group of ten: the write that the engine sends.

slapd keeps the values of `member` one by one, so a large group should cost little more than a small one. Left out is
the look at the group before the write, which reads all of its members.
"""

from collections.abc import Iterator
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
GOAL = at_least(0.5)
UNIT = "changes/s"
LARGE, SMALL, CHANGES = 10_000, 10, 200


@dataclass
class Place:
    """A target with two groups in it, and who comes next."""

    target: LdapTarget
    large: Entry
    small: Entry
    newcomers: Iterator[int] = field(default_factory=lambda: count(1_000_000))


@contextmanager
def set_up(large: bool) -> Iterator[Place]:  # noqa: ARG001, FBT001 - as every bench; the goal names its sizes
    """Give slapd with a large and a small group."""
    with servers("slapd") as stack:
        target = target_on(stack)
        place = Place(target, group(LARGE), group(SMALL))
        outcomes = target.apply([Add(each.name, each.attributes) for each in (place.large, place.small)])
        if any(each.kind != "applied" for each in outcomes):
            raise BenchError(f"the groups could not be made: {outcomes}")
        yield place
        target.close()


def ours(place: Place) -> float:
    """Let some come into the large group, one after the other."""
    return changes(place, place.large)


def other(place: Place) -> float:
    """Let as many come into the small one."""
    return changes(place, place.small)


def changes(place: Place, entry: Entry) -> float:
    """Add members one by one; the rate."""
    csn = place.target.observe([entry.name])[entry.name].csn

    def come() -> None:
        nonlocal csn
        for _ in range(CHANGES):
            member = f"uid=cv{next(place.newcomers):08},ou=people"
            [outcome] = place.target.apply([Modify(entry.name, {}, csn, add={"member": (member,)})])
            if outcome.kind != "applied" or outcome.csn is None:
                raise BenchError(f"a member was not added: {outcome}")
            csn = outcome.csn

    rate = CHANGES / seconds(come)
    leave(place, entry)
    return rate


def leave(place: Place, entry: Entry) -> None:
    """Let those who came go again, so that each run begins with the same group."""
    seen = place.target.observe([entry.name])[entry.name]
    came = tuple(set(seen.attributes["member"]) - set(entry.attributes["member"]))
    place.target.apply([Modify(entry.name, {}, seen.csn, remove={"member": came})])


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

"""What every target system does with agencies and their groups, the fake and slapd alike."""

from __future__ import annotations

from datetime import date

from directory.base import public_id
from directory.desired.agencies import AgencyValues, GroupValues, agency_entry, group_entry
from directory.desired.entries import Entry
from provisioning.ldap import LdapTarget
from provisioning.ports import Add, Modify, TargetSystem
from provisioning.reconcile.changes import changes
from tests.contracts.test_target import observed

TODAY = date(2026, 11, 23)


def agency(name: str = "Sở Nội vụ") -> AgencyValues:
    """Give the values of an agency with an id of its own, below another, that ends on a day."""
    return AgencyValues(
        public_id(), "department", name, 1, date(2020, 1, 1), date(2027, 7, 1), code="H36.05", parent_id=public_id()
    )


def group(size: int, values: AgencyValues | None = None) -> Entry:
    """Give the entry of a group of so many."""
    members = [f"uid=cv{number:08},ou=people" for number in range(size)]
    return group_entry(GroupValues(values or agency(), 1, members), TODAY)


def made(target: TargetSystem, entry: Entry) -> Entry:
    """Put an entry into the target and give it back."""
    [outcome] = target.apply([Add(entry.name, entry.attributes)])
    assert outcome.kind == "applied"
    return entry


def test_agency_is_observed_as_it_was_given(target: TargetSystem) -> None:
    """The entry of an agency comes back with its days, its parent and its names."""
    entry = made(target, agency_entry(agency(), TODAY))

    assert changes(entry, observed(target, entry.name)) == []


def test_group_without_members_is_an_entry(target: TargetSystem) -> None:
    """A group may have no members."""
    entry = made(target, group(0))

    assert "member" not in observed(target, entry.name).attributes


def test_members_are_named_below_the_base_in_the_book(target: TargetSystem) -> None:
    """What the server has as whole DNs the book has as names below the base, however many there are."""
    entry = made(target, group(10_000))

    found = observed(target, entry.name)

    assert set(found.attributes["member"]) == {f"uid=cv{number:08},ou=people" for number in range(10_000)}


def test_one_more_in_ten_thousand_is_one_value(target: TargetSystem) -> None:
    """Somebody who comes into a group of 10,000 is sent as one value, and the others are still in it."""
    values = agency()
    before = made(target, group(10_000, values))
    after = group(10_001, values)

    [change] = changes(after, observed(target, before.name))
    [outcome] = target.apply([change])

    assert isinstance(change, Modify)
    assert (change.add, change.remove, change.replace) == ({"member": ("uid=cv00010000,ou=people",)}, {}, {})
    assert outcome.kind == "applied"
    assert len(observed(target, before.name).attributes["member"]) == len(after.attributes["member"])
    if isinstance(target, LdapTarget):
        assert len(target.request(change)) < 500  # bytes; all the members are half a million


def test_one_less_in_ten_thousand_is_one_value(target: TargetSystem) -> None:
    """Somebody who goes out of a group of 10,000 is sent as one value."""
    values = agency()
    before = made(target, group(10_000, values))

    [change] = changes(group(9_999, values), observed(target, before.name))
    [outcome] = target.apply([change])

    assert isinstance(change, Modify)
    assert (change.add, change.remove) == ({}, {"member": ("uid=cv00009999,ou=people",)})
    assert outcome.kind == "applied"
    assert len(observed(target, before.name).attributes["member"]) == 9_999


def test_name_of_somebody_elsewhere_is_kept_apart_and_can_be_taken_out(target: TargetSystem) -> None:
    """A member that is not below our base is observed as an LDAP URL, and goes when the book has no such member."""
    entry = made(target, group(2))
    seen = observed(target, entry.name)
    target.apply([Modify(entry.name, {}, seen.csn, add={"member": ("ldap:///uid=kietnt,dc=khac,dc=vn",)})])

    [change] = changes(entry, observed(target, entry.name))
    target.apply([change])

    assert isinstance(change, Modify)
    assert change.remove == {"member": ("ldap:///uid=kietnt,dc=khac,dc=vn",)}
    assert changes(entry, observed(target, entry.name)) == []


def test_branch_that_is_not_there_has_nothing_in_it(target: TargetSystem) -> None:
    """A walk through a branch that a server of an earlier version lacks meets nothing, and is no fault."""
    assert [*target.walk("quaysau")] == []

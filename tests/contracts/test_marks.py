"""Entries are found by the account's number that they carry, in the fake and in slapd alike."""

from __future__ import annotations

from dataclasses import replace

from directory.base import public_id
from provisioning.ports import TargetSystem
from tests.contracts.test_target import device, observed, person


def test_entry_is_found_by_its_mark(target: TargetSystem) -> None:
    """Wherever it stands, an entry is found by the number it carries, with its name and its version."""
    number = f"cv{public_id(8)}"
    carrying = person(cvAccountNumber=(number,))
    target.apply([carrying, person()])

    found = target.marked([number])

    assert {key: each.name for key, each in found.items()} == {number: carrying.name}
    assert found[number].path == ",".join("=".join(part) for part in carrying.name)
    assert found[number].csn == observed(target, carrying.name).csn


def test_mark_that_nothing_carries_is_left_out(target: TargetSystem) -> None:
    """A number that no entry carries is no error."""
    assert target.marked([f"cv{public_id(8)}"]) == {}


def test_everything_that_carries_a_value_is_found(target: TargetSystem) -> None:
    """A mailbox is found by its id with what stands below it, and each of the two says what it lets in."""
    mailbox_id = public_id()
    owner = person(cvMailboxId=(mailbox_id,))
    below = device(owner.name)
    below = replace(below, attributes={**below.attributes, "cvMailboxId": (mailbox_id,), "cvState": ("disabled",)})
    target.apply([owner])
    target.apply([below])

    found = target.bearing("cvMailboxId", [mailbox_id, public_id()])

    assert found.keys() == {mailbox_id}
    states = {each.name: each.values("cvState", "cvRevision", "cvDeviceId") for each in found[mailbox_id]}
    assert states == {owner.name: ["active", "1"], below.name: ["disabled", "1", below.name[0][1]]}
    assert {each.csn for each in found[mailbox_id]} >= {observed(target, owner.name).csn}


def test_what_stands_further_below_is_not_below(target: TargetSystem) -> None:
    """Of an entry only the app passwords directly below it are observed."""
    owner = person()
    phone = device(owner.name)
    for each in (owner, phone, device(phone.name)):
        target.apply([each])

    assert set(observed(target, owner.name).children) == {phone.name}

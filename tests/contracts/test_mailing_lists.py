"""What every target system does with entries of thousands of values, the fake and slapd alike."""

from __future__ import annotations

from directory.base import public_id
from provisioning.ports import Add, Modify, TargetSystem
from tests.contracts.test_target import observed, person


def mailing_list(*members: str) -> Add:
    """Make the entry of a mailing list with an address of its own."""
    list_id = public_id()
    values: dict[str, tuple[str, ...]] = {
        "objectClass": ("cvMailingList",),
        "cvListId": (list_id,),
        "cvAddress": (f"{list_id}@tinh.gov.vn",),
        "cvMember": members,
        "cvSenders": ("members",),
        "cvState": ("active",),
        "cvRevision": ("1",),
    }
    return Add((("cvListId", list_id), ("ou", "groups")), {name: each for name, each in values.items() if each})


def test_single_values_come_and_go(target: TargetSystem) -> None:
    """A modify adds some values of an attribute, takes others away, and leaves the rest as it was."""
    wanted = mailing_list("an@tinh.gov.vn", "binh@tinh.gov.vn", "chi@tinh.gov.vn")
    target.apply([wanted])
    csn = observed(target, wanted.name).csn
    come, gone = {"cvMember": ("dung@tinh.gov.vn",)}, {"cvMember": ("an@tinh.gov.vn", "chi@tinh.gov.vn")}

    [outcome] = target.apply([Modify(wanted.name, {"cvRevision": ("2",)}, csn, add=come, remove=gone)])

    assert outcome.kind == "applied"
    found = observed(target, wanted.name).attributes
    assert set(found["cvMember"]) == {"binh@tinh.gov.vn", "dung@tinh.gov.vn"}
    assert found["cvRevision"] == ("2",)


def test_single_values_of_an_older_version_stay(target: TargetSystem) -> None:
    """Values are neither added nor taken away if the entry has changed since it was observed."""
    wanted = mailing_list("an@tinh.gov.vn")
    target.apply([wanted])
    old = observed(target, wanted.name).csn
    target.apply([Modify(wanted.name, {"cvRevision": ("2",)}, old)])

    [outcome] = target.apply([Modify(wanted.name, {}, old, add={"cvMember": ("binh@tinh.gov.vn",)})])

    assert outcome.kind == "stale"
    assert observed(target, wanted.name).attributes["cvMember"] == ("an@tinh.gov.vn",)


def test_list_without_members_is_an_entry(target: TargetSystem) -> None:
    """A mailing list may have no members."""
    wanted = mailing_list()

    [outcome] = target.apply([wanted])

    assert outcome.kind == "applied"
    assert "cvMember" not in observed(target, wanted.name).attributes


def test_list_and_mailbox_do_not_share_an_address(target: TargetSystem) -> None:
    """An address has one owner over mailboxes and mailing lists together."""
    first = mailing_list()
    target.apply([first])

    [outcome] = target.apply([person(cvAddress=first.attributes["cvAddress"])])

    assert outcome.kind == "refused"


def test_list_of_ten_thousand_is_observed_whole(target: TargetSystem) -> None:
    """However many members a list has, all of them are read back."""
    members = tuple(f"canbo{number}@tinh.gov.vn" for number in range(10_000))
    wanted = mailing_list(*members)
    target.apply([wanted])

    found = observed(target, wanted.name)

    assert set(found.attributes["cvMember"]) == set(members)

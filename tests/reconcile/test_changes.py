"""What it takes to make an entry right, as tables of values."""

from __future__ import annotations

import pytest

from directory.desired import Entry, Name
from directory.desired.entries import Attributes
from directory.desired.linked import LinkValues
from provisioning.ports import Add, Delete, Modify, Observed
from provisioning.reconcile.changes import OTHERS, changes, ends_sessions, is_ahead, objection

PERSON: Name = (("uid", "cv23456789"), ("ou", "people"))
PHONE: Name = (("cvDeviceId", "phone"), *PERSON)


def wanted(*children: Entry, **attributes: tuple[str, ...]) -> Entry:
    """Make an entry that should be, with a mailbox."""
    return Entry(PERSON, {"cvState": ("active",), "cvRevision": ("2",), "cvMailboxId": ("m",), **attributes}, children)


def device(state: str = "active") -> Entry:
    """Make an app password that should be."""
    return Entry(PHONE, {"cvState": (state,), "cvRevision": ("2",)})


def seen(attributes: Attributes, *children: Observed) -> Observed:
    """Make an entry as it was observed."""
    return Observed(PERSON, attributes, "v1", {child.name: child for child in children})


def test_missing_entry_is_added() -> None:
    """An entry that is not there is added, before those below it."""
    entry = wanted(device())

    assert changes(entry, None) == [Add(PERSON, entry.attributes), Add(PHONE, device().attributes)]


def test_equal_entry_needs_nothing() -> None:
    """An entry that is as it should be needs no change."""
    entry = wanted()

    assert changes(entry, seen(entry.attributes)) == []


def test_order_of_values_means_nothing() -> None:
    """The same values in another order are no difference."""
    entry = wanted(cvAddress=("a@x.gov.vn", "b@x.gov.vn"))

    assert changes(entry, seen({**entry.attributes, "cvAddress": ("b@x.gov.vn", "a@x.gov.vn")})) == []


def test_difference_is_replaced_under_guard() -> None:
    """A difference is replaced, only if the entry still has the version that was seen."""
    entry = wanted(cn=("Mới",))

    plan = changes(entry, seen({**entry.attributes, "cn": ("Cũ",)}))

    assert plan == [Modify(PERSON, {"cn": ("Mới",)}, "v1")]


def test_attribute_that_should_not_be_there_goes() -> None:
    """One of our attributes that should be absent is taken away."""
    plan = changes(wanted(), seen({**wanted().attributes, "mail": ("cu@x.gov.vn",)}))

    assert plan == [Modify(PERSON, {"mail": ()}, "v1")]


def test_foreign_attributes_are_left_alone() -> None:
    """What another program added to an entry is no business of ours."""
    assert changes(wanted(), seen({**wanted().attributes, "description": ("1",)})) == []


def test_foreign_object_classes_stay() -> None:
    """An object class that another program added stays when ours change."""
    entry = wanted(objectClass=("inetOrgPerson", "cvAccount", "cvMailbox"))

    [plan] = changes(entry, seen({**entry.attributes, "objectClass": ("inetOrgPerson", "CVACCOUNT", "posixAccount")}))

    assert isinstance(plan, Modify)
    assert set(plan.replace["objectClass"]) == {"inetOrgPerson", "CVACCOUNT", "cvMailbox", "posixAccount"}


def test_forgotten_app_password_is_deleted_under_guard() -> None:
    """An app password's entry that the book has forgotten is deleted if it still has the version that was seen."""
    entry = wanted()

    plan = changes(entry, seen(entry.attributes, Observed(PHONE, {}, "v2")))

    assert plan == [Delete(PHONE, "v2")]


@pytest.mark.parametrize(("revision", "ahead"), [("1", False), ("2", False), ("3", True)])
def test_later_revision_is_recognised(revision: str, *, ahead: bool) -> None:
    """An entry with a later revision than ours is ahead: it must not be written over."""
    assert is_ahead(wanted(), seen({"cvRevision": (revision,)})) is ahead


def test_entry_without_a_revision_is_not_ahead() -> None:
    """An entry that somebody made by hand has no revision, and ours goes over it."""
    assert is_ahead(wanted(), seen({})) is False


@pytest.mark.parametrize(("state", "ends"), [("active", False), ("suspended", True), ("disabled", True)])
def test_shut_mailbox_ends_sessions(state: str, *, ends: bool) -> None:
    """Open mail sessions end when the mailbox is shut."""
    assert ends_sessions(wanted(cvState=(state,)), [], was_tried=False) is ends


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        (Modify(PHONE, {"cvState": ("disabled",)}, "v"), True),
        (Delete(PHONE, "v"), True),
        (Modify(PHONE, {"cvRevision": ("2",)}, "v"), False),
        (Add(PHONE, {}), False),
    ],
)
def test_shut_app_password_ends_sessions(change: Modify | Delete | Add, *, ends: bool) -> None:
    """Open mail sessions end when one of the mailbox's app passwords is shut, and at no other change of it."""
    assert ends_sessions(wanted(device("disabled")), [change], was_tried=False) is ends


def test_sessions_end_again_after_a_try_that_may_have_died() -> None:
    """After an earlier try, sessions end again if there is a shut app password: perhaps they never did."""
    assert ends_sessions(wanted(device("disabled")), [], was_tried=True)


def adopted(**attributes: tuple[str, ...]) -> Entry:
    """Make an entry that was there before, as it should be."""
    link = LinkValues(PERSON, "v1")
    return wanted(cvAccountNumber=("cv23456789",), **attributes)._replace(link=link)


def test_entry_of_another_account_is_not_adopted() -> None:
    """An entry that carries another account's number is left alone, also in the version that was confirmed."""
    assert objection(adopted(), seen({"cvAccountNumber": ("cvkhackhac",)})) == OTHERS


def test_adopted_entry_that_is_gone_is_not_made() -> None:
    """An entry that was there before, and is gone, is not ours to add."""
    assert changes(adopted(), None) == []


LIST: Name = (("cvListId", "l1"), ("ou", "groups"))


def test_one_member_more_is_one_value_more() -> None:
    """A member who comes and one who goes are named alone; the others are not written again."""
    wanted = Entry(LIST, {"cvRevision": ("2",), "cvMember": ("a@x", "c@x")})
    seen = Observed(LIST, {"cvRevision": ("1",), "cvMember": ("b@x", "a@x")}, "v1")

    plan = changes(wanted, seen)

    assert plan == [Modify(LIST, {"cvRevision": ("2",)}, "v1", {"cvMember": ("c@x",)}, {"cvMember": ("b@x",)})]


@pytest.mark.parametrize(("before", "after"), [((), ("a@x",)), (("a@x",), ())])
def test_first_members_come_and_the_last_go_as_a_whole(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """An attribute that is not there yet, or is there no longer, is replaced."""
    present = {"cvMember": before} if before else {}
    wanted = Entry(LIST, {"cvMember": after} if after else {})

    plan = changes(wanted, Observed(LIST, present, "v1"))

    assert plan == [Modify(LIST, {"cvMember": after}, "v1")]

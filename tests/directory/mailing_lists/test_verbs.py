"""What may be done to lists, by whom, and what it leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.addresses import Address
from directory.audit import AuditEvent
from directory.base import Actor
from directory.due import Due
from directory.errors import (
    AddressReserved,
    AddressTaken,
    BadValue,
    DirectoryError,
    DomainUnknown,
    NotAllowed,
    NotFound,
    WrongState,
)
from directory.lifecycle import (
    ListChange,
    ListOpening,
    ListRule,
    Membership,
    RoleOpening,
    add_members,
    change_mailing_list,
    close_mailing_list,
    close_role_mailbox,
    open_mailing_list,
    open_role_mailbox,
    remove_members,
)
from directory.mailing_lists import MailingList, mailing_list, mailing_lists
from tests.book import acting, address_of, give, hire, mailbox_of
from tests.directory.mailing_lists.lists import Lists

RULE = ListRule("Toàn thể", "members", "staff")
TAKEN = "toanthe@tinh.gov.vn"


@pytest.fixture
def it_staff(lists: Lists) -> Actor:
    """Give somebody who looks after the department."""
    account = lists.hire("Lý Thị Quản")
    give(lists.session, account, "agency_it", lists.house.department)
    return acting(lists.actor, account)


def told(lists: Lists, action: str) -> AuditEvent:
    """Give the one audit event of a kind."""
    lists.session.flush()
    return lists.session.scalars(select(AuditEvent).where(AuditEvent.action == action)).one()


def opened(lists: Lists, address: str = TAKEN) -> MailingList:
    """Open a list of the department under an address."""
    (found,) = open_mailing_list(lists.session, lists.actor, [ListOpening(lists.house.department.id, address, RULE)])
    return found


def test_opened_list_owns_its_address(lists: Lists) -> None:
    """A list has its address, is due, and the audit tells of it."""
    found = opened(lists)

    address = lists.session.scalars(select(Address).where(Address.mailing_list_id == found.id)).one()
    assert (address.address, address.kind, address.mailbox_id) == (TAKEN, "primary", None)
    assert lists.session.get(Due, ("mailing_list", found.id)) is not None
    assert told(lists, "mailing_list.opened").detail["address"] == TAKEN


def test_address_of_a_list_is_taken_for_a_mailbox(lists: Lists) -> None:
    """No mailbox gets the address of a list."""
    opened(lists)

    with pytest.raises(AddressTaken):
        open_role_mailbox(lists.session, lists.actor, [RoleOpening(lists.house.department.id, "Văn thư", TAKEN)])


def test_address_of_a_mailbox_is_taken_for_a_list(lists: Lists) -> None:
    """No list gets the address of a mailbox."""
    account = lists.hire("Nguyễn Văn An")

    with pytest.raises(AddressTaken):
        opened(lists, address_of(lists.session, account) or "")


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("toan the@tinh.gov.vn", BadValue),
        ("toanthe@khac.gov.vn", DomainUnknown),
        ("congvu@tinh.gov.vn", AddressReserved),
        ("toànthể@tinh.gov.vn", BadValue),
    ],
)
def test_address_that_will_not_do_is_refused(lists: Lists, address: str, error: type[DirectoryError]) -> None:
    """The address of a list is well formed, in a domain of its agency, and none that is kept for the service."""
    with pytest.raises(error) as refused:
        opened(lists, address)

    assert refused.value.fields["row"] == 0


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (replace(RULE, name="  "), "name"),
        (replace(RULE, senders="nobody"), "senders"),
        (replace(RULE, rule="all"), "rule"),
        (replace(RULE, rule="titles"), "titles"),
        (replace(RULE, rule="titles", titles=[" "]), "titles"),
        (replace(RULE, rule="titles", titles=["x" * 201]), "titles"),
        (replace(RULE, rule="titles", titles=[f"chức {each}" for each in range(21)]), "titles"),
    ],
)
def test_rule_that_will_not_do_is_refused(lists: Lists, rule: ListRule, field: str) -> None:
    """What a list is told to do is checked, and the refusal names the field."""
    with pytest.raises(BadValue) as refused:
        open_mailing_list(lists.session, lists.actor, [ListOpening(lists.house.department.id, TAKEN, rule)])

    assert refused.value.fields["field"] == field


def test_change_tells_what_was_and_what_is(lists: Lists) -> None:
    """The audit tells of a change with the old value and the new one, and of nothing else."""
    found = opened(lists)

    change_mailing_list(lists.session, lists.actor, [ListChange(found.id, replace(RULE, senders="anyone"))])

    assert told(lists, "mailing_list.changed").detail == {"senders": ["members", "anyone"]}


def test_change_to_the_same_tells_nothing(lists: Lists) -> None:
    """A form that is sent as it was leaves no trace in the audit."""
    found = opened(lists)

    change_mailing_list(lists.session, lists.actor, [ListChange(found.id, RULE)])

    actions = set(lists.session.scalars(select(AuditEvent.action).where(AuditEvent.action == "mailing_list.changed")))
    assert actions == set()


def test_closed_list_gives_its_address_up_for_a_while(lists: Lists) -> None:
    """The address of a closed list is in quarantine, and the close is carried out before everything else."""
    found = opened(lists)

    close_mailing_list(lists.session, lists.actor, [found.id])

    lists.session.flush()
    address = lists.session.scalars(select(Address).where(Address.mailing_list_id == found.id)).one()
    due = lists.session.get_one(Due, ("mailing_list", found.id))
    assert (address.kind, address.valid_until) == ("quarantined", lists.actor.today + timedelta(days=365))
    assert due.urgent
    with pytest.raises(AddressTaken):
        opened(lists)


def test_address_of_a_closed_list_goes_on_after_its_quarantine(lists: Lists) -> None:
    """When the quarantine is over a mailbox may have the address, and then it is the list's no longer."""
    found = opened(lists)
    close_mailing_list(lists.session, lists.actor, [found.id])
    lists.run("UPDATE addresses SET valid_until = '2020-01-01' WHERE mailing_list_id = :id", id=found.id)

    (mailbox,) = open_role_mailbox(
        lists.session, lists.actor, [RoleOpening(lists.house.department.id, "Văn thư", TAKEN)]
    )

    owner = select(Address.mailbox_id, Address.mailing_list_id).where(Address.address == TAKEN)
    assert lists.session.execute(owner).one() == (mailbox.id, None)


def test_closed_list_is_not_closed_or_changed_again(lists: Lists) -> None:
    """A closed list stays as it is."""
    found = opened(lists)
    close_mailing_list(lists.session, lists.actor, [found.id])

    with pytest.raises(WrongState):
        close_mailing_list(lists.session, lists.actor, [found.id])
    with pytest.raises(WrongState):
        change_mailing_list(lists.session, lists.actor, [ListChange(found.id, RULE)])


def test_hand_work_is_told_and_taken_back(lists: Lists) -> None:
    """Adding somebody and taking that back leave two events, and the rule alone counts again."""
    account = lists.hire("Nguyễn Văn An", at=lists.house.unit)
    found = opened(lists)
    lists.add(found, account)

    remove_members(lists.session, lists.actor, [(found.id, mailbox_of(lists.session, account).id)])

    assert lists.members(found) == []
    assert told(lists, "mailing_list.member_added").detail == {"member": account.number}
    assert told(lists, "mailing_list.member_removed").detail == {"member": account.number}


def test_taking_back_what_nobody_decided_is_refused(lists: Lists) -> None:
    """Only what was decided by hand can be taken back."""
    account = lists.hire("Nguyễn Văn An")
    found = opened(lists)

    with pytest.raises(NotFound):
        remove_members(lists.session, lists.actor, [(found.id, mailbox_of(lists.session, account).id)])


def test_second_decision_replaces_the_first(lists: Lists) -> None:
    """Whoever was added and is then excluded is excluded."""
    account = lists.hire("Nguyễn Văn An")
    found = opened(lists)
    lists.add(found, account)

    lists.add(found, account, "excluded")

    assert lists.members(found) == []


def test_nobody_of_another_agency_is_added(lists: Lists, it_staff: Actor) -> None:
    """A list is no way to reach people whom one does not look after."""
    stranger = lists.hire("Nguyễn Văn An", at=lists.house.elsewhere)
    found = opened(lists)

    with pytest.raises(NotAllowed):
        add_members(lists.session, it_staff, [Membership(found.id, mailbox_of(lists.session, stranger).id)])


def test_shut_mailbox_is_not_added(lists: Lists) -> None:
    """A mailbox that takes no mail any more is refused."""
    mailbox = lists.role_mailbox()
    close_role_mailbox(lists.session, lists.actor, [mailbox.id], "thôi dùng")
    found = opened(lists)

    with pytest.raises(WrongState):
        add_members(lists.session, lists.actor, [Membership(found.id, mailbox.id)])


@pytest.mark.parametrize("role", [None, "hr", "head", "auditor"])
def test_only_it_staff_and_operators_do_this(lists: Lists, role: str | None) -> None:
    """Without the right nobody opens, changes, fills or closes a list."""
    (account,) = hire(lists.session, lists.actor, lists.house.department, "Nguyễn Văn An")
    if role:
        give(lists.session, account, role, lists.house.department)
    actor, found = acting(lists.actor, account), opened(lists)
    mailbox = mailbox_of(lists.session, account)

    with pytest.raises(NotAllowed):
        open_mailing_list(lists.session, actor, [ListOpening(lists.house.department.id, "khac@tinh.gov.vn", RULE)])
    with pytest.raises(NotAllowed):
        change_mailing_list(lists.session, actor, [ListChange(found.id, RULE)])
    with pytest.raises(NotAllowed):
        add_members(lists.session, actor, [Membership(found.id, mailbox.id)])
    with pytest.raises(NotAllowed):
        close_mailing_list(lists.session, actor, [found.id])


def test_it_staff_of_one_agency_stay_there(lists: Lists, it_staff: Actor) -> None:
    """Who looks after one agency neither does anything to another's lists nor sees them."""
    elsewhere = lists.house.elsewhere
    opening = ListOpening(elsewhere.id, "toanthe@khac.gov.vn", RULE)
    (foreign,) = open_mailing_list(lists.session, lists.actor, [opening])

    with pytest.raises(NotAllowed):
        close_mailing_list(lists.session, it_staff, [foreign.id])
    with pytest.raises(NotFound):
        mailing_list(lists.session, it_staff, foreign.public_id)
    assert mailing_lists(lists.session, it_staff).lists == []


def test_members_are_shown_page_by_page(lists: Lists) -> None:
    """The page of a list shows mailboxes of agencies, then people by given names, a page at a time."""
    mailbox = lists.role_mailbox()
    for name in ("Nguyễn Văn Chi", "Trần Thị An", "Lê Văn Bình"):
        lists.hire(name)
    found = opened(lists)
    add_members(lists.session, lists.actor, [Membership(found.id, mailbox.id)])

    first = mailing_list(lists.session, lists.actor, found.public_id, limit=2)
    second = mailing_list(lists.session, lists.actor, found.public_id, after=first.after, limit=2)

    assert [each.name for each in first.members] == ["Văn thư", "Trần Thị An"]
    assert [each.name for each in second.members] == ["Lê Văn Bình", "Nguyễn Văn Chi"]
    assert (first.count, second.after) == (4, None)

"""Further addresses of lists, and another official one in the place of that of before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from directory.addresses import Address
from directory.audit import AuditEvent
from directory.base import Actor
from directory.domains import Domain
from directory.due import Due
from directory.errors import (
    AddressTaken,
    BadValue,
    DirectoryError,
    DomainUnknown,
    NotAllowed,
    NotFound,
    WrongState,
)
from directory.lifecycle import (
    Alias,
    NewDomain,
    Retirement,
    add_alias,
    add_domain,
    close_mailing_list,
    retire_domain,
)
from directory.lifecycle.days import end_addresses
from directory.mailing_lists import MailingList, mailing_list, verdict
from tests.book import acting, address_of, give
from tests.directory.mailing_lists.lists import Lists

LAST_DAY = date(2027, 6, 30)
NEW = "toanthe@moi.tinh.gov.vn"
Shown = tuple[str, str, date | None]


@pytest.fixture
def found(lists: Lists) -> MailingList:
    """Give a list of the department whose domain is in use."""
    return lists.open()


@pytest.fixture
def moving(lists: Lists, found: MailingList) -> MailingList:
    """Give the list after its domain began to retire beside one that is in use."""
    domain = lists.session.scalars(select(Domain).where(Domain.name == "tinh.gov.vn")).one()
    add_domain(lists.session, lists.actor, [NewDomain(lists.house.department.id, "moi.tinh.gov.vn")])
    retire_domain(lists.session, lists.actor, [Retirement(domain.id, LAST_DAY)])
    return found


def official(lists: Lists, found: MailingList) -> str:
    """Give the official address of a list."""
    wanted = select(Address.address).where(Address.mailing_list_id == found.id, Address.kind == "primary")
    return lists.session.scalars(wanted).one()


def addresses(lists: Lists, found: MailingList) -> set[Shown]:
    """Give the addresses of a list with what they are, and until when."""
    return set(mailing_list(lists.session, lists.actor, found.public_id).addresses)


def move(lists: Lists, found: MailingList, address: str = NEW, actor: Actor | None = None) -> None:
    """Make an address the official one of a list."""
    add_alias(lists.session, actor or lists.actor, [Alias(found.id, address, is_primary=True, is_list=True)])


def test_list_leaves_a_domain_that_retires(lists: Lists, moving: MailingList) -> None:
    """A new official address takes the place of one that still receives as long as its domain does."""
    before = official(lists, moving)

    move(lists, moving)

    assert addresses(lists, moving) == {(NEW, "primary", None), (before, "receive_only", LAST_DAY)}


def test_former_address_of_a_list_goes_on_as_the_policy_says(lists: Lists, found: MailingList) -> None:
    """In a domain that is in use the former address stays an alias for as long as the policy says."""
    before = official(lists, found)

    move(lists, found, "moi@tinh.gov.vn")

    until = lists.actor.today + timedelta(days=365)
    assert addresses(lists, found) == {("moi@tinh.gov.vn", "primary", None), (before, "alias", until)}


def test_list_gets_a_further_address(lists: Lists, found: MailingList) -> None:
    """A further address is there beside the official one, which stays."""
    before = official(lists, found)

    add_alias(lists.session, lists.actor, [Alias(found.id, "them@tinh.gov.vn", is_list=True)])

    assert addresses(lists, found) == {(before, "primary", None), ("them@tinh.gov.vn", "alias", None)}


def test_further_address_becomes_the_official_one(lists: Lists, found: MailingList) -> None:
    """What the list has already can become its official address, and back."""
    before = official(lists, found)
    move(lists, found, "moi@tinh.gov.vn")

    move(lists, found, before)

    assert official(lists, found) == before


def test_move_is_due_and_told(lists: Lists, moving: MailingList) -> None:
    """The entry is to follow, and the audit has the address that came and the one of before."""
    before = official(lists, moving)
    lists.forget()

    move(lists, moving)

    lists.session.flush()
    event = lists.session.scalars(select(AuditEvent).where(AuditEvent.action == "address.changed")).one()
    assert (event.subject, event.detail) == (f"mailing_list:{moving.public_id}", {"address": NEW, "before": before})
    assert lists.session.get(Due, ("mailing_list", moving.id)) is not None


def test_mailbox_and_list_of_one_id_get_their_own(lists: Lists) -> None:
    """In one batch a mailbox and a list under the same number are told apart."""
    mailbox = lists.role_mailbox()
    lists.run(
        "INSERT INTO mailing_lists (id, public_id, agency_id, name, senders, rule, created_at)"
        " OVERRIDING SYSTEM VALUE VALUES (:id, 'ds', :agency, 'Danh sách', 'members', 'staff', now())",
        id=mailbox.id,
        agency=lists.house.department.id,
    )
    wishes = [Alias(mailbox.id, "hop@tinh.gov.vn", is_primary=True), Alias(mailbox.id, "ds@tinh.gov.vn", is_list=True)]

    add_alias(lists.session, lists.actor, wishes)

    owners = select(Address.address, Address.mailbox_id, Address.mailing_list_id)
    owners = owners.where(Address.local.in_(("hop", "ds")))
    assert set(map(tuple, lists.session.execute(owners))) == {
        ("hop@tinh.gov.vn", mailbox.id, None),
        ("ds@tinh.gov.vn", None, mailbox.id),
    }


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("moi@tinh.gov.vn", BadValue),
        ("moi@khac.gov.vn", DomainUnknown),
        ("mới@moi.tinh.gov.vn", BadValue),
    ],
)
def test_official_address_that_will_not_do_is_refused(
    lists: Lists, moving: MailingList, address: str, error: type[DirectoryError]
) -> None:
    """Nobody moves into a domain that retires or is another agency's, nor to what is no address."""
    with pytest.raises(error) as refused:
        move(lists, moving, address)

    assert refused.value.fields["row"] == 0


def test_address_of_a_mailbox_becomes_no_lists(lists: Lists, found: MailingList) -> None:
    """An address that somebody has is refused."""
    taken = address_of(lists.session, lists.hire("Nguyễn Văn An")) or ""

    with pytest.raises(AddressTaken):
        move(lists, found, taken)


def test_address_of_another_list_is_refused(lists: Lists, found: MailingList) -> None:
    """A list takes no other list's address."""
    other = official(lists, lists.open())

    with pytest.raises(AddressTaken):
        move(lists, found, other)


@pytest.mark.parametrize("role", [None, "hr", "head", "auditor"])
def test_only_it_staff_and_operators_move_a_list(lists: Lists, found: MailingList, role: str | None) -> None:
    """Without the right nobody gives a list an address."""
    account = lists.hire("Nguyễn Văn An")
    if role:
        give(lists.session, account, role, lists.house.department)

    with pytest.raises(NotAllowed):
        move(lists, found, "moi@tinh.gov.vn", acting(lists.actor, account))


def test_list_of_another_agency_is_not_moved(lists: Lists) -> None:
    """Who looks after the department gives another agency's list no address."""
    account = lists.hire("Lý Thị Quản")
    give(lists.session, account, "agency_it", lists.house.department)
    foreign = lists.open(at=lists.house.elsewhere)

    with pytest.raises(NotAllowed):
        move(lists, foreign, "moi@khac.gov.vn", acting(lists.actor, account))


def test_list_that_is_not_there_gets_no_address(lists: Lists, found: MailingList) -> None:
    """The id of a mailbox is not that of a list."""
    with pytest.raises(NotFound):
        add_alias(lists.session, lists.actor, [Alias(found.id + 1_000_000, NEW, is_list=True)])


def test_closed_list_gets_no_address(lists: Lists, found: MailingList) -> None:
    """A closed list stays without an address."""
    close_mailing_list(lists.session, lists.actor, [found.id])

    with pytest.raises(WrongState):
        move(lists, found, "moi@tinh.gov.vn")


def test_closed_list_gives_up_all_its_addresses(lists: Lists, found: MailingList) -> None:
    """Together with the official address the further ones go into quarantine."""
    move(lists, found, "moi@tinh.gov.vn")

    close_mailing_list(lists.session, lists.actor, [found.id])

    assert {kind for _, kind, _ in addresses(lists, found)} == {"quarantined"}


def test_former_address_of_a_list_ends_on_its_day(lists: Lists, found: MailingList) -> None:
    """When its days are over a former address goes into quarantine, and the list is due."""
    before = official(lists, found)
    move(lists, found, "moi@tinh.gov.vn")
    lists.forget()
    day_after = replace(lists.actor, now=lists.actor.now + timedelta(days=366))

    ended = end_addresses(lists.session, day_after)

    kept = lists.actor.today + timedelta(days=366 + 365)
    assert (ended, (before, "quarantined", kept) in addresses(lists, found)) == (1, True)
    assert lists.session.get(Due, ("mailing_list", found.id)) is not None


def test_ended_address_of_a_list_is_nobodys_to_take(lists: Lists, found: MailingList) -> None:
    """While it is in quarantine no other list gets what was once a list's address."""
    before = official(lists, found)
    move(lists, found, "moi@tinh.gov.vn")
    end_addresses(lists.session, replace(lists.actor, now=lists.actor.now + timedelta(days=366)))

    other = lists.open()

    with pytest.raises(AddressTaken):
        move(lists, other, before)


def test_senders_are_judged_at_each_address(lists: Lists, found: MailingList) -> None:
    """A list for its members is one under its former address too."""
    before = official(lists, found)
    move(lists, found, "moi@tinh.gov.vn")

    judged = [verdict(lists.session, lists.actor, each, None) for each in (before, "moi@tinh.gov.vn")]

    assert judged == ["sign in", "sign in"]

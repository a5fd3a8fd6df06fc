"""Rules of lists that PostgreSQL keeps, tried by going round the code."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from tests.book import mailbox_of
from tests.directory.mailing_lists.lists import Lists


def refuse(lists: Lists, statement: str, **values: object) -> None:
    """Assert that PostgreSQL refuses a statement."""
    with pytest.raises(DBAPIError):
        lists.run(statement, **values)


def test_address_has_one_owner_over_both_kinds(lists: Lists) -> None:
    """An address belongs to a mailbox or to a list, never to both."""
    mailbox = mailbox_of(lists.session, lists.hire("Nguyễn Văn An"))
    found = lists.open()

    refuse(lists, "UPDATE addresses SET mailing_list_id = :id WHERE mailbox_id = :box", id=found.id, box=mailbox.id)


@pytest.mark.parametrize("change", ["mailing_list_id = NULL, mailbox_id = :box", "mailing_list_id = :other"])
def test_address_of_a_list_is_not_handed_on_while_in_use(lists: Lists, change: str) -> None:
    """An address of a list cannot be given to a mailbox, or to another list."""
    mailbox, found, other = lists.role_mailbox(), lists.open(), lists.open()
    lists.run(
        "UPDATE addresses SET kind = 'quarantined', valid_until = '2999-01-01' WHERE mailbox_id = :box", box=mailbox.id
    )
    lists.run(
        "UPDATE addresses SET kind = 'quarantined', valid_until = '2999-01-01' WHERE mailing_list_id = :id", id=other.id
    )
    values = {"box": mailbox.id} if ":box" in change else {"other": other.id}

    refuse(lists, f"UPDATE addresses SET {change} WHERE mailing_list_id = :id", id=found.id, **values)


def test_address_of_a_mailbox_is_not_handed_to_a_list_while_in_use(lists: Lists) -> None:
    """An address of a mailbox cannot be given to a list."""
    mailbox, found = lists.role_mailbox(), lists.open()
    lists.run(
        "UPDATE addresses SET kind = 'quarantined', valid_until = '2001-01-01' WHERE mailing_list_id = :id", id=found.id
    )

    refuse(
        lists,
        "UPDATE addresses SET mailbox_id = NULL, mailing_list_id = :id WHERE mailbox_id = :box",
        id=found.id,
        box=mailbox.id,
    )


def test_list_has_one_address(lists: Lists) -> None:
    """A second primary address of a list is refused."""
    found = lists.open()

    refuse(
        lists,
        "INSERT INTO addresses (local, domain_id, domain_name, kind, mailing_list_id)"
        " SELECT 'khac', id, name, 'primary', :id FROM domains WHERE name = 'tinh.gov.vn'",
        id=found.id,
    )


@pytest.mark.parametrize(
    "change",
    [
        "rule = 'titles'",
        "titles = '{x}'",
        "rule = 'x'",
        "senders = 'x'",
        "state = 'suspended'",
        "name = ''",
    ],
)
def test_list_holds_together(lists: Lists, change: str) -> None:
    """A list has a rule that PostgreSQL knows, with titles if and only if it asks for them."""
    found = lists.open()

    refuse(lists, f"UPDATE mailing_lists SET {change} WHERE id = :id", id=found.id)


def test_closed_list_stays_closed(lists: Lists) -> None:
    """A closed list cannot be opened again."""
    found = lists.open()
    lists.run("UPDATE mailing_lists SET state = 'disabled' WHERE id = :id", id=found.id)

    refuse(lists, "UPDATE mailing_lists SET state = 'active' WHERE id = :id", id=found.id)


def test_list_is_never_deleted(lists: Lists) -> None:
    """A list stays, because its address is remembered by it."""
    found = lists.open()

    refuse(lists, "DELETE FROM mailing_lists WHERE id = :id", id=found.id)


def test_decision_by_hand_stands_once(lists: Lists) -> None:
    """A mailbox is either added to a list or excluded from it."""
    account = lists.hire("Nguyễn Văn An")
    found = lists.open()
    lists.add(found, account)

    refuse(
        lists,
        "INSERT INTO mailing_list_members (list_id, mailbox_id, kind)"
        " SELECT list_id, mailbox_id, 'excluded' FROM mailing_list_members WHERE list_id = :id",
        id=found.id,
    )

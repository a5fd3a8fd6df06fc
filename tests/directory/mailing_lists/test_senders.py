"""Who may send to a list, judged from the book."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from directory.addresses import Address
from directory.lifecycle import close_mailing_list, suspend
from directory.mailing_lists import MailingList, Verdict, verdict
from tests.book import mailbox_of
from tests.directory.mailing_lists.lists import Lists


def judged(lists: Lists, found: MailingList, mailbox: str | None) -> Verdict:
    """Give the verdict on a message to a list."""
    lists.session.flush()
    address = select(Address.address).where(Address.mailing_list_id == found.id)
    return verdict(lists.session, lists.actor, lists.session.scalars(address).one(), mailbox)


@pytest.mark.parametrize(
    ("senders", "verdicts"),
    [
        ("members", ["allowed", "members only", "members only", "members only", "sign in", "sign in"]),
        ("agency", ["allowed", "allowed", "allowed", "agency only", "sign in", "sign in"]),
        ("inside", ["allowed", "allowed", "allowed", "allowed", "sign in", "sign in"]),
        ("anyone", ["allowed"] * 6),
    ],
)
def test_senders_are_judged_as_the_list_says(lists: Lists, senders: str, verdicts: list[str]) -> None:
    """A member, a colleague below, the agency's mailbox, somebody from elsewhere, nobody, and a made-up mailbox."""
    places = (lists.house.department, lists.house.unit, lists.house.elsewhere)
    people = [lists.hire(f"Nguyễn Văn {name}", at=at) for name, at in zip(("An", "Bình", "Chi"), places, strict=True)]
    member, colleague, stranger = (mailbox_of(lists.session, each).public_id for each in people)
    found = lists.open("staff", senders=senders)

    given = [
        judged(lists, found, each) for each in (member, colleague, lists.role_mailbox().public_id, stranger, None, "x")
    ]

    assert given == verdicts


def test_suspended_member_may_not_send(lists: Lists) -> None:
    """A session that was open before the suspension sends nothing to the list."""
    account = lists.hire("Nguyễn Văn An")
    found = lists.open("staff")

    suspend(lists.session, lists.actor, [account.id], "lý do")

    assert judged(lists, found, mailbox_of(lists.session, account).public_id) == "sign in"


def test_closed_list_is_none(lists: Lists) -> None:
    """A closed list is judged as one that does not exist."""
    found = lists.open("staff", senders="anyone")
    close_mailing_list(lists.session, lists.actor, [found.id])

    assert judged(lists, found, None) == "no list"

"""Lists become due by themselves when posts and mailboxes change, whoever changed them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, text

from directory.due import Due
from directory.lifecycle import Leaving, Newcomer, Transfer, appoint, change_mailing_list, leave, suspend, transfer
from directory.lifecycle.mailing_lists import ListChange, ListRule
from directory.mailing_lists import MailingList, MembershipChange, follow, may_follow
from tests.directory.mailing_lists.lists import Lists

LATER = date(2027, 1, 1)


def revision(lists: Lists, found: MailingList) -> int:
    """Give the present revision of a list."""
    return lists.session.scalars(select(MailingList.revision).where(MailingList.id == found.id)).one()


def test_newcomer_marks_the_lists_above(lists: Lists) -> None:
    """Somebody who takes up a post marks the lists of the agency and those above that look below, and no others."""
    own, above = lists.open("staff", at=lists.house.unit), lists.open("staff", with_units=True)
    lists.open("staff")
    lists.open("staff", at=lists.house.elsewhere, with_units=True)
    lists.open("hand", with_units=True)
    lists.forget()

    lists.hire("Nguyễn Văn An", at=lists.house.unit)

    assert lists.due_after_following() == {own.id, above.id}


def test_no_more_is_followed_at_once(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    """However PostgreSQL reads what was noted, so much is taken at once and no more."""
    monkeypatch.setattr("directory.mailing_lists.following.MOST", 1)
    lists.forget()
    for name in ("Nguyễn Văn An", "Trần Thị Bình"):
        lists.hire(name)
    count = select(func.count()).select_from(MembershipChange)
    before = lists.session.scalars(count).one()
    for way in ("hashjoin", "mergejoin", "material", "hashagg", "sort", "memoize"):
        lists.session.execute(text(f"SET LOCAL enable_{way} = off"))

    follow(lists.session, lists.actor)

    assert lists.session.scalars(count).one() == before - 1


def test_transfer_marks_the_lists_of_both_agencies(lists: Lists) -> None:
    """Somebody who moves marks the list that is left and the one that is come to."""
    account = lists.hire("Nguyễn Văn An", at=lists.house.unit)
    left, come_to = lists.open("staff", at=lists.house.unit), lists.open("staff", at=lists.house.province)
    lists.forget()

    transfer(lists.session, lists.actor, [Transfer(account.official_id, lists.house.province.id)])

    assert lists.due_after_following() == {left.id, come_to.id}


def test_leaver_marks_the_lists_of_the_post_and_those_by_hand(lists: Lists) -> None:
    """Somebody who leaves marks the lists of the agency, and those they were put into by hand."""
    account = lists.hire("Nguyễn Văn An")
    ruled, by_hand = lists.open("staff"), lists.open("hand", at=lists.house.province)
    lists.add(by_hand, account)
    lists.forget()

    leave(lists.session, lists.actor, [Leaving(account.official_id)])

    assert lists.due_after_following() == {ruled.id, by_hand.id}


def test_suspension_marks_the_list_without_harm(lists: Lists) -> None:
    """A mailbox that changes its state marks the lists it is in."""
    account = lists.hire("Nguyễn Văn An")
    found = lists.open("staff")
    lists.forget()

    suspend(lists.session, lists.actor, [account.id], "lý do")

    assert lists.due_after_following() == {found.id}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE appointments SET title = 'Trưởng phòng'",
        "UPDATE appointments SET is_head = true",
        "UPDATE appointments SET valid_to = '2027-01-01'",
        """INSERT INTO appointments (official_id, agency_id, kind, valid_from)
           SELECT official_id, agency_id, 'acting', '2026-01-01' FROM appointments""",
        "UPDATE mailboxes SET state = 'disabled'",
        "UPDATE accounts SET state = 'disabled'",
        "UPDATE addresses SET kind = 'alias' WHERE mailbox_id IS NOT NULL",
    ],
)
def test_change_by_plain_sql_marks_the_list(lists: Lists, statement: str) -> None:
    """No way to change a post, a mailbox or an address goes past the lists."""
    lists.hire("Nguyễn Văn An")
    found = lists.open("staff")
    lists.forget()

    lists.run(statement)

    assert found.id in lists.due_after_following()


@pytest.mark.parametrize(
    "statement", ["UPDATE accounts SET revision = revision + 1", "UPDATE accounts SET state = 'active'"]
)
def test_what_changes_no_member_marks_nothing(lists: Lists, statement: str) -> None:
    """What has nothing to do with members, such as an activation, marks no list."""
    lists.hire("Nguyễn Văn An", is_head=False)
    lists.open("staff")
    lists.run("UPDATE accounts SET state = 'pending'")
    lists.forget()

    lists.run(statement)

    assert lists.due_after_following() == set()


def test_moved_agency_marks_the_lists_on_both_sides(lists: Lists) -> None:
    """An agency that gets another parent marks the lists that look below: of the old line and of the new one."""
    lists.hire("Nguyễn Văn An", at=lists.house.unit)
    old = lists.open("staff", with_units=True)
    new = lists.open("staff", at=lists.house.elsewhere, with_units=True)
    lists.forget()

    lists.run(
        "UPDATE agencies SET parent_id = :parent WHERE id = :id",
        parent=lists.house.elsewhere.id,
        id=lists.house.unit.id,
    )

    assert {old.id, new.id} <= lists.due_after_following()


def test_thousands_of_newcomers_mark_a_list_once(lists: Lists) -> None:
    """However many people an import brings, their lists are marked once."""
    found = lists.open("staff")
    before = revision(lists, found)

    for batch in range(3):
        appoint(
            lists.session,
            lists.actor,
            [Newcomer(lists.house.department.id, f"Nguyễn Văn {'A' * (batch + 1)}n") for _ in range(40)],
        )
    lists.due_after_following()

    assert revision(lists, found) == before + 1


def test_batch_leaves_one_note_an_agency(lists: Lists) -> None:
    """A batch of newcomers leaves a note a statement, not one a person."""
    lists.forget()

    appoint(lists.session, lists.actor, [Newcomer(lists.house.department.id, "Nguyễn Văn An") for _ in range(40)])

    assert (lists.session.scalar(select(func.count()).select_from(MembershipChange)) or 0) <= 3


def test_nothing_is_marked_twice(lists: Lists) -> None:
    """What was followed once is not followed again."""
    lists.open("staff")
    lists.hire("Nguyễn Văn An")
    lists.due_after_following()

    assert follow(lists.session, lists.actor) == 0


CROWD = (
    "INSERT INTO due (subject, subject_id, revision, since, not_before)"
    " SELECT 'account', n, 1, now(), now() + make_interval(hours => {hours}) FROM generate_series(1, {accounts}) AS n"
)


@pytest.fixture
def noted(lists: Lists) -> Lists:
    """Note a change of members, and nothing else."""
    lists.hire("Nguyễn Văn An")
    lists.run("DELETE FROM due")
    return lists


def test_nothing_noted_is_not_followed(lists: Lists) -> None:
    """Where nothing has changed there is nothing to follow."""
    lists.forget()

    assert not may_follow(lists.session)


@pytest.mark.parametrize(("accounts", "hours", "followed"), [(100, 0, True), (101, 0, False), (101, 1, True)])
def test_members_wait_for_many_accounts(noted: Lists, accounts: int, hours: int, followed: bool) -> None:  # noqa: FBT001 - a case
    """Lists and groups wait while many accounts do, but not for those that are to be tried again later."""
    noted.run(CROWD.format(accounts=accounts, hours=hours))

    assert may_follow(noted.session) == followed


def test_no_change_waits_for_ever(noted: Lists) -> None:
    """After a minute lists and groups follow, however many accounts wait."""
    noted.run(CROWD.format(accounts=101, hours=0))

    noted.run("UPDATE membership_changes SET noted_at = now() - interval '1 min'")

    assert may_follow(noted.session)


def test_closed_list_is_left_alone(lists: Lists) -> None:
    """A list that was closed follows nobody any more."""
    found = lists.open("staff")
    lists.run("UPDATE mailing_lists SET state = 'disabled' WHERE id = :id", id=found.id)
    lists.forget()

    lists.hire("Nguyễn Văn An")

    assert lists.due_after_following() == set()


def test_changed_rule_is_due_at_once(lists: Lists) -> None:
    """A change of the rule does not wait to be noticed."""
    found = lists.open("staff")
    lists.forget()

    change_mailing_list(lists.session, lists.actor, [ListChange(found.id, ListRule("Khác", "anyone", "heads"))])

    assert lists.session.get(Due, ("mailing_list", found.id)) is not None

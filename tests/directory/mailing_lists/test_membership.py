"""Who is in a list: by its rule, by hand, on a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from directory.lifecycle import Leaving, Membership, add_members, leave, suspend
from directory.mailing_lists import Draft, preview
from tests.directory.mailing_lists.lists import Lists
from tests.statements import statements


def test_staff_are_those_who_hold_a_post_there(lists: Lists) -> None:
    """The rule of all staff takes in whoever holds a post at the agency itself, and nobody of others."""
    lists.hire("Nguyễn Văn An")
    lists.hire("Trần Thị Bình", at=lists.house.unit)
    lists.hire("Lê Văn Chi", at=lists.house.elsewhere)

    assert lists.members(lists.open("staff")) == ["annv"]


def test_staff_with_units_are_those_below_too(lists: Lists) -> None:
    """With the units below, the rule takes in their people as well."""
    lists.hire("Nguyễn Văn An")
    lists.hire("Trần Thị Bình", at=lists.house.unit)
    lists.hire("Lê Văn Chi", at=lists.house.province)

    assert lists.members(lists.open("staff", with_units=True)) == ["annv", "binhtt"]


def test_heads_are_those_who_lead(lists: Lists) -> None:
    """The rule of heads takes in who leads the agency and, with the units, who leads one of them."""
    lists.hire("Nguyễn Văn An", is_head=True)
    lists.hire("Đỗ Thị Dung")
    lists.hire("Trần Thị Bình", at=lists.house.unit, is_head=True)

    assert lists.members(lists.open("heads")) == ["annv"]
    assert lists.members(lists.open("heads", with_units=True)) == ["annv", "binhtt"]


@pytest.mark.parametrize(
    ("title", "is_in"),
    [
        ("Trưởng phòng", True),
        ("TRƯỞNG PHÒNG", True),
        ("Trưởng phòng Tổ chức cán bộ", True),
        ("Phó Trưởng phòng", False),
        ("Trưởng phòngg", False),
        ("Trường phòng", False),
        ("Chánh Thanh tra", True),
        ("", False),
    ],
)
def test_titles_begin_with_the_wording(lists: Lists, title: str, is_in: object) -> None:
    """A title counts if it begins with one of the wordings, in whole words, with its marks and in any case."""
    lists.hire("Nguyễn Văn An", title=title)

    members = lists.members(lists.open("titles", titles=["trưởng  Phòng", "chánh thanh tra"]))

    assert bool(members) is is_in


def test_wildcards_of_a_wording_mean_themselves(lists: Lists) -> None:
    """What is special in SQL's patterns is an ordinary character in the wording of a title."""
    lists.hire("Nguyễn Văn An", title="Trưởng phòng")

    assert lists.members(lists.open("titles", titles=["%", "Tr_ởng phòng"])) == []


def test_second_post_counts(lists: Lists) -> None:
    """Who holds a concurrent post at the agency is of its staff, once."""
    account = lists.hire("Nguyễn Văn An")
    post = (
        "INSERT INTO appointments (official_id, agency_id, kind, valid_from) VALUES (:who, :at, 'concurrent', :since)"
    )
    since = lists.actor.today
    lists.run(post, who=account.official_id, at=lists.house.unit.id, since=since)
    lists.run(post, who=account.official_id, at=lists.house.department.id, since=since)

    assert lists.members(lists.open("staff", at=lists.house.unit)) == ["annv"]
    assert lists.members(lists.open("staff", with_units=True)) == ["annv"]


def test_post_counts_from_its_first_day_to_its_last(lists: Lists) -> None:
    """A member is in the list on the days on which the post is held, and on no other."""
    today = lists.actor.today
    lists.hire("Nguyễn Văn An", valid_from=today, valid_to=today + timedelta(days=2))
    found = lists.open("staff")

    days = [lists.members(found, today + timedelta(days=each)) for each in (-1, 0, 1, 2)]

    assert days == [[], ["annv"], ["annv"], []]


def test_hand_work_comes_before_the_rule(lists: Lists) -> None:
    """Whoever was added is in, whoever was excluded is out, whatever the rule says."""
    lists.hire("Nguyễn Văn An")
    out = lists.hire("Trần Thị Bình")
    guest = lists.hire("Lê Văn Chi", at=lists.house.province)
    mailbox = lists.role_mailbox()
    found = lists.open("staff")
    lists.add(found, out, "excluded")
    lists.add(found, guest)
    add_members(lists.session, lists.actor, [Membership(found.id, mailbox.id)])

    assert [name.rstrip("0123456789") for name in lists.members(found)] == ["annv", "chilv", "vanthu"]


def test_suspended_member_still_receives(lists: Lists) -> None:
    """A suspension keeps the mail, so the member stays."""
    account = lists.hire("Nguyễn Văn An")
    found = lists.open("staff")

    suspend(lists.session, lists.actor, [account.id], "lý do")

    assert lists.members(found) == ["annv"]


def test_leaver_is_no_member_even_by_hand(lists: Lists) -> None:
    """Whoever has left is in no list, also where somebody had put them in by hand."""
    account = lists.hire("Nguyễn Văn An")
    found = lists.open("hand")
    lists.add(found, account)

    leave(lists.session, lists.actor, [Leaving(account.official_id)])

    assert lists.members(found) == []


def test_closed_account_is_no_member_while_its_mailbox_is_kept(lists: Lists) -> None:
    """A mailbox that is kept after its holder has left is in no list."""
    account = lists.hire("Nguyễn Văn An")
    found = lists.open("hand")
    lists.add(found, account)

    account.state = "disabled"

    assert lists.members(found) == []


def test_members_of_many_lists_are_one_statement(lists: Lists) -> None:
    """However many lists there are, their members are read in one statement."""
    lists.hire("Nguyễn Văn An")
    found = [lists.open("staff") for _ in range(5)]

    with statements(lists.session) as sent:
        members = lists.members(found[0])

    assert (members, len(sent)) == (["annv"], 1)


def test_preview_shows_whom_a_rule_would_take_in(lists: Lists) -> None:
    """Before anything is saved, the page can say how many members a rule gives and who they are."""
    lists.hire("Nguyễn Văn An")
    lists.hire("Trần Thị Bình", at=lists.house.unit)

    shown = preview(lists.session, lists.actor, Draft(lists.house.department.id, "staff", with_units=True), limit=1)

    assert (shown.count, [each.name for each in shown.members]) == (2, ["Nguyễn Văn An"])

"""Officials found by what is typed, and the record of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.domains import Domain
from directory.errors import NotFound
from directory.lifecycle import (
    Leaving,
    Newcomer,
    RoleOpening,
    Transfer,
    appoint,
    enlist,
    leave,
    open_role_mailbox,
    transfer,
)
from directory.lifecycle.mail_domains import Retirement, retire_domain
from directory.people import Person, find, record_of
from tests.book import LONG_AGO, House, acting, give, hire
from tests.statements import statements

NAMES = (
    "Nguyễn Thị Ánh Đào",
    "Trần Văn Anh",
    "Lê Hoà An",
    "Lê Hòa Ân",
    "Đào Thị Hương",
    "Đao Văn Thụy",
    "H'Linh Byă",
    "Phạm Văn Bình",
)


@pytest.fixture
def staff(session: Session, actor: Actor, house: House) -> None:
    """Give the department its people."""
    hire(session, actor, house.unit, *NAMES)


def names(session: Session, actor: Actor, text: str) -> list[str]:
    """Give the names found."""
    return [person.full_name for person in find(session, actor, text).people]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("anh dao", ["Nguyễn Thị Ánh Đào"]),
        ("dao anh", ["Nguyễn Thị Ánh Đào"]),
        ("ÁNH ĐÀO", ["Nguyễn Thị Ánh Đào"]),
        ("a\u0301nh", ["Nguyễn Thị Ánh Đào"]),
        ("anh", ["Trần Văn Anh", "Nguyễn Thị Ánh Đào"]),
        ("dao", ["Nguyễn Thị Ánh Đào", "Đào Thị Hương", "Đao Văn Thụy"]),
        ("đào", ["Nguyễn Thị Ánh Đào", "Đào Thị Hương"]),
        ("nguyên", ["Nguyễn Thị Ánh Đào"]),
        ("hoà", ["Lê Hoà An", "Lê Hòa Ân"]),
        ("hoa ân", ["Lê Hòa Ân"]),
        ("thuỵ", ["Đao Văn Thụy"]),
        ("linh", ["H'Linh Byă"]),
        ("h'l", ["H'Linh Byă"]),
        ("inh", []),
        ("đán", []),
        ("%", []),
        ("_", []),
        (".*", []),
        ("(", []),
        ("\\", []),
    ],
)
def test_typed_words_find_names(session: Session, actor: Actor, staff: None, typed: str, found: list[str]) -> None:
    """Plain letters find every marking, marked ones only theirs, and each word must begin a word of the name."""
    assert names(session, actor, typed) == found


def test_list_is_in_the_order_of_given_names(session: Session, actor: Actor, staff: None) -> None:
    """Given names come first, in the order of the Vietnamese alphabet and its tones."""
    assert names(session, actor, "") == [
        "Lê Hoà An",
        "Trần Văn Anh",
        "Lê Hòa Ân",
        "Phạm Văn Bình",
        "Nguyễn Thị Ánh Đào",
        "H'Linh Byă",
        "Đào Thị Hương",
        "Đao Văn Thụy",
    ]


def test_official_is_found_by_address_number_and_id(session: Session, actor: Actor, house: House, staff: None) -> None:
    """An address, its part before the @, an account number or a personal ID finds exactly its official."""
    person = Newcomer(house.unit.id, "Vũ Thị Yến", personal_id="068090001234", valid_from=LONG_AGO)
    (account,) = appoint(session, actor, [person])

    asked = ("Yenvt@tinh.gov.vn", "Yenvt", "yenvt@", account.number.upper(), "068090001234")
    found = [names(session, actor, typed) for typed in asked]

    assert found == [["Vũ Thị Yến"]] * len(asked)


def test_line_shows_post_account_and_address(session: Session, actor: Actor, house: House) -> None:
    """A line of the list says where somebody works, and which account and address they have."""
    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Vũ Thị Yến", title="Chuyên viên")])
    enlist(session, actor, [Newcomer(house.unit.id, "Lê An")])

    without, with_ = find(session, actor).people

    assert (with_.title, with_.agency_name, with_.account_number, with_.state, with_.address) == (
        "Chuyên viên",
        "Phòng Tổ chức",
        account.number,
        "pending",
        "yenvt@tinh.gov.vn",
    )
    assert (without.account_number, without.state, without.address) == (None, None, None)


def test_pages_follow_each_other(session: Session, actor: Actor, house: House, staff: None) -> None:
    """Page by page every official is shown once, in order, also those of one name."""
    hire(session, actor, house.unit, *["Lê An"] * 5)
    seen: list[Person] = []
    after = None

    while True:
        page = find(session, actor, after=after, limit=3)
        seen += page.people
        if (after := page.after) is None:
            break

    assert len(seen) == len({person.public_id for person in seen}) == 13
    assert list(seen) == list(find(session, actor).people)


def test_unknown_cursor_gives_nothing(session: Session, actor: Actor, staff: None) -> None:
    """A page that begins after nobody is empty."""
    assert find(session, actor, after="x").people == []


def test_page_costs_the_same_statements_for_any_rows(session: Session, actor: Actor, house: House, staff: None) -> None:
    """A page of eight costs as many statements as a page of one."""
    with statements(session) as one:
        find(session, actor, limit=1)
    with statements(session) as eight:
        find(session, actor, limit=8)

    assert len(one) == len(eight) == 6


def test_others_people_are_not_found(session: Session, actor: Actor, house: House, staff: None) -> None:
    """Nobody finds officials of agencies over which they have no role, by no way of typing."""
    (officer,) = hire(session, actor, house.elsewhere, "Lê Giang")
    give(session, officer, "agency_it", house.elsewhere)
    person = find(session, actor, "anh dao").people[0]
    typed = ("", "anh", f"{person.address}", f"{person.account_number}")

    found = [names(session, acting(actor, officer), each) for each in typed]

    assert found == [["Lê Giang"], [], [], []]


def test_without_a_role_nobody_is_found(session: Session, actor: Actor, house: House, staff: None) -> None:
    """Somebody without a role finds nobody."""
    (account,) = hire(session, actor, house.unit, "Lê Giang")

    assert names(session, acting(actor, account), "") == []


def test_subtree_narrows_the_list(session: Session, actor: Actor, house: House, staff: None) -> None:
    """A list can be narrowed to an agency and what is below it."""
    hire(session, actor, house.province, "Lê Giang")

    counts = [len(find(session, actor, agency_id=agency.id).people) for agency in (house.province, house.department)]

    assert counts == [9, 8]


def test_states_narrow_the_list(session: Session, actor: Actor, house: House, staff: None) -> None:
    """A list can be narrowed to those without an account, or with one in some state, also closed."""
    enlist(session, actor, [Newcomer(house.unit.id, "Lê Không")])
    gone, _ = hire(session, actor, house.unit, "Vũ Nghỉ", "Vũ Chờ", state="pending")
    leave(session, actor, [Leaving(gone.official_id, reason="Nghỉ hưu")])

    found = {
        state: [person.full_name for person in find(session, actor, state=state).people]
        for state in ("none", "pending", "disabled")
    }

    assert found == {"none": ["Lê Không"], "pending": ["Vũ Chờ"], "disabled": ["Vũ Nghỉ"]}
    assert "Vũ Nghỉ" not in names(session, actor, "")


def test_future_transfer_shows_the_present_post(session: Session, actor: Actor, house: House) -> None:
    """Until a transfer begins, the list shows the official once, where they are."""
    (account,) = hire(session, actor, house.unit, "Lê Giang")
    transfer(
        session, actor, [Transfer(account.official_id, house.elsewhere.id, valid_from=actor.today + timedelta(days=9))]
    )

    (person,) = find(session, actor).people

    assert person.agency_name == "Phòng Tổ chức"


def test_record_shows_all_of_one(session: Session, actor: Actor, house: House) -> None:
    """A record has posts, account, mailbox, addresses, roles and held mailboxes, and nothing sealed in clear."""
    person = Newcomer(house.unit.id, "Vũ Thị Yến", title="Văn thư", personal_id="068090001234", valid_from=LONG_AGO)
    (account,) = appoint(session, actor, [person])
    open_role_mailbox(session, actor, [RoleOpening(house.department.id, "Văn thư", "vanthu@tinh.gov.vn", [account.id])])
    give(session, account, "hr", house.department)

    record = record_of(session, actor, account.official.public_id)

    assert (record.full_name, record.title, record.agency_name) == ("Vũ Thị Yến", "Văn thư", "Phòng Tổ chức")
    assert (record.account_number, record.state, record.address) == (account.number, "pending", "yenvt@tinh.gov.vn")
    assert [role.role for role in record.roles] == ["hr"]
    assert [held.address for held in record.holds] == ["vanthu@tinh.gov.vn"]
    assert record.waits_since == actor.now
    assert record.has_personal_id
    assert "068090001234" not in str(record)


def test_record_says_until_when_a_domain_receives(session: Session, actor: Actor, house: House) -> None:
    """An address whose domain retires is shown with the last day on which mail comes to it, also when that is over."""
    (account,) = hire(session, actor, house.department, "Nguyễn Thị Ánh Đào")
    official = account.official.public_id
    domain = session.scalars(select(Domain).where(Domain.name == "tinh.gov.vn")).one()
    retire_domain(session, actor, [Retirement(domain.id, actor.today + timedelta(days=9))])

    (address,) = record_of(session, actor, official).addresses

    assert address.valid_until == actor.today + timedelta(days=9)


def test_record_of_somebody_without_an_account(session: Session, actor: Actor, house: House) -> None:
    """Who is only listed has a record without account and mailbox."""
    (official,) = enlist(session, actor, [Newcomer(house.unit.id, "Lê An")])

    record = record_of(session, actor, official.public_id)

    assert (record.account_id, record.mailbox_id, record.addresses) == (None, None, ())


def test_record_of_the_retired_is_still_there(session: Session, actor: Actor, house: House) -> None:
    """The record of who has left shows the last post."""
    (account,) = hire(session, actor, house.unit, "Lê An")
    leave(session, actor, [Leaving(account.official_id, reason="Nghỉ hưu")])

    record = record_of(session, actor, account.official.public_id)

    assert (record.state, record.agency_name, record.posts[0].valid_to) == ("disabled", "Phòng Tổ chức", actor.today)


def test_own_record_is_open_without_a_role(session: Session, actor: Actor, house: House) -> None:
    """Everybody may see their own record, and without a role no other."""
    own, other = hire(session, actor, house.unit, "Lê An", "Lê Bình")

    record = record_of(session, acting(actor, own), own.official.public_id)

    assert record.full_name == "Lê An"
    with pytest.raises(NotFound):
        record_of(session, acting(actor, own), other.official.public_id)


def test_foreign_record_is_not_found(session: Session, actor: Actor, house: House) -> None:
    """The record of an official of other agencies looks as if there were none."""
    (officer,) = hire(session, actor, house.elsewhere, "Lê Giang")
    give(session, officer, "operator", house.elsewhere)
    (account,) = hire(session, actor, house.unit, "Lê An")

    with pytest.raises(NotFound):
        record_of(session, acting(actor, officer), account.official.public_id)


def test_token_sees_only_its_agency(session: Session, actor: Actor, house: House, staff: None) -> None:
    """A token of one agency finds nobody of the agencies above, though its maker would."""
    (maker,) = hire(session, actor, house.province, "Lê Giang")
    give(session, maker, "agency_it", house.province)

    token = replace(acting(actor, maker), within=house.department.id)

    assert "Lê Giang" not in names(session, token, "")
    assert len(names(session, token, "")) == len(NAMES)

"""Careers by list: who comes back, a superior among others, and whom an HR system knows by its own record."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.appointments import posts_of
from directory.base import Actor
from directory.errors import NotAllowed
from directory.lifecycle import Leaving, Merging, Newcomer, enlist, leave, merge
from directory.officials import Official, open_field
from directory.source_keys import SourceKey
from directory.staff_lists import leavers
from directory.staff_lists.plan import Upload, plan
from directory.staff_lists.tables import StaffList
from tests.book import LONG_AGO, House, acting, address_of, give, hire
from tests.lists.conftest import Planner, applied, kinds_of, rows_of
from tests.lists.workbooks import ListFile, people, plain_list


def account_of(session: Session, name: str) -> Account:
    """Give the account of the only official of a name."""
    official = select(Official.id).where(Official.full_name == name, Official.merged_into_id.is_(None))
    return session.scalars(select(Account).where(Account.official_id.in_(official))).one()


def test_who_left_comes_back_by_list(session: Session, actor: Actor, house: House, planned: Planner) -> None:
    """The list finds whoever left by the ID number: the same account waits for activation, with the old address."""
    (person,) = people(1)
    applied(session, actor, planned(plain_list([person]).sheets()))
    account = account_of(session, person.name)
    before = address_of(session, account)
    leave(session, actor, [Leaving(account.official_id)])
    returning = plain_list([replace(person, title="Phó Trưởng phòng")], unit="Phòng Tổ chức").sheets()

    staff_list = planned(returning)
    kinds = kinds_of(session, staff_list)
    applied(session, actor, staff_list)

    session.refresh(account)
    post = posts_of(session, [account.official_id], actor.today)[account.official_id]
    assert kinds == {6: "rehire"}
    assert (account.state, address_of(session, account)) == ("pending", before)
    assert (post.agency_id, post.title, post.valid_to) == (house.unit.id, "Phó Trưởng phòng", None)


def test_who_came_back_is_unchanged_the_next_time(session: Session, actor: Actor, planned: Planner) -> None:
    """The list that brought somebody back does nothing when it comes again."""
    (person,) = people(1)
    sheets = plain_list([person]).sheets()
    applied(session, actor, planned(sheets))
    leave(session, actor, [Leaving(account_of(session, person.name).official_id)])
    applied(session, actor, planned(sheets))

    again = planned(sheets)

    assert kinds_of(session, again) == {6: "unchanged"}


def test_what_a_list_says_of_who_comes_back_is_recorded(session: Session, actor: Actor, planned: Planner) -> None:
    """A new telephone number of somebody who comes back stands in the record with the new post."""
    (person,) = people(1)
    applied(session, actor, planned(plain_list([person]).sheets()))
    account = account_of(session, person.name)
    leave(session, actor, [Leaving(account.official_id)])
    made = plain_list([person], also=lambda _: {6: "0912345678"})
    made.rows[4] = [*made.rows[4], "Di động"]

    applied(session, actor, planned(made.sheets()))

    official = session.get_one(Official, account.official_id)
    assert open_field(session, official, "phone") == "0912345678"


def test_who_comes_back_among_many(session: Session, actor: Actor, planned: Planner) -> None:
    """In one batch some are new, one comes back and the rest stay as they are."""
    persons = people(6)
    applied(session, actor, planned(plain_list(persons[:4]).sheets()))
    leave(session, actor, [Leaving(account_of(session, persons[1].name).official_id)])

    staff_list = planned(plain_list(persons).sheets())
    applied(session, actor, staff_list)

    expected = ["unchanged", "rehire", "unchanged", "unchanged", "create", "create"]
    assert list(kinds_of(session, staff_list).values()) == expected
    assert [row.number for row in rows_of(session, staff_list).values() if row.is_done] == [7, 10, 11]


def full_of(session: Session, actor: Actor, house: House, made: ListFile) -> StaffList:
    """Plan a full list of the department."""
    sheets = made.sheets()
    digest = hashlib.sha256(repr(sheets[0].rows).encode()).hexdigest()
    return plan(session, actor, Upload(house.department.id, "list.xlsx", digest, sheets, mode="full"))


@pytest.mark.parametrize("role", ["hr", "agency_it", "operator"])
def test_superior_among_leavers_alone_stays(session: Session, actor: Actor, house: House, role: str) -> None:
    """HR lets the others go; of the one of no lower rank the row fails and says why."""
    clerk, superior, other = hire(session, actor, house.department, "Lê Thị Nhập", "Trần Văn Trên", "Trần Văn Dưới")
    give(session, clerk, "hr", house.department)
    give(session, superior, role, house.department)
    hr = acting(actor, clerk)
    (newcomer,) = people(1)
    staff_list = full_of(session, hr, house, plain_list([newcomer]))

    leavers.confirm(session, hr, staff_list, None, yes=True)
    applied(session, hr, staff_list)

    rows = [row for row in rows_of(session, staff_list).values() if row.kind == "leave"]
    failed = {row.name: row.failure["message"] for row in rows if row.failure}
    session.refresh(superior)
    session.refresh(other)
    assert (superior.state, other.state) == ("active", "disabled")
    assert failed == dict.fromkeys(("Lê Thị Nhập", "Trần Văn Trên"), NotAllowed.__doc__)
    assert account_of(session, newcomer.name).state == "pending"


def with_records(persons: list[tuple[str, str, str]]) -> ListFile:
    """Give a list that has of each only the record of the HR system, the name and the title."""
    made = ListFile().add(["STT", "Mã nguồn", "Họ và tên", "Chức vụ"])
    return made.add(*([number, *person] for number, person in enumerate(persons, start=1)))


def from_source(session: Session, actor: Actor, house: House, made: ListFile, source: str = "hrm") -> StaffList:
    """Plan a list that comes from an HR system."""
    sheets = made.sheets()
    digest = hashlib.sha256(repr(sheets[0].rows).encode()).hexdigest()
    return plan(session, actor, Upload(house.department.id, "list.xlsx", digest, sheets, source=source))


def test_record_of_an_hr_system_tells_who_it_is(session: Session, actor: Actor, house: House) -> None:
    """Whom a system has sent once it means again by its record alone."""
    applied(session, actor, from_source(session, actor, house, with_records([("HR-1", "Lê Bình", "Chuyên viên")])))

    staff_list = from_source(session, actor, house, with_records([("HR-1", "Lê Bình", "Trưởng phòng")]))

    assert kinds_of(session, staff_list) == {2: "change"}


def test_same_record_of_another_system_is_somebody_else(session: Session, actor: Actor, house: House) -> None:
    """Two systems count their records each for itself."""
    made = with_records([("HR-1", "Lê Bình", "Chuyên viên")])
    applied(session, actor, from_source(session, actor, house, made))

    staff_list = from_source(session, actor, house, made, source="payroll")

    assert kinds_of(session, staff_list) == {2: "create"}


def test_record_follows_a_merge(session: Session, actor: Actor, house: House) -> None:
    """After two records of a person became one, the list of the HR system changes the one that goes on."""
    made = with_records([("HR-1", "Lê Bình", "Chuyên viên")])
    (stays,) = enlist(session, actor, [Newcomer(house.department.id, "Lê Bình", valid_from=LONG_AGO)])
    applied(session, actor, from_source(session, actor, house, made))
    (goes,) = session.scalars(select(SourceKey.official_id)).all()
    merge(session, actor, [Merging(stays.id, goes)])

    staff_list = from_source(session, actor, house, with_records([("HR-1", "Lê Bình", "Trưởng phòng")]))
    applied(session, actor, staff_list)

    assert posts_of(session, [stays.id], actor.today)[stays.id].title == "Trưởng phòng"

"""Plans against the directory, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment, posts_of
from directory.audit import AuditEvent
from directory.base import Actor
from directory.due import Due
from directory.errors import NotAllowed
from directory.lifecycle import Newcomer, enlist
from directory.officials import Official, open_field
from directory.staff_lists.apply import apply_next, start
from directory.staff_lists.plan import Upload, plan
from directory.staff_lists.review import counts
from directory.staff_lists.tables import StaffListRow
from tests.book import House, acting, address_of, give, hire
from tests.lists.conftest import Planner, applied, kinds_of, planned_for, rows_of
from tests.lists.workbooks import ListFile, people, plain_list


def official(session: Session, name: str) -> Official:
    """Give the only official of a name."""
    return session.scalars(select(Official).where(Official.full_name == name)).one()


def test_a_plan_changes_nothing(session: Session, planned: Planner) -> None:
    """Before "apply" there is nobody new."""
    staff_list = planned(plain_list(people(3)).sheets())

    assert set(kinds_of(session, staff_list).values()) == {"create"}
    assert session.scalar(select(func.count()).select_from(Official)) == 0


def test_what_a_list_says_of_people_is_sealed(session: Session, planned: Planner) -> None:
    """Neither names nor numbers of a list stand in clear beside its rows."""
    (person,) = people(1)

    staff_list = planned(plain_list([person]).sheets())

    row = session.scalars(select(StaffListRow).where(StaffListRow.list_id == staff_list.id)).one()
    kept = row.cells + repr((row.reasons, staff_list.columns, staff_list.notes)).encode()
    assert person.name.encode() not in kept
    assert person.personal_id.encode() not in kept


def test_newcomers_get_everything(session: Session, actor: Actor, house: House, planned: Planner) -> None:
    """A new row becomes an official with post, account and address, and the entry is due."""
    (person,) = people(1)
    wanted = plain_list([person], unit="Phòng Tổ chức", also=lambda _: {6: "Mail công vụ"})
    wanted.rows[4] = [*wanted.rows[4], "Mail công vụ"]
    wanted.rows[5] = [*wanted.rows[5][:6], "tu.chon@tinh.gov.vn"]

    applied(session, actor, planned(wanted.sheets()))

    made = official(session, person.name)
    account = session.scalars(select(Account).where(Account.official_id == made.id)).one()
    post = posts_of(session, [made.id], actor.today)[made.id]
    assert open_field(session, made, "personal_id") == person.personal_id
    assert open_field(session, made, "birth_date") == person.birth.isoformat()
    assert (post.agency_id, post.title) == (house.unit.id, "Chuyên viên")
    assert address_of(session, account) == "tu.chon@tinh.gov.vn"
    assert session.get(Due, ("account", account.id)) is not None


def test_the_same_list_again_changes_nothing(session: Session, actor: Actor, planned: Planner) -> None:
    """A list that was applied comes out unchanged, every row of it."""
    sheets = plain_list(people(30), unit="Phòng Tổ chức").sheets()
    applied(session, actor, planned(sheets))
    before = session.scalar(select(func.max(AuditEvent.id)))

    again = planned(sheets)

    assert set(kinds_of(session, again).values()) == {"unchanged"}
    applied(session, actor, again)
    done = session.scalars(select(AuditEvent.action).where(AuditEvent.id > (before or 0)).order_by(AuditEvent.id))
    assert set(done) == {"list.planned", "list.started", "list.applied"}


def test_changes_are_made_field_by_field(session: Session, actor: Actor, planned: Planner) -> None:
    """A title that differs is changed, with the old and the new one shown; nothing else is touched."""
    persons = people(2)
    applied(session, actor, planned(plain_list(persons).sheets()))
    promoted = [replace(persons[0], title="Trưởng phòng"), persons[1]]

    staff_list = planned(plain_list(promoted).sheets())

    (row,) = [row for row in rows_of(session, staff_list).values() if row.kind == "change"]
    assert row.changes == [("title", "Chuyên viên", "Trưởng phòng")]
    applied(session, actor, staff_list)
    made = official(session, persons[0].name)
    assert posts_of(session, [made.id], actor.today)[made.id].title == "Trưởng phòng"


def test_personal_values_are_masked_in_review(session: Session, actor: Actor, planned: Planner) -> None:
    """Of numbers and dates a page shows only the ends."""
    (person,) = people(1)
    applied(session, actor, planned(plain_list([person]).sheets()))

    staff_list = planned(plain_list([replace(person, birth=date(person.birth.year, 12, 30))]).sheets())

    (row,) = rows_of(session, staff_list).values()
    assert row.changes == [("birth_date", f"••/••/{person.birth.year}", f"••/••/{person.birth.year}")]


def test_moves_inside_the_agency(session: Session, actor: Actor, house: House, planned: Planner) -> None:
    """Another unit is a transfer: the old post ends today, the new one begins, the address stays."""
    (person,) = people(1)
    made = enlist(
        session, actor, [Newcomer(house.department.id, person.name, title="Chuyên viên", personal_id=person.personal_id,
                                  birth_date=person.birth, valid_from=date(2020, 1, 1))]
    )[0]  # fmt: skip

    staff_list = planned(plain_list([person], unit="Phòng Tổ chức").sheets())

    (row,) = rows_of(session, staff_list).values()
    assert (row.kind, row.changes[0]) == ("move", ("unit", "Sở Nội vụ", "Phòng Tổ chức"))
    applied(session, actor, staff_list)
    posts = session.scalars(
        select(Appointment).where(Appointment.official_id == made.id).order_by(Appointment.valid_from)
    ).all()
    assert [(post.agency_id, post.title, post.valid_to) for post in posts] == [
        (house.department.id, "Chuyên viên", actor.today),
        (house.unit.id, "Chuyên viên", None),
    ]


def test_officials_without_account_get_one(session: Session, actor: Actor, house: House, planned: Planner) -> None:
    """Who is on the books without an account gets it by being on the list."""
    (person,) = people(1)
    newcomer = Newcomer(house.department.id, person.name, title="Chuyên viên", personal_id=person.personal_id)
    (made,) = enlist(session, actor, [replace(newcomer, birth_date=person.birth)])

    staff_list = planned(plain_list([person]).sheets())

    assert list(kinds_of(session, staff_list).values()) == ["change"]
    applied(session, actor, staff_list)
    assert session.scalars(select(Account).where(Account.official_id == made.id)).one().state == "pending"
    assert set(kinds_of(session, planned(plain_list([person]).sheets())).values()) == {"unchanged"}


def test_new_units_are_founded_once(session: Session, actor: Actor, house: House, planned: Planner) -> None:
    """A unit that the directory does not know is shown in the plan and founded by apply, once for all batches."""
    sheets = plain_list(people(7), unit="Phòng Pháp chế").sheets()

    staff_list = planned(sheets)

    assert staff_list.new_units == [{"name": "Phòng Pháp chế", "rows": 7}]
    applied(session, actor, staff_list, size=3)
    (unit,) = session.scalars(select(Agency).where(Agency.name == "Phòng Pháp chế")).all()
    assert (unit.parent_id, unit.kind) == (house.department.id, "unit")
    assert session.scalar(select(func.count()).where(Appointment.agency_id == unit.id)) == 7
    assert set(kinds_of(session, planned(sheets)).values()) == {"unchanged"}


@pytest.mark.parametrize("role", ["hr", "agency_it"])
def test_who_may_not_add_units_is_told(session: Session, actor: Actor, house: House, role: str) -> None:
    """Without the right to add units people are appointed at the agency itself, and a second time nothing changes."""
    (account,) = hire(session, actor, house.department, "Lê Thị Nhập")
    give(session, account, role, house.department)
    somebody, sheets = acting(actor, account), plain_list(people(2), unit="Phòng Pháp chế").sheets()

    staff_list = planned_for(session, somebody, house.department.id, sheets)

    (first, _) = rows_of(session, staff_list).values()
    assert ([reason["level"] for reason in first.reasons], staff_list.new_units) == (["warning"], [])
    applied(session, somebody, staff_list)
    assert session.scalar(select(Agency.id).where(Agency.name == "Phòng Pháp chế")) is None
    again = planned_for(session, somebody, house.department.id, sheets)
    assert set(kinds_of(session, again).values()) == {"unchanged"}


def test_only_who_imports_there_may_plan(session: Session, actor: Actor, house: House) -> None:
    """A head, or HR of another agency, may not upload a list; a token of one unit reaches no further."""
    head, foreign, own = hire(session, actor, house.department, "Lê Thị Một", "Lê Thị Hai", "Lê Thị Ba")
    give(session, head, "head", house.department)
    give(session, foreign, "hr", house.elsewhere)
    give(session, own, "hr", house.department)
    upload = Upload(house.department.id, "a.xlsx", "0" * 64, plain_list(people(1)).sheets())

    for somebody in (acting(actor, head), acting(actor, foreign), replace(acting(actor, own), within=house.unit.id)):
        with pytest.raises(NotAllowed):
            plan(session, somebody, upload)


def test_two_rows_about_one_official(session: Session, actor: Actor, house: House, planned: Planner) -> None:
    """Rows that lead to the same official by different identifiers wait for a person, both of them."""
    one, other = people(2)
    newcomer = Newcomer(house.department.id, one.name, personal_id=one.personal_id, staff_number="CC-1")
    enlist(session, actor, [newcomer])
    made = ListFile().add(["STT", "Họ và tên", "Mã công chức", "CCCD"])
    made.add(
        [1, one.name, None, one.personal_id], [2, one.name, "CC-1", None], [3, other.name, None, other.personal_id]
    )

    staff_list = planned(made.sheets())

    assert kinds_of(session, staff_list) == {2: "person", 3: "person", 4: "create"}


def test_people_of_other_agencies_stay_where_they_are(session: Session, actor: Actor, house: House) -> None:
    """A list never draws anybody from an agency outside its own, and does not say who it is."""
    (person,) = people(1)
    newcomer = Newcomer(house.elsewhere.id, "Trần Văn Khác", personal_id=person.personal_id)
    (stranger,) = enlist(session, actor, [newcomer])

    staff_list = planned_for(session, actor, house.department.id, plain_list([person]).sheets())

    (row,) = rows_of(session, staff_list).values()
    assert (row.kind, row.official, row.changes) == ("conflict", None, [])
    applied(session, actor, staff_list)
    assert posts_of(session, [stranger.id], actor.today)[stranger.id].agency_id == house.elsewhere.id


def test_namesakes_of_other_agencies_hold_nobody_up(
    session: Session, actor: Actor, house: House, planned: Planner
) -> None:
    """Somebody elsewhere with the same name and birth date is somebody else."""
    (person,) = people(1)
    enlist(session, actor, [Newcomer(house.elsewhere.id, person.name, birth_date=person.birth)])

    staff_list = planned(plain_list([replace(person, personal_id="")]).sheets())

    assert list(kinds_of(session, staff_list).values()) == ["create"]


def test_each_row_is_done_once(session: Session, actor: Actor, planned: Planner) -> None:
    """Batches follow each other without leaving a row out or doing one twice."""
    staff_list = planned(plain_list(people(23)).sheets())
    start(session, actor, staff_list)

    done = []
    while apply_next(session, actor.now, "test", 5):
        done.append(counts(session, staff_list)["create"].done)

    assert done == [5, 10, 15, 20, 23, 23]
    assert session.scalar(select(func.count()).select_from(Official)) == 23

"""What persons say of a plan: a cell is fixed, a row left out, a candidate chosen; only what is concerned changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.errors import BadValue, NotAllowed, WrongState
from directory.lifecycle import Newcomer, enlist
from directory.staff_lists.apply import start
from directory.staff_lists.corrections import Correction, correct
from directory.staff_lists.correlation import Choice
from directory.staff_lists.refusals import NoChoice, PlanChanged, WarningsUnread
from directory.staff_lists.sealing import opened
from directory.staff_lists.tables import StaffList, StaffListRow
from directory.staff_lists.walk import DOUBTFUL, PERSON
from tests.book import House, acting, give, hire
from tests.lists.conftest import Planner, applied, kinds_of, rows_of
from tests.lists.workbooks import ListFile, people, plain_list


def test_fixed_cell_is_planned_anew(session: Session, actor: Actor, planned: Planner) -> None:
    """A number that could not be read is corrected: the row comes to something, and the file's own text is kept."""
    persons = people(2)
    staff_list = planned(plain_list(persons, also=lambda each: {5: "12345"} if each is persons[0] else {}).sheets())

    correct(session, actor, staff_list, [Correction(6, {"personal_id": persons[0].personal_id})])

    row = session.get_one(StaffListRow, (staff_list.id, 6))
    assert (row.kind, row.fixed, row.reasons) == ("create", True, [])
    assert opened(session, staff_list, row).row.written["personal_id"] == "12345"


def test_fix_frees_the_other_row(session: Session, actor: Actor, planned: Planner) -> None:
    """Of two rows with one number, correcting one lets both go."""
    one, other = people(2)
    staff_list = planned(plain_list([one, replace(other, personal_id=one.personal_id)]).sheets())
    assert set(kinds_of(session, staff_list).values()) == {"person"}

    correct(session, actor, staff_list, [Correction(7, {"personal_id": other.personal_id})])

    assert kinds_of(session, staff_list) == {6: "create", 7: "create"}


def test_fix_that_makes_two_rows_one_person(session: Session, actor: Actor, planned: Planner) -> None:
    """A correction may bring a contradiction as well: both rows say so."""
    one, other = people(2)
    staff_list = planned(plain_list([one, other]).sheets())

    correct(session, actor, staff_list, [Correction(7, {"personal_id": one.personal_id})])

    assert {row.kind for row in rows_of(session, staff_list).values()} == {"conflict"}


def test_row_left_out(session: Session, actor: Actor, planned: Planner) -> None:
    """A row that is left out is not done, and holds no other up."""
    one, other = people(2)
    staff_list = planned(plain_list([one, replace(other, personal_id=one.personal_id)]).sheets())

    correct(session, actor, staff_list, [Correction(7, left_out=True)])

    assert kinds_of(session, staff_list)[6] == "create"
    applied(session, actor, staff_list)
    assert [row.is_done for row in rows_of(session, staff_list).values()] == [True, False]


def test_candidate_is_chosen(session: Session, actor: Actor, house: House, planned: Planner) -> None:
    """Of two namesakes born on one day a person chooses; the row then is about that one."""
    (person,) = people(1)
    twins = [Newcomer(house.department.id, person.name, birth_date=person.birth, title="Cán sự") for _ in range(2)]
    _, second = enlist(session, actor, twins)
    staff_list = planned(plain_list([replace(person, personal_id="")]).sheets())
    assert [row.kind for row in rows_of(session, staff_list).values()] == ["ambiguous"]

    correct(session, actor, staff_list, [Correction(6, choice=Choice(second.id))])

    row = session.get_one(StaffListRow, (staff_list.id, 6))
    assert (row.kind, row.official_id) == ("change", second.id)
    applied(session, actor, staff_list)
    assert session.get_one(StaffListRow, (staff_list.id, 6)).applied_at is not None


@pytest.fixture
def namesakes(session: Session, actor: Actor, house: House, planned: Planner) -> tuple[StaffList, int, int]:
    """Two officials of one name and birth date, and a list with a row for each, without a number."""
    (person,) = people(1)
    twins = [Newcomer(house.department.id, person.name, birth_date=person.birth, title="Cán sự") for _ in range(2)]
    first, second = enlist(session, actor, twins)
    row = replace(person, personal_id="")
    return planned(plain_list([row, row]).sheets()), first.id, second.id


def test_namesakes_of_one_list_are_told_apart(
    session: Session, actor: Actor, namesakes: tuple[StaffList, int, int]
) -> None:
    """Once a person has said of each row who is meant, their equal names and birth dates hold nobody up."""
    staff_list, first, second = namesakes

    correct(session, actor, staff_list, [Correction(6, choice=Choice(first)), Correction(7, choice=Choice(second))])

    applied(session, actor, staff_list)
    done = [session.get_one(StaffListRow, (staff_list.id, number)) for number in (6, 7)]
    assert [row.official_id for row in done if row.applied_at is not None] == [first, second]


@pytest.mark.parametrize("other", [None, Choice()], ids=["said of one", "both new"])
def test_namesakes_who_may_be_one_person_are_asked(
    session: Session, actor: Actor, namesakes: tuple[StaffList, int, int], other: Choice | None
) -> None:
    """As long as two rows may be about one person, both are a question."""
    staff_list, _, _ = namesakes

    correct(session, actor, staff_list, [Correction(6, choice=Choice()), Correction(7, choice=other)])

    assert {row.kind for row in rows_of(session, staff_list).values()} == {"conflict"}


def test_namesakes_chosen_alike_are_asked(
    session: Session, actor: Actor, namesakes: tuple[StaffList, int, int]
) -> None:
    """Two rows for which the same official was chosen are both a question."""
    staff_list, first, _ = namesakes

    correct(session, actor, staff_list, [Correction(row, choice=Choice(first)) for row in (6, 7)])

    assert {row.kind for row in rows_of(session, staff_list).values()} == {"conflict"}


def test_choice_is_taken_back(session: Session, actor: Actor, namesakes: tuple[StaffList, int, int]) -> None:
    """Whoever is no longer sure takes the choice back, and the row asks again who is meant."""
    staff_list, first, _ = namesakes
    correct(session, actor, staff_list, [Correction(6, choice=Choice(first)), Correction(7, left_out=True)])

    correct(session, actor, staff_list, [Correction(6, takes_back=True)])

    row = session.get_one(StaffListRow, (staff_list.id, 6))
    assert (row.kind, row.chosen_id) == ("ambiguous", None)


def test_nobody_but_candidates_is_chosen(session: Session, actor: Actor, house: House, planned: Planner) -> None:
    """A choice names a candidate of the row, never anybody else."""
    (person,) = people(1)
    (stranger,) = enlist(session, actor, [Newcomer(house.elsewhere.id, "Trần Văn Khác")])
    staff_list = planned(plain_list([person]).sheets())

    with pytest.raises(NoChoice):
        correct(session, actor, staff_list, [Correction(6, choice=Choice(stranger.id))])


@pytest.mark.parametrize("field", ["role", "password", "account", "state", "agency_id", "kind", "number", "mailbox"])
def test_what_a_list_never_sets_is_no_field(session: Session, actor: Actor, planned: Planner, field: str) -> None:
    """Roles, factors, states and agencies are no cells that could be corrected."""
    staff_list = planned(plain_list(people(1)).sheets())

    with pytest.raises(BadValue):
        correct(session, actor, staff_list, [Correction(6, {field: "operator"})])


def test_columns_of_roles_are_not_read(session: Session, actor: Actor, house: House, planned: Planner) -> None:
    """Columns that name roles, passwords or codes give nobody any of it."""
    (person,) = people(1)
    made = ListFile().add(["STT", "Họ và tên", "Số CCCD", "Vai trò", "Mật khẩu", "role", "password", "Phân quyền"])
    made.add([1, person.name, person.personal_id, "operator", "x", "operator", "x", "operator"])

    applied(session, actor, planned(made.sheets()))

    assert session.execute(text("SELECT count(*) FROM grants")).scalar_one() == 0
    assert session.execute(text("SELECT state FROM accounts")).scalars().all() == ["pending"]


def test_only_who_imports_there_may_correct(session: Session, actor: Actor, house: House, planned: Planner) -> None:
    """HR of another agency corrects nothing here."""
    staff_list = planned(plain_list(people(1)).sheets())
    (account,) = hire(session, actor, house.elsewhere, "Lê Thị Khác")
    give(session, account, "hr", house.elsewhere)

    with pytest.raises(NotAllowed):
        correct(session, acting(actor, account), staff_list, [Correction(6, left_out=True)])


def test_nothing_is_corrected_once_it_is_applied(session: Session, actor: Actor, planned: Planner) -> None:
    """A list that was started is not changed any more."""
    staff_list = planned(plain_list(people(1)).sheets())
    start(session, actor, staff_list)

    with pytest.raises(WrongState):
        correct(session, actor, staff_list, [Correction(6, left_out=True)])


def test_plan_that_somebody_changed_is_not_applied_unseen(session: Session, actor: Actor, planned: Planner) -> None:
    """Who saw another plan than the present one looks again before it is applied."""
    staff_list = planned(plain_list(people(2)).sheets())
    seen = staff_list.version
    correct(session, actor, staff_list, [Correction(6, left_out=True)])

    with pytest.raises(PlanChanged):
        start(session, actor, staff_list, version=seen)


def test_warnings_are_confirmed(session: Session, actor: Actor, planned: Planner) -> None:
    """A list with warnings is applied only by somebody who says that they were read."""
    staff_list = planned(plain_list(people(1), also=lambda each: {2: each.birth.year}).sheets())

    with pytest.raises(WarningsUnread):
        start(session, actor, staff_list)
    start(session, actor, staff_list, has_read=True)

    assert staff_list.state == "applying"


def test_what_was_said_outlives_another_reading(session: Session, actor: Actor, planned: Planner) -> None:
    """The same file sent again is the same list, with what persons said of its rows."""
    persons = people(3)
    sheets = plain_list(persons, also=lambda each: {5: "12345"} if each is persons[0] else {}).sheets()
    staff_list = planned(sheets)
    correct(session, actor, staff_list, [Correction(6, {"personal_id": persons[0].personal_id})])
    correct(session, actor, staff_list, [Correction(7, left_out=True)])

    again = planned(sheets)

    rows = rows_of(session, again)
    assert again.id == staff_list.id
    assert (rows[6].kind, rows[6].is_fixed, rows[7].left_out) == ("create", True, True)


def doubtful(planned: Planner) -> StaffList:
    """Plan a list whose row 4 has a name and nothing else below a signature: perhaps a person."""
    one, other = people(2)
    rows: list[list[object]] = [
        [1, one.name, "Chuyên viên", one.personal_id],
        [None, "NGƯỜI LẬP BIỂU"],
        [1, other.name, "Kế toán"],
    ]
    return planned(ListFile().add(["STT", "Họ và tên", "Chức vụ", "Số CCCD"], *rows).sheets())


def test_doubtful_row_is_said_to_be_a_person(session: Session, actor: Actor, planned: Planner) -> None:
    """Whether a row is about a person is answered with yes: no doubt is left of that, and the answer stands there."""
    staff_list = doubtful(planned)
    assert DOUBTFUL in messages(session, staff_list)

    correct(session, actor, staff_list, [Correction(4, {"personal_id": people(2)[1].personal_id}, is_person=True)])

    assert (kinds_of(session, staff_list)[4], messages(session, staff_list)) == ("create", [PERSON])


def test_answer_that_a_row_is_a_person_is_taken_back(session: Session, actor: Actor, planned: Planner) -> None:
    """Taken back, the doubt is there again."""
    staff_list = doubtful(planned)
    before = messages(session, staff_list)
    correct(session, actor, staff_list, [Correction(4, is_person=True)])

    correct(session, actor, staff_list, [Correction(4, is_person=False)])

    assert messages(session, staff_list) == before


def test_answer_that_a_row_is_a_person_stays(session: Session, actor: Actor, planned: Planner) -> None:
    """Sent again, and corrected in another cell, the row is about a person as it was said to be."""
    staff_list = doubtful(planned)
    correct(session, actor, staff_list, [Correction(4, is_person=True)])

    again = doubtful(planned)
    correct(session, actor, again, [Correction(4, {"title": "Văn thư"})])

    assert (again.id, PERSON in messages(session, again)) == (staff_list.id, True)


def messages(session: Session, staff_list: StaffList) -> list[str]:
    """Give what is said of row 4."""
    session.expire_all()
    return [reason["message"] for reason in session.get_one(StaffListRow, (staff_list.id, 4)).reasons]

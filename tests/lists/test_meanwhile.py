"""What changes between the plan and its being done, and who may no longer do it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.appointments import posts_of
from directory.base import Actor
from directory.errors import WrongState
from directory.grants import Grant
from directory.lifecycle import Change, Newcomer, change, enlist
from directory.officials import Official, open_field
from directory.staff_lists.apply import apply_next, cancel, start
from directory.staff_lists.cells import Sheet
from directory.staff_lists.corrections import Correction, correct
from directory.staff_lists.review import Count, counts
from tests.book import House, acting, give, hire
from tests.lists.conftest import Planner, applied, kinds_of, planned_for, rows_of
from tests.lists.workbooks import ListFile, Person, people, plain_list


def official(session: Session, name: str) -> Official:
    """Give the only official of a name."""
    return session.scalars(select(Official).where(Official.full_name == name)).one()


def test_plan_that_no_longer_holds(session: Session, actor: Actor, planned: Planner) -> None:
    """Who was changed otherwise after the plan was made is left alone, and the row says so."""
    persons = people(2)
    applied(session, actor, planned(plain_list(persons).sheets()))
    staff_list = planned(plain_list([replace(each, title="Phó phòng") for each in persons]).sheets())
    other = official(session, persons[0].name)
    change(session, actor, [Change(other.id, {"title": "Trưởng phòng"})])

    applied(session, actor, staff_list)

    assert posts_of(session, [other.id], actor.today)[other.id].title == "Trưởng phòng"
    assert counts(session, staff_list)["change"] == Count(rows=2, done=1, failed=1)


def test_what_somebody_did_meanwhile_is_done(session: Session, actor: Actor, planned: Planner) -> None:
    """A change that was made by hand after the plan is not made again and no failure."""
    (person,) = people(1)
    applied(session, actor, planned(plain_list([person]).sheets()))
    staff_list = planned(plain_list([replace(person, title="Phó phòng")]).sheets())
    made = official(session, person.name)
    change(session, actor, [Change(made.id, {"title": "Phó phòng"})])

    applied(session, actor, staff_list)

    assert counts(session, staff_list)["change"] == Count(rows=1, done=1, failed=0)


def test_namesakes_of_one_list_come_in_any_batch(session: Session, actor: Actor, planned: Planner) -> None:
    """Three people of one name and birth date with numbers of their own are all created, a batch each as well."""
    one, two, three = people(3)
    persons = [one, replace(one, personal_id=two.personal_id), replace(one, personal_id=three.personal_id)]
    staff_list = planned(plain_list(persons).sheets())
    assert counts(session, staff_list)["create"].rows == len(persons)

    applied(session, actor, staff_list, 1)

    assert counts(session, staff_list)["create"] == Count(rows=3, done=3, failed=0)


@pytest.mark.parametrize("size", [1, 500])
@pytest.mark.parametrize("without", [0, 1])
def test_namesake_without_a_number_is_asked_before(
    session: Session, actor: Actor, planned: Planner, without: int, size: int
) -> None:
    """Of two of one name and birth date the one without a number is a question, whichever row and batch it is in."""
    (one,) = people(1)
    persons = [replace(one, personal_id="") if row == without else one for row in range(2)]
    staff_list = planned(plain_list(persons).sheets())

    kinds = list(kinds_of(session, staff_list).values())
    applied(session, actor, staff_list, size)

    assert (kinds[without], kinds[1 - without]) == ("person", "create")
    assert open_field(session, official(session, one.name), "personal_id") == one.personal_id


def numbered(one: Person, *numbers: tuple[str | None, str | None]) -> list[Sheet]:
    """Give a list with a row of one name and birth date for each personal ID number and staff number."""
    made = ListFile().add(["STT", "Họ và tên", "Ngày sinh", "Chức vụ", "Số CCCD", "Mã cán bộ"])
    for at, (personal_id, staff_number) in enumerate(numbers, start=1):
        made.add([at, one.name, one.born, one.title, personal_id, staff_number])
    return made.sheets()


@pytest.mark.parametrize("size", [1, 500])
@pytest.mark.parametrize(("with_id", "without"), [((0, 1), (None, 2)), ((None, 2), (0, 1)), ((None, 1), (None, 2))])
def test_namesakes_are_told_apart_by_staff_numbers(
    session: Session,
    actor: Actor,
    planned: Planner,
    with_id: tuple[int | None, int],
    without: tuple[int | None, int],
    size: int,
) -> None:
    """Two of one name and birth date with staff numbers of their own are both created, in one batch or in two."""
    (one,) = people(1)
    numbers = [(None if id_ is None else one.personal_id, f"CB-{number}") for id_, number in (with_id, without)]
    staff_list = planned(numbered(one, *numbers))

    applied(session, actor, staff_list, size)

    assert counts(session, staff_list)["create"] == Count(rows=2, done=2, failed=0)


@pytest.mark.parametrize("size", [1, 500])
@pytest.mark.parametrize("without", [0, 1])
def test_namesakes_without_a_number_in_common_are_asked_before(
    session: Session, actor: Actor, planned: Planner, without: int, size: int
) -> None:
    """Of a row with a personal ID number alone and one with a staff number alone the latter is a question."""
    (one,) = people(1)
    numbers: list[tuple[str | None, str | None]] = [(one.personal_id, None), (None, "CB-1")]
    staff_list = planned(numbered(one, *(numbers if without else reversed(numbers))))

    kinds = list(kinds_of(session, staff_list).values())
    applied(session, actor, staff_list, size)

    assert (kinds[without], kinds[1 - without]) == ("person", "create")
    assert open_field(session, official(session, one.name), "personal_id") == one.personal_id


def test_namesakes_birth_date_that_is_corrected_is_asked_no_more(
    session: Session, actor: Actor, planned: Planner
) -> None:
    """With another birth date in the row that has a number, the one without it is no question any more."""
    (one,) = people(1)
    staff_list = planned(plain_list([one, replace(one, personal_id="")]).sheets())
    first, second = kinds_of(session, staff_list)

    correct(session, actor, staff_list, [Correction(first, {"birth_date": "01/02/1980", "personal_id": ""})])

    assert kinds_of(session, staff_list)[second] == "create"


def test_namesake_of_somebody_elses_making_is_asked(session: Session, actor: Actor, planned: Planner) -> None:
    """Somebody of the same name and birth date who came by another list meanwhile may be the same person."""
    one, two = people(2)
    staff_list = planned(plain_list([one]).sheets())
    applied(session, actor, planned(plain_list([replace(one, personal_id=two.personal_id)]).sheets()))

    applied(session, actor, staff_list)

    assert counts(session, staff_list)["create"] == Count(rows=1, done=0, failed=1)


def test_one_refused_row_does_not_hold_up_the_others(
    session: Session, actor: Actor, house: House, planned: Planner
) -> None:
    """What the book refuses for one row is kept with that row; the batch goes on."""
    persons = people(5)
    applied(session, actor, planned(plain_list([*persons[:2], *persons[3:]]).sheets()))
    later = Newcomer(house.department.id, persons[2].name, personal_id=persons[2].personal_id, title="Chuyên viên")
    enlist(session, actor, [replace(later, valid_from=date(2027, 1, 1))])
    staff_list = planned(plain_list(persons, unit="Phòng Tổ chức").sheets())

    applied(session, actor, staff_list)

    found = counts(session, staff_list)["move"]
    assert (found.rows, found.done, found.failed) == (5, 4, 1)
    assert [row.number for row in rows_of(session, staff_list).values() if row.failure] == [8]


def test_right_withdrawn_meanwhile(session: Session, actor: Actor, house: House) -> None:
    """When whoever started a list loses the right, what is done stays and the rest is not done."""
    (account,) = hire(session, actor, house.department, "Lê Thị Nhập")
    grant = give(session, account, "hr", house.department)
    somebody = acting(actor, account)
    staff_list = planned_for(session, somebody, house.department.id, plain_list(people(6)).sheets())
    start(session, somebody, staff_list)
    apply_next(session, actor.now, "test", 2)

    session.delete(session.get_one(Grant, grant.id))
    session.flush()
    apply_next(session, actor.now, "test", 2)

    assert (staff_list.state, counts(session, staff_list)["create"].done) == ("refused", 2)
    assert not apply_next(session, actor.now, "test")


def test_a_plan_put_aside_is_not_applied(session: Session, actor: Actor, planned: Planner) -> None:
    """Once cancelled, a plan cannot be started; once started, it cannot be cancelled."""
    one, other = planned(plain_list(people(1)).sheets()), planned(plain_list(people(2)).sheets())

    cancel(session, actor, one)
    start(session, actor, other)

    with pytest.raises(WrongState):
        start(session, actor, one)
    with pytest.raises(WrongState):
        cancel(session, actor, other)


def test_the_same_file_while_it_is_applied(session: Session, actor: Actor, planned: Planner) -> None:
    """Who sends a file again while it is being applied gets the list that is under way."""
    sheets = plain_list(people(3)).sheets()
    first = planned(sheets)
    start(session, actor, first)

    assert planned(sheets).id == first.id

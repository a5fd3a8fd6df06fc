"""Full lists of a unit: who is missing is proposed, and leaves only when it is confirmed; many need two persons."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.appointments import posts_of
from directory.audit import AuditEvent
from directory.base import Actor
from directory.lifecycle import Newcomer, enlist
from directory.officials import Official
from directory.staff_lists import leavers
from directory.staff_lists.apply import start
from directory.staff_lists.plan import Upload, plan
from directory.staff_lists.refusals import SamePerson, SecondPersonNeeded
from directory.staff_lists.tables import BEYOND, StaffList, StaffListRow
from tests.book import House
from tests.lists.conftest import applied, kinds_of, persons
from tests.lists.workbooks import people, plain_list

SIZE = 8


def staff(session: Session, actor: Actor, house: House, count: int = SIZE) -> list[Official]:
    """Put people of the department on the books."""
    return enlist(
        session,
        actor,
        [
            Newcomer(house.department.id, each.name, personal_id=each.personal_id, valid_from=date(2020, 1, 1))
            for each in people(count)
        ],
    )


def full(session: Session, actor: Actor, house: House, left: int) -> StaffList:
    """Plan a full list of the department, in which the last ones are missing."""
    sheets = plain_list(people(SIZE)[: SIZE - left]).sheets()
    return plan(session, actor, Upload(house.department.id, "list.xlsx", "0" * 64, sheets, mode="full"))


def test_missing_ones_are_proposed(session: Session, actor: Actor, house: House) -> None:
    """Whoever is not in the full list stands behind its rows as a leaver."""
    staff(session, actor, house)

    staff_list = full(session, actor, house, left=2)

    proposed = {number for number, kind in kinds_of(session, staff_list).items() if kind == "leave"}
    assert proposed == {BEYOND, BEYOND + 1}


def test_additions_propose_nobody(session: Session, actor: Actor, house: House) -> None:
    """In the usual mode nobody is missed."""
    staff(session, actor, house)

    sheets = plain_list(people(2)).sheets()
    staff_list = plan(session, actor, Upload(house.department.id, "list.xlsx", "0" * 64, sheets))

    assert "leave" not in kinds_of(session, staff_list).values()


def test_nobody_leaves_unconfirmed(session: Session, actor: Actor, house: House) -> None:
    """Of two proposed the one who was confirmed leaves, and the other stays."""
    officials = staff(session, actor, house)
    staff_list = full(session, actor, house, left=2)

    leavers.confirm(session, actor, staff_list, [BEYOND], yes=True)
    applied(session, actor, staff_list)

    ends = [post.valid_to for post in posts_of(session, [each.id for each in officials[-2:]], actor.today).values()]
    assert sorted(ends, key=str) == [actor.today, None]


def test_few_need_one_person(session: Session, actor: Actor, house: House) -> None:
    """Up to three of a small unit one person confirms alone."""
    staff(session, actor, house)
    one, _ = persons(session, actor, house)
    staff_list = full(session, one, house, left=3)
    leavers.confirm(session, one, staff_list, None, yes=True)

    start(session, one, staff_list, has_read=True)

    assert staff_list.state == "applying"


def test_many_need_a_second_person(session: Session, actor: Actor, house: House) -> None:
    """More than three of eight wait until somebody else confirms them too."""
    staff(session, actor, house)
    one, other = persons(session, actor, house)
    staff_list = full(session, one, house, left=4)
    leavers.confirm(session, one, staff_list, None, yes=True)

    with pytest.raises(SecondPersonNeeded):
        start(session, one, staff_list, has_read=True)
    leavers.second(session, other, staff_list, staff_list.version)
    start(session, one, staff_list, has_read=True)

    assert staff_list.state == "applying"


def test_nobody_is_the_second_person_too(session: Session, actor: Actor, house: House) -> None:
    """Whoever confirmed leavers is not the second person, whatever the order."""
    staff(session, actor, house)
    one, other = persons(session, actor, house)
    staff_list = full(session, one, house, left=4)
    leavers.confirm(session, one, staff_list, None, yes=True)
    leavers.confirm(session, other, staff_list, [BEYOND], yes=False)

    with pytest.raises(SamePerson):
        leavers.second(session, one, staff_list, staff_list.version)


def test_a_change_takes_the_second_word_back(session: Session, actor: Actor, house: House) -> None:
    """What the second person has seen is what is applied: with one more leaver it is asked again."""
    staff(session, actor, house)
    one, other = persons(session, actor, house)
    staff_list = full(session, one, house, left=5)
    leavers.confirm(session, one, staff_list, [BEYOND, BEYOND + 1, BEYOND + 2, BEYOND + 3], yes=True)
    leavers.second(session, other, staff_list, staff_list.version)

    leavers.confirm(session, one, staff_list, [BEYOND + 4], yes=True)

    assert (staff_list.second_by, leavers.excess(session, one, staff_list)) == (None, (5, 3))


def test_what_changes_nothing_takes_no_word_back(session: Session, actor: Actor, house: House) -> None:
    """Confirming all where nobody is open leaves the plan, the audit and the second person's word as they are."""
    staff(session, actor, house)
    one, other = persons(session, actor, house)
    staff_list = full(session, one, house, left=4)
    leavers.confirm(session, one, staff_list, None, yes=True)
    leavers.second(session, other, staff_list, staff_list.version)
    before = (staff_list.version, staff_list.second_by, confirmations(session))

    changed = leavers.confirm(session, one, staff_list, None, yes=True)

    assert changed == 0
    assert (staff_list.version, staff_list.second_by, confirmations(session)) == before


def confirmations(session: Session) -> int:
    """Count how often the audit tells of leavers that were confirmed."""
    told = select(func.count()).where(AuditEvent.action == "list.leavers_confirmed")
    return session.scalar(told) or 0


@pytest.mark.parametrize(
    ("people", "limit"), [(0, 3), (8, 3), (149, 3), (150, 3), (200, 4), (999, 19), (1000, 20), (100_000, 20)]
)
def test_how_many_one_person_confirms(people: int, limit: int) -> None:
    """The larger of three and two per cent, but never over twenty."""
    assert leavers.limit_of(people) == limit


CONFIRM = "UPDATE staff_list_rows SET confirmed_at = now(), confirmed_by = {by} WHERE kind = 'leave'"


def test_postgresql_starts_no_list_without_the_second(session: Session, actor: Actor, house: House) -> None:
    """Going round the code: with four leavers confirmed the state cannot become applying."""
    staff(session, actor, house)
    one, _ = persons(session, actor, house)
    full(session, one, house, left=4)
    session.execute(text(CONFIRM.format(by=one.account_id)))

    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE staff_lists SET state = 'applying'"))


def test_postgresql_takes_no_confirmer_as_second(session: Session, actor: Actor, house: House) -> None:
    """Going round the code: who confirmed a leaver cannot stand as the second person."""
    staff(session, actor, house)
    one, _ = persons(session, actor, house)
    full(session, one, house, left=4)
    session.execute(text(CONFIRM.format(by=one.account_id)))

    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE staff_lists SET second_by = {one.account_id}"))


def test_postgresql_confirms_nobody_behind_the_second(session: Session, actor: Actor, house: House) -> None:
    """Going round the code: once the second person has looked no leaver is added, nor once it is applied."""
    staff(session, actor, house)
    _, other = persons(session, actor, house)
    full(session, actor, house, left=4)
    session.execute(text(f"UPDATE staff_lists SET second_by = {other.account_id}"))

    with pytest.raises(IntegrityError):
        session.execute(text(CONFIRM.format(by="NULL")))


def test_who_may_be_meant_is_not_missing(session: Session, actor: Actor, house: House) -> None:
    """A candidate of an ambiguous row is not proposed as a leaver."""
    (person,) = people(1)
    enlist(session, actor, [Newcomer(house.department.id, person.name, birth_date=person.birth) for _ in range(2)])

    sheets = plain_list([person], also=lambda _: {5: None}).sheets()
    staff_list = plan(session, actor, Upload(house.department.id, "list.xlsx", "0" * 64, sheets, mode="full"))

    found = session.scalars(select(StaffListRow.kind).where(StaffListRow.list_id == staff_list.id)).all()
    assert found == ["ambiguous"]

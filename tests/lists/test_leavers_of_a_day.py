"""Several short lists of a day are held against the same limits as a long one, whatever agencies they are of."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.base import Actor
from directory.lifecycle import Founding, Newcomer, enlist, found_agency
from directory.staff_lists import leavers
from directory.staff_lists.apply import start
from directory.staff_lists.leavers import Excess
from directory.staff_lists.plan import Upload, plan
from directory.staff_lists.refusals import SecondPersonNeeded
from directory.staff_lists.tables import StaffList
from provisioning.outbox import Outbox
from tests.book import LONG_AGO, House, found_house
from tests.lists.conftest import applied, persons
from tests.lists.workbooks import Person, people, plain_list

START = "UPDATE staff_lists SET state = 'applying', started_at = '{at}', started_by = {by} WHERE id = {id}"
_blocks, _files = count(), count()


def employ(session: Session, actor: Actor, agency: Agency, size: int = 8) -> list[Person]:
    """Put people at an agency whom no other has."""
    made = people(size, start=next(_blocks) * 50)
    enlist(session, actor, [Newcomer(agency.id, each.name, personal_id=each.personal_id) for each in made])
    return made


def without(session: Session, actor: Actor, agency: Agency, staff: list[Person], left: int) -> StaffList:
    """Plan a full list of an agency in which the last ones are missing, and confirm that they have left."""
    gone, staff[:] = staff[len(staff) - left :], staff[: len(staff) - left]
    assert len(gone) == left
    upload = Upload(agency.id, "list.xlsx", f"{next(_files):064}", plain_list(staff).sheets(), mode="full")
    staff_list = plan(session, actor, upload)
    assert leavers.confirm(session, actor, staff_list, None, yes=True) == left
    return staff_list


def departments(session: Session, actor: Actor, house: House, number: int) -> Sequence[Agency]:
    """Found departments of the province."""
    founded = [
        Founding("department", f"Sở {each}", parent_id=house.province.id, code=f"H36.{20 + each}", valid_from=LONG_AGO)
        for each in range(number)
    ]
    return found_agency(session, actor, founded)


def test_lists_of_an_agency_count_together(session: Session, actor: Actor, house: House) -> None:
    """After three leavers of a small agency a fourth in another list needs a second person, whoever starts it."""
    staff = employ(session, actor, house.department)
    one, other = persons(session, actor, house)
    applied(session, one, without(session, one, house.department, staff, 3))

    again = without(session, other, house.department, staff, 1)

    assert leavers.excess(session, other, again) == Excess(4, 3)
    with pytest.raises(SecondPersonNeeded):
        start(session, other, again, has_read=True)


def test_lists_of_units_count_for_their_agency(session: Session, actor: Actor, house: House) -> None:
    """Three leavers in the list of a unit are three of the agency that it is a part of."""
    in_unit, beside = employ(session, actor, house.unit), employ(session, actor, house.department)
    one, other = persons(session, actor, house)
    applied(session, one, without(session, one, house.unit, in_unit, 3))

    whole = without(session, other, house.department, [*beside, *in_unit], 0)
    again = without(session, other, house.department, [*in_unit, *beside], 1)

    assert [leavers.excess(session, other, each) for each in (whole, again)] == [None, Excess(4, 3)]


def test_a_day_later_they_do_not(session: Session, actor: Actor, house: House) -> None:
    """What was started more than 24 hours ago no longer counts."""
    staff = employ(session, actor, house.department)
    one, _ = persons(session, actor, house)
    applied(session, one, without(session, one, house.department, staff, 3))

    later = replace(one, now=one.now + timedelta(hours=24))
    again = without(session, later, house.department, staff, 3)

    start(session, later, again, has_read=True)
    assert again.state == "applying"


def test_what_two_persons_have_seen_does_not_count(session: Session, actor: Actor, house: House) -> None:
    """Leavers that a second person confirmed leave the first one's own measure as it was."""
    staff = employ(session, actor, house.department, 12)
    one, other = persons(session, actor, house)
    many = without(session, one, house.department, staff, 5)
    leavers.second(session, other, many, many.version)
    applied(session, one, many)

    again = without(session, one, house.department, staff, 3)

    assert leavers.excess(session, one, again) is None


def test_one_person_lets_twenty_go_wherever(session: Session, actor: Actor, house: House) -> None:
    """Of seven agencies with three leavers each the seventh needs a second person, or another first one."""
    one, other = persons(session, actor, house)
    *before, last = [
        without(session, one, agency, employ(session, actor, agency, 4), 3)
        for agency in departments(session, actor, house, 7)
    ]
    for staff_list in before:
        start(session, one, staff_list, has_read=True)

    found = [leavers.excess(session, each, last) for each in (one, other)]

    assert found == [Excess(21, 20), None]


def test_postgresql_counts_the_lists_of_an_agency(session: Session, actor: Actor, house: House) -> None:
    """Going round the code: the list of a unit with a fourth leaver of its agency within a day does not start."""
    staff = employ(session, actor, house.department)
    one, other = persons(session, actor, house)
    start(session, one, without(session, one, house.department, staff, 3), has_read=True)
    unit = without(session, other, house.unit, employ(session, actor, house.unit), 1)

    with pytest.raises(IntegrityError):
        session.execute(text(START.format(at=actor.now, by=other.account_id, id=unit.id)))


def test_postgresql_counts_the_lists_of_a_person(session: Session, actor: Actor, house: House) -> None:
    """Going round the code: nobody starts lists of seven agencies with twenty-one leavers within a day."""
    one, _ = persons(session, actor, house)
    *before, last = [
        without(session, one, agency, employ(session, actor, agency, 4), 3)
        for agency in departments(session, actor, house, 7)
    ]
    for staff_list in before:
        session.execute(text(START.format(at=actor.now, by=one.account_id, id=staff_list.id)))

    with pytest.raises(IntegrityError):
        session.execute(text(START.format(at=actor.now, by=one.account_id, id=last.id)))


def test_two_at_the_same_instant(outbox: Outbox, actor: Actor) -> None:
    """Of two lists of an agency with two leavers each, started at once, one is started."""
    with outbox.transaction() as session:
        house = found_house(session, actor)
        staff = employ(session, actor, house.department)
        one, other = persons(session, actor, house)
        first = without(session, one, house.department, list(staff), 2)
        lists = [(one, first.id), (other, without(session, other, house.department, staff[::-1], 2).id)]
    ready = Barrier(2)

    def begin(who: Actor, list_id: int) -> bool:
        ready.wait()
        try:
            with outbox.transaction() as session:
                start(session, who, session.get_one(StaffList, list_id), has_read=True)
        except SecondPersonNeeded:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda each: begin(*each), lists))

    assert sorted(done) == [False, True]

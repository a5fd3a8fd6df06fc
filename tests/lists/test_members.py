"""Whom an agency has is looked up while its list is read: that is quicker, and comes to the same."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.staff_lists.matching import place_of, with_members
from directory.staff_lists.plan import draw_up
from directory.staff_lists.submission import read_again
from tests.book import House
from tests.lists.conftest import Planner, applied, rows_of
from tests.lists.workbooks import people, plain_list

PEOPLE = 6


def test_members_looked_up_beforehand(session: Session, actor: Actor, planned: Planner) -> None:
    """A list comes to the same, whether the agency's own were looked up beforehand or its rows one by one."""
    known, new = people(PEOPLE)[:-1], people(PEOPLE)[-1:]
    applied(session, actor, planned(plain_list(known).sheets()))
    sheets = plain_list([*known, *new]).sheets()
    staff_list = planned(sheets)
    before = rows_of(session, staff_list)

    read_again(session, staff_list)
    draw_up(session, actor, staff_list, lambda: sheets, at_most=PEOPLE)

    assert rows_of(session, staff_list) == before
    assert sorted(row.kind for row in before.values()) == ["create", *["unchanged"] * len(known)]


@pytest.mark.parametrize(("most", "looked_up"), [(PEOPLE - 1, 0), (PEOPLE, PEOPLE)])
def test_more_members_than_a_list_may_tell_of(
    session: Session, actor: Actor, house: House, planned: Planner, most: int, looked_up: int
) -> None:
    """An agency with more people than the list can have is not looked up as a whole."""
    applied(session, actor, planned(plain_list(people(PEOPLE)).sheets()))
    place = place_of(session, actor, house.department)

    found = with_members(session, actor, place, most)

    assert (len(found.members.known) if found.members else 0) == looked_up

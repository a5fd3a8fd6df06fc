"""Who leads an agency: one at a time, from a day on, and what was before stays known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.appointments import Appointment
from directory.base import Actor
from directory.errors import BadValue
from directory.reorganisation import (
    Leading,
    history_of,
    lead,
)
from tests.book import LONG_AGO, House, hire

DAY = date(2026, 11, 1)


def flags(session: Session, account: Account) -> list[tuple[date, date | None, bool]]:
    """Give the posts of somebody with whether they led."""
    rows = select(Appointment.valid_from, Appointment.valid_to, Appointment.is_head)
    held = session.execute(rows.where(Appointment.official_id == account.official_id).order_by(Appointment.valid_from))
    return [(since, until, is_head) for since, until, is_head in held]


def test_new_head_follows_the_old_one(session: Session, operator: Actor, house: House) -> None:
    """Who led the agency did so until the day on which somebody else leads it."""
    first, second = hire(session, operator, house.department, "Lê An", "Lê Bình")
    lead(session, operator, [Leading(house.department.id, "head", first.official_id, LONG_AGO)])

    lead(session, operator, [Leading(house.department.id, "head", second.official_id, DAY)])

    assert flags(session, first) == [(LONG_AGO, DAY, True), (DAY, None, False)]
    assert flags(session, second) == [(LONG_AGO, DAY, False), (DAY, None, True)]


def test_head_of_a_day_to_come_is_planned(session: Session, operator: Actor, house: House) -> None:
    """Until the day comes the page shows who leads, and who will."""
    first, second = hire(session, operator, house.department, "Lê An", "Lê Bình")
    lead(session, operator, [Leading(house.department.id, "head", first.official_id, LONG_AGO)])

    day = operator.today + timedelta(days=5)
    lead(session, operator, [Leading(house.department.id, "head", second.official_id, day)])

    leaders = history_of(session, operator, house.department.id).leaders
    assert [(each.full_name, each.since) for each in leaders] == [("Lê An", LONG_AGO), ("Lê Bình", day)]


def test_agency_without_a_head(session: Session, operator: Actor, house: House) -> None:
    """That nobody leads an agency can be said too."""
    (first,) = hire(session, operator, house.department, "Lê An")
    lead(session, operator, [Leading(house.department.id, "head", first.official_id, LONG_AGO)])

    lead(session, operator, [Leading(house.department.id, "head", None, DAY)])

    assert flags(session, first)[-1] == (DAY, None, False)


def test_head_works_at_the_agency(session: Session, operator: Actor, house: House) -> None:
    """Who holds no post at an agency does not lead it."""
    (stranger,) = hire(session, operator, house.unit, "Lê An")

    with pytest.raises(BadValue):
        lead(session, operator, [Leading(house.department.id, "head", stranger.official_id)])


@pytest.mark.parametrize("flag", ["is_head", "is_it_contact"])
def test_postgresql_keeps_one_head_at_a_time(session: Session, operator: Actor, house: House, flag: str) -> None:
    """Two that lead an agency in the same days are refused by PostgreSQL itself."""
    hire(session, operator, house.department, "Lê An", "Lê Bình")

    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE appointments SET {flag} = true WHERE agency_id = {house.department.id}"))

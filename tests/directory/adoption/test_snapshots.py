"""Snapshots are kept by day, once, and by those who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from directory.adoption import is_counted, take_snapshot, thin_snapshots
from directory.adoption.snapshots import last_figures, months
from directory.adoption.tables import AdoptionSnapshot
from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import BadValue, NotAllowed
from directory.grants import Grant
from tests.directory.adoption.people import LONG_AGO, Country


def kept(country: Country) -> list[tuple[int, date, int]]:
    """Give what is kept as (agency, day, listed)."""
    columns = AdoptionSnapshot.__table__.c
    rows = country.session.execute(
        select(columns.agency_id, columns.day, columns.listed).order_by(columns.agency_id, columns.day)
    )
    return [tuple(row) for row in rows]


def head_of(country: Country, actor: Actor, role: str = "head") -> Actor:
    """Give an official of the department who has a role there."""
    account = country.account(country.department)
    country.session.add(Grant(account_id=account.id, role=role, agency_id=country.department.id, valid_from=LONG_AGO))
    country.session.flush()
    return replace(actor, is_system=False, account_id=account.id)


def test_every_agency_is_kept(country: Country, actor: Actor) -> None:
    """A snapshot of all keeps a row for each agency, with everything below it."""
    country.official(country.unit)

    take_snapshot(country.session, actor, actor.today)

    expected = [(country.province, 1), (country.department, 1), (country.unit, 1), (country.commune, 0)]
    assert kept(country) == [(agency.id, actor.today, listed) for agency, listed in expected]


def test_second_count_of_a_day_replaces_the_first(country: Country, actor: Actor) -> None:
    """Counting a day again keeps the newer figures and no second row."""
    take_snapshot(country.session, actor, actor.today)
    country.official(country.unit)

    take_snapshot(country.session, actor, actor.today)

    assert [listed for _, _, listed in kept(country)] == [1, 1, 1, 0]


def test_closed_and_empty_agency_leaves_the_day(country: Country, actor: Actor) -> None:
    """When an agency is closed on a day that was counted already, the next count takes it out."""
    take_snapshot(country.session, actor, actor.today)
    country.commune.valid_to = actor.today

    take_snapshot(country.session, actor, actor.today)

    assert country.commune.id not in [agency for agency, _, _ in kept(country)]


def test_count_of_one_agency_leaves_the_others(country: Country, actor: Actor) -> None:
    """A head's own count touches the head's agency and those below it only."""
    take_snapshot(country.session, actor, actor.today)
    country.official(country.unit)

    take_snapshot(country.session, actor, actor.today, country.department)

    assert [listed for _, _, listed in kept(country)] == [0, 1, 1, 0]


@pytest.mark.parametrize("days", [-2, 1])
def test_only_today_and_yesterday_are_counted(country: Country, actor: Actor, days: int) -> None:
    """A day that is over for longer, or has not come, is refused: accounts have no history."""
    with pytest.raises(BadValue):
        take_snapshot(country.session, actor, actor.today + timedelta(days=days))


def test_head_may_count_the_own_agency(country: Country, actor: Actor) -> None:
    """Who has a role that sees adoption may count that agency."""
    agencies = take_snapshot(country.session, head_of(country, actor), actor.today, country.department)

    assert agencies == 2


def test_head_may_not_count_the_agency_above(country: Country, actor: Actor) -> None:
    """A head of a department may not count the province."""
    head = head_of(country, actor)

    with pytest.raises(NotAllowed):
        take_snapshot(country.session, head, actor.today, country.province)


def test_only_the_system_counts_all(country: Country, actor: Actor) -> None:
    """A person may not start the count of the whole country."""
    operator = head_of(country, actor, "operator")

    with pytest.raises(NotAllowed):
        take_snapshot(country.session, operator, actor.today)


def test_count_is_audited(country: Country, actor: Actor) -> None:
    """A count leaves one event that says of which day."""
    take_snapshot(country.session, actor, actor.today, country.department)

    events = country.session.execute(select(AuditEvent.action, AuditEvent.subject, AuditEvent.detail)).all()
    assert events == [
        ("adoption.counted", f"agency:{country.department.public_id}", {"day": "2026-11-23", "agencies": 2})
    ]


def test_day_is_counted_once_it_has_ended(country: Country, actor: Actor) -> None:
    """A count of yesterday makes yesterday counted; a count of today, which may still change, does not count today."""
    yesterday = actor.today - timedelta(days=1)
    take_snapshot(country.session, actor, actor.today)
    before = is_counted(country.session, yesterday), is_counted(country.session, actor.today)

    take_snapshot(country.session, actor, yesterday)

    after = is_counted(country.session, yesterday), is_counted(country.session, actor.today)
    assert (before, after) == ((False, False), (True, False))


def test_count_of_one_agency_does_not_make_a_day_counted(country: Country, actor: Actor) -> None:
    """A day is counted only when all agencies are."""
    yesterday = actor.today - timedelta(days=1)

    take_snapshot(country.session, actor, yesterday, country.province)

    assert not is_counted(country.session, yesterday)


def keep(country: Country, day: date, listed: int) -> None:
    """Keep a snapshot of the province as it would have been made on a day."""
    country.session.add(
        AdoptionSnapshot(
            agency_id=country.province.id,
            day=day,
            listed=listed,
            provided=0,
            activated=0,
            in_use=0,
            second_factor=0,
        )
    )
    country.session.flush()


def test_trend_has_the_last_count_of_each_month(country: Country) -> None:
    """Of the days of a month the last one counted stands for it, and months never counted are left out."""
    for day, listed in [((2026, 8, 30), 1), ((2026, 8, 31), 2), ((2026, 10, 5), 3), ((2026, 11, 22), 4)]:
        keep(country, date(*day), listed)

    trend = months(country.session, country.province.id, date(2026, 11, 23))

    assert [(day, figures.listed) for day, figures in trend] == [
        (date(2026, 8, 31), 2),
        (date(2026, 10, 5), 3),
        (date(2026, 11, 22), 4),
    ]


def test_trend_reaches_twelve_months_back(country: Country) -> None:
    """The same month of last year is not in the trend, the month after it is."""
    keep(country, date(2025, 11, 30), 1)
    keep(country, date(2025, 12, 1), 2)

    trend = months(country.session, country.province.id, date(2026, 11, 23))

    assert [day for day, _ in trend] == [date(2025, 12, 1)]


def test_last_figures_do_not_look_ahead(country: Country) -> None:
    """Asked for a past day, the newest count up to that day is given."""
    for day in (19, 20, 22):
        keep(country, date(2026, 11, day), day)

    found = last_figures(country.session, [country.province.id], date(2026, 11, 21))

    assert found[country.province.id][0] == date(2026, 11, 20)


def test_old_months_keep_their_last_count(country: Country) -> None:
    """Of a month that is long over only the last snapshot stays; of a younger one every day."""
    for day in (date(2025, 10, 1), date(2025, 10, 9), date(2025, 11, 3), date(2025, 11, 4)):
        keep(country, day, 1)

    thin_snapshots(country.session, date(2026, 12, 1))

    assert [day for _, day, _ in kept(country)] == [date(2025, 10, 9), date(2025, 11, 3), date(2025, 11, 4)]

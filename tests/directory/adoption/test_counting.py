"""Who is counted as what, on real rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from directory.adoption.counting import count
from directory.adoption.indicators import Figures
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.credentials.tables import Totp
from directory.mailboxes import Mailbox
from directory.policies import Policy
from tests.directory.adoption.people import LONG_AGO, Country

DAY = date(2026, 11, 23)


def counted(country: Country, agency: Agency, day: date = DAY) -> Figures:
    """Count an agency."""
    country.session.flush()
    return count(country.session, day, agency.path)[agency.id]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("listed", Figures(listed=1)),
        ("account", Figures(listed=1)),
        ("provided", Figures(listed=1, provided=1)),
        ("activated", Figures(listed=1, provided=1, activated=1)),
        ("second_factor", Figures(listed=1, provided=1, activated=1, second_factor=1)),
    ],
)
def test_each_step_counts_once_reached(country: Country, step: str, expected: Figures) -> None:
    """An official counts for every step reached and for none beyond."""
    country.official(country.unit, step)

    assert counted(country, country.unit) == expected


def test_people_below_count_for_every_agency_above(country: Country) -> None:
    """An official of a unit is counted in the unit, its department and its province, but not in the commune."""
    country.official(country.unit)

    listed = [counted(country, each).listed for each in (country.unit, country.department, country.province)]

    assert listed == [1, 1, 1]
    assert counted(country, country.commune).listed == 0


@pytest.mark.parametrize(("days_ago", "in_use"), [(0, 1), (29, 1), (30, 0), (-1, 0)])
def test_use_counts_for_thirty_days(country: Country, days_ago: int, in_use: int) -> None:
    """Use counts on the day itself and for 29 days after, and never before it happened."""
    country.account(country.unit, used_on=DAY - timedelta(days=days_ago))

    assert counted(country, country.unit).in_use == in_use


def test_days_of_use_follow_the_nearest_policy(country: Country) -> None:
    """The department's own number of days wins over the province's for the people below it."""
    country.account(country.unit, used_on=DAY - timedelta(days=40))
    country.account(country.commune, used_on=DAY - timedelta(days=40))
    country.session.add(Policy(agency_id=country.province.id, name="use_days", value={"value": 10}))
    country.session.add(Policy(agency_id=country.department.id, name="use_days", value={"value": 45}))

    assert (counted(country, country.department).in_use, counted(country, country.commune).in_use) == (1, 0)


def test_use_without_activation_does_not_count(country: Country) -> None:
    """A day of use of someone who is not activated is no use."""
    country.account(country.unit, "provided", used_on=DAY)

    assert counted(country, country.unit).in_use == 0


def test_disabled_account_is_not_provided(country: Country) -> None:
    """An official whose account is disabled is listed and nothing more."""
    country.account(country.unit, "second_factor", used_on=DAY).state = "disabled"

    assert counted(country, country.unit) == Figures(listed=1)


def test_disabled_mailbox_is_not_provided(country: Country) -> None:
    """An official whose mailbox is disabled is listed and nothing more."""
    country.official(country.unit, "activated")
    country.session.query(Mailbox).update({"state": "disabled"})

    assert counted(country, country.unit) == Figures(listed=1)


def test_unconfirmed_second_factor_does_not_count(country: Country) -> None:
    """An authenticator that is still being enrolled protects nobody."""
    country.official(country.unit, "second_factor")
    country.session.query(Totp).update({"confirmed_at": None})

    assert counted(country, country.unit).second_factor == 0


def test_appointment_counts_until_the_day_it_ends(country: Country) -> None:
    """On the first day on which the post is no longer held the official is not listed."""
    country.official(country.unit, valid_to=DAY)

    listed = [counted(country, country.unit, day).listed for day in (DAY - timedelta(days=1), DAY)]

    assert listed == [1, 0]


def test_second_post_does_not_count_twice(country: Country) -> None:
    """An official with a concurrent post in the commune is listed where the primary one is."""
    official = country.official(country.unit)
    country.session.add(
        Appointment(official=official, agency_id=country.commune.id, kind="concurrent", valid_from=LONG_AGO)
    )

    assert (counted(country, country.province).listed, counted(country, country.commune).listed) == (1, 0)


def test_own_headcount_wins_over_the_sum_below(country: Country) -> None:
    """A province that declared 100 posts has 100, whatever the agencies below it declared."""
    country.declare(country.province, 100)
    country.declare(country.department, 40)
    country.declare(country.commune, 30)

    assert counted(country, country.province).declared == 100


def test_headcounts_below_add_up_where_none_is_declared(country: Country) -> None:
    """Without a headcount of its own a province has those right below it, and those below them are not added again."""
    country.declare(country.department, 40)
    country.declare(country.unit, 15)
    country.declare(country.commune, 30)

    assert counted(country, country.province).declared == 70


def test_nothing_declared_is_not_zero(country: Country) -> None:
    """An agency for which nothing was declared has no headcount rather than none."""
    assert counted(country, country.province).declared is None


def test_closed_agency_still_counts_its_people(country: Country) -> None:
    """Officials left in a closed commune are still listed there and in the province."""
    country.official(country.commune)
    country.commune.valid_to = DAY

    assert [counted(country, each).listed for each in (country.commune, country.province)] == [1, 1]


def test_closed_and_empty_agency_is_left_out(country: Country) -> None:
    """A commune that is closed and has nobody is not reported."""
    country.commune.valid_to = DAY
    country.session.flush()

    assert country.commune.id not in count(country.session, DAY, country.province.path)

"""What policies demand of passwords and second factors."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials import set_password
from directory.credentials.obligations import Obligations
from directory.credentials.strength import TOO_SHORT, USED_BEFORE
from directory.credentials.tables import FormerPassword
from directory.errors import WeakPassword
from directory.policies import DEFAULTS, Policy
from tests.book import House, hire
from tests.credentials import Enrolled

pytestmark = pytest.mark.slow

DAY = date(2026, 5, 4)


def held(today: date = DAY, *, has_role: bool = False, **policies: object) -> Obligations:
    """Give what holds where some policies are not the default."""
    return Obligations([{**DEFAULTS, **policies}], today, has_role)


def choose(session: Session, house: House, name: str, value: object) -> None:
    """Set a policy of the province without asking anybody."""
    session.add(Policy(agency_id=house.province.id, name=name, value={"value": value}))
    session.flush()


def word(number: int) -> str:
    """Give a strong password of its own for a number."""
    return f"chuồn chuồn {'abcdefghijklmnop'[number] * 2} bay thấp thì mưa {number}"


@pytest.mark.parametrize(
    ("rule", "has_role", "demanded"),
    [
        ({"who": "everybody", "since": None}, False, True),
        ({"who": "everybody", "since": "2026-05-04"}, False, True),
        ({"who": "everybody", "since": "2026-05-05"}, True, False),
        ({"who": "roles", "since": None}, False, False),
        ({"who": "roles", "since": None}, True, True),
        ({"who": "nobody", "since": None}, True, False),
    ],
)
def test_second_factor_is_demanded_by_rule_and_day(
    rule: dict[str, str | None], *, has_role: bool, demanded: bool
) -> None:
    """Everybody, whoever has a role, or nobody must have a second factor, from the first day on."""
    assert held(has_role=has_role, second_factor=rule).demands_factor is demanded


@pytest.mark.parametrize(
    ("profile", "who", "least"),
    [("nist", "everybody", 8), ("nist", "nobody", 15), ("vn-l3", "everybody", 8), ("vn-l3", "nobody", 14)],
)
def test_shortest_password_is_the_profiles(profile: str, who: str, least: int) -> None:
    """With a second factor 8 characters are enough, without one each profile has its own number."""
    assert (
        held(password_profile=profile, second_factor={"who": who, "since": None}).least_length(has_factor=False)
        == least
    )


@pytest.mark.parametrize(
    ("profile", "minutes", "has_role", "idle"),
    [("nist", 60, True, 60), ("vn-l3", 60, False, 15), ("vn-l3", 60, True, 5), ("vn-l3", 3, True, 3)],
)
def test_idle_time_is_the_shorter_one(profile: str, minutes: int, *, has_role: bool, idle: int) -> None:
    """Level 3 shortens the idle time that the agency would allow, and never lengthens it."""
    found = held(has_role=has_role, password_profile=profile, session_idle_minutes=minutes)

    assert found.idle_minutes == idle


def test_short_password_needs_a_second_factor(session: Session, actor: Actor, house: House) -> None:
    """Where no second factor is demanded, 14 characters are too few."""
    choose(session, house, "second_factor", {"who": "nobody", "since": None})
    (account,) = hire(session, actor, house.unit, "Lê Thị Tư")

    with pytest.raises(WeakPassword) as refusal:
        set_password(session, actor, account, "kR7#mvQ2!xLpz9")

    assert refusal.value.fields["reason"] == TOO_SHORT[15]


def test_fewer_characters_do_with_a_second_factor(session: Session, an: Enrolled, house: House) -> None:
    """Whoever has a second factor may take fewer than 15 characters, also where none is demanded."""
    choose(session, house, "second_factor", {"who": "nobody", "since": None})

    set_password(session, an.actor, an.account, "kR7#mvQ2!x")


def test_none_of_the_last_ten_is_taken_again(session: Session, actor: Actor, house: House) -> None:
    """Under level 3 the last 10 passwords are refused, in any spelling; the one before them is free again."""
    choose(session, house, "password_profile", "vn-l3")
    (account,) = hire(session, actor, house.unit, "Lê Thị Tư")
    for number in range(11):
        set_password(session, actor, account, word(number))

    for number in range(1, 11):
        with pytest.raises(WeakPassword) as refusal:
            set_password(session, actor, account, word(number))
        assert refusal.value.fields["reason"] == USED_BEFORE
    set_password(session, actor, account, word(0))


def test_former_passwords_are_forgotten_where_they_may_be_taken_again(
    session: Session, actor: Actor, house: House
) -> None:
    """Under the profile of NIST no former password is kept."""
    choose(session, house, "password_profile", "vn-l3")
    (account,) = hire(session, actor, house.unit, "Lê Thị Tư")
    for number in range(14):
        set_password(session, actor, account, word(number))
    kept = session.scalar(select(func.count()).select_from(FormerPassword))
    session.get_one(Policy, (house.province.id, "password_profile")).value = {"value": "nist"}

    set_password(session, actor, account, word(13))

    assert kept == 9
    assert session.scalar(select(func.count()).select_from(FormerPassword)) == 0

"""What the desk and the operator see of roles and credentials: as far as their own role reaches."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials import issue_activation_codes
from directory.errors import NotAllowed
from directory.people import credentials_of
from directory.roles import roles_at
from directory.trail import trail
from tests.book import House, acting, give, hire


def test_roles_of_an_agency_are_its_own(session: Session, actor: Actor, house: House) -> None:
    """The roles given over an agency are listed with their holders, not those over others."""
    first, second = hire(session, actor, house.department, "Lê An", "Lê Bình")
    give(session, first, "agency_it", house.department)
    give(session, second, "hr", house.unit)

    assert [(each.full_name, each.role) for each in roles_at(session, actor, house.department.id)] == [
        ("Lê An", "agency_it")
    ]


def test_roles_are_shown_to_who_gives_them(session: Session, actor: Actor, house: House) -> None:
    """Who has no right to give roles does not see who has which."""
    (account,) = hire(session, actor, house.department, "Lê An")
    give(session, account, "agency_it", house.department)

    with pytest.raises(NotAllowed):
        roles_at(session, acting(actor, account), house.department.id)


def test_credentials_are_counted(session: Session, actor: Actor, house: House) -> None:
    """The desk sees that a newcomer has a slip and nothing else yet."""
    (account,) = hire(session, actor, house.department, "Lê An", state="pending")
    issue_activation_codes(session, actor, [account.id])

    counted = credentials_of(session, actor, account.id, house.department.id)

    assert (counted.slips, counted.has_password, counted.has_totp, counted.sessions) == (1, False, False, 0)


@pytest.mark.parametrize("role", ["hr", "head", "auditor"])
def test_credentials_are_shown_to_the_desk(session: Session, actor: Actor, house: House, role: str) -> None:
    """Who serves no desk does not see what protects an account."""
    (account,) = hire(session, actor, house.department, "Lê An")
    give(session, account, role, house.department)

    with pytest.raises(NotAllowed):
        credentials_of(session, acting(actor, account), account.id, house.department.id)


def test_trail_of_a_person_holds_both_sides(session: Session, actor: Actor, house: House) -> None:
    """The trail of a person has what was done to them, as official and as account, and nothing of others."""
    first, _ = hire(session, actor, house.department, "Lê An", "Lê Bình")

    events = trail(session, actor, account_id=first.id).events

    assert {event.action for event in events} == {"official.appointed", "account.opened"}
    assert {event.subject_name for event in events} == {"Lê An"}

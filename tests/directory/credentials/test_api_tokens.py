"""API tokens: narrowed to one agency, no stronger than their maker, dead with the maker."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials import (
    actor_of_token,
    api_tokens,
    load_session,
    make_api_token,
    revoke_api_token,
    token_agencies,
)
from directory.errors import BadValue, FactorNeeded, NotAllowed, NotFound, TokenRefused
from directory.grants import Action, Grant, can
from tests.book import LONG_AGO, House
from tests.credentials import Enrolled


@pytest.fixture
def officer(session: Session, house: House, an: Enrolled) -> Actor:
    """Give the IT staff of the province as actor."""
    session.add(Grant(account_id=an.id, role="agency_it", agency_id=house.province.id, valid_from=LONG_AGO))
    session.flush()
    return an.actor


def make(session: Session, officer: Actor, house: House) -> str:
    """Make a token for the department."""
    return make_api_token(session, officer, house.department.id, label="import", days=30)[1]


def test_token_carries_160_bits_behind_a_prefix(session: Session, officer: Actor, house: House) -> None:
    """Scanners for leaked secrets can find it by its beginning."""
    assert re.fullmatch(r"cvt_[a-z2-7]{32}", make(session, officer, house))


def test_token_stands_for_its_maker_inside_the_agency(session: Session, officer: Actor, house: House) -> None:
    """The actor of a token may act in the agency and below, not above, and has no second factor."""
    actor = actor_of_token(session, make(session, officer, house), officer.now, "x")

    reach = [can(session, actor, Action.IMPORT, each.id) for each in (house.department, house.unit, house.province)]
    assert reach == [True, True, False]
    assert (actor.account_id, actor.factor_at) == (officer.account_id, None)


def test_token_makes_no_token(session: Session, officer: Actor, house: House) -> None:
    """A program cannot make itself another token."""
    actor = actor_of_token(session, make(session, officer, house), officer.now, "x")

    with pytest.raises(FactorNeeded):
        make_api_token(session, actor, house.department.id, label="again", days=1)


@pytest.mark.parametrize("end", ["revoked", "expired", "suspended", "unknown"])
def test_dead_token_is_refused(session: Session, an: Enrolled, officer: Actor, house: House, end: str) -> None:
    """A token dies by hand, by age and with its maker's account."""
    token = make(session, officer, house)
    now = officer.now
    if end == "revoked":
        revoke_api_token(session, officer, api_tokens(session, officer)[0].public_id)
    elif end == "expired":
        now += timedelta(days=30)
    elif end == "suspended":
        an.account.state = "suspended"
        session.flush()
    else:
        token += "a"

    with pytest.raises(TokenRefused):
        actor_of_token(session, token, now, "x")


def test_token_loses_the_rights_its_maker_loses(session: Session, officer: Actor, house: House) -> None:
    """When the maker's role ends, the token may do nothing."""
    actor = actor_of_token(session, make(session, officer, house), officer.now, "x")
    session.query(Grant).update({Grant.valid_to: officer.today})

    assert not can(session, actor, Action.IMPORT, house.department.id)


def test_fresh_factor_is_needed(session: Session, officer: Actor, house: House) -> None:
    """A session whose second factor is old makes no token."""
    with pytest.raises(FactorNeeded):
        make(session, replace(officer, factor_at=officer.now - timedelta(minutes=6)), house)


@pytest.mark.parametrize("where", ["elsewhere", "nowhere"])
def test_agency_out_of_reach_is_refused(session: Session, officer: Actor, house: House, where: str) -> None:
    """Nobody makes a token for an agency without the right to it there."""
    agency_id = house.elsewhere.id if where == "elsewhere" else 10**12

    with pytest.raises(NotAllowed):
        make_api_token(session, officer, agency_id, label="import", days=30)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_token_lives_at_most_a_year(session: Session, officer: Actor, house: House, days: int) -> None:
    """A life of no day or of more than 365 days is refused."""
    with pytest.raises(BadValue):
        make_api_token(session, officer, house.department.id, label="import", days=days)


def test_day_of_use_is_noted(session: Session, officer: Actor, house: House) -> None:
    """The list shows on which day a token was last used."""
    actor_of_token(session, make(session, officer, house), officer.now, "x")

    assert api_tokens(session, officer)[0].last_used_on == officer.today


def test_others_neither_see_nor_revoke_it(session: Session, officer: Actor, house: House, binh: Enrolled) -> None:
    """Someone without the right over the agency sees no token of it and cannot revoke one."""
    make(session, officer, house)
    public = api_tokens(session, officer)[0].public_id

    assert not api_tokens(session, binh.actor)
    with pytest.raises(NotFound):
        revoke_api_token(session, binh.actor, public)


def test_agencies_to_choose_from_are_the_own_ones(session: Session, officer: Actor, house: House) -> None:
    """Only agencies with a code that the actor looks after can be chosen."""
    assert [agency.code for agency in token_agencies(session, officer)] == ["H36", "H36.05"]


def test_token_opens_no_session(session: Session, officer: Actor, house: House) -> None:
    """A token of the interface is no cookie of the portal."""
    assert load_session(session, officer, make(session, officer, house)) is None

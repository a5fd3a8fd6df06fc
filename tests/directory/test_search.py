"""Agencies are found by what people type: without marks, by a short name, by a code in either form."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.grants import Action
from directory.reorganisation import Plan, Recoding, recode, reorganise
from directory.search import agencies_called, find_agencies
from tests.book import House, acting, give, hire
from tests.statements import statements


@pytest.mark.parametrize(
    "typed", ["Sở Nội vụ", "so noi vu", "NỘI", "vu so", "snv", "H36.05", "h36.05", "000.00.05.H36", "  nội   vụ "]
)
def test_agency_is_found_as_people_type(session: Session, actor: Actor, house: House, typed: str) -> None:
    """The department is found first by its name, its short name and its code, old or new."""
    found = find_agencies(session, actor, Action.VIEW, typed, 10)

    assert found[0].name == "Sở Nội vụ"


@pytest.mark.parametrize("typed", ["100%", "_", "\\", "Sở Xây dựng", "H99.99"])
def test_nothing_is_found_for_what_there_is_not(session: Session, actor: Actor, house: House, typed: str) -> None:
    """Signs with a meaning in a pattern have none here."""
    assert find_agencies(session, actor, Action.VIEW, typed, 10) == []


def test_found_agency_names_those_above(session: Session, actor: Actor, house: House) -> None:
    """Agencies of the same name are told apart by what stands above them."""
    (found,) = find_agencies(session, actor, Action.VIEW, "phòng tổ chức", 10)

    assert found.above == "Sở Nội vụ · Tỉnh Một"


def test_only_own_agencies_are_found(session: Session, actor: Actor, house: House) -> None:
    """Nobody finds, or names by its number, an agency that is not theirs for what they want to do."""
    (account,) = hire(session, actor, house.department, "Lê Thị Chi")
    give(session, account, "hr", house.department)
    hr = acting(actor, account)

    found = [find_agencies(session, hr, action, "", 10) for action in (Action.APPOINT, Action.AGENCY)]

    assert [[each.name for each in some] for some in found] == [["Sở Nội vụ", "Phòng Tổ chức"], []]
    assert agencies_called(session, hr, Action.APPOINT, [house.province.public_id]) == []


def test_closed_agency_is_not_offered(session: Session, actor: Actor, house: House) -> None:
    """An agency that is closed is not found."""
    reorganise(session, actor, [Plan([house.unit.id], actor.today, [house.department.id])])

    assert find_agencies(session, actor, Action.VIEW, "phòng tổ chức", 10) == []


def test_former_code_finds_its_agency(session: Session, actor: Actor, house: House) -> None:
    """Whoever types the code that an agency had finds it."""
    recode(session, actor, [Recoding(house.department.id, "H36.77")])

    (found,) = find_agencies(session, actor, Action.VIEW, "H36.05", 10)

    assert found.code == "H36.77"


def test_finding_uses_the_index(session: Session, actor: Actor, house: House) -> None:
    """Words that are typed are looked up in the index of three letters."""
    session.execute(text("SET LOCAL enable_seqscan = off"))
    with statements(session) as sent:
        find_agencies(session, actor, Action.VIEW, "nội vụ", 10)

    plan = session.execute(
        text("EXPLAIN SELECT id FROM agencies WHERE search_key LIKE '%noi%' AND search_key LIKE '%vu%'")
    ).scalars()

    assert "agencies_search_key_idx" in " ".join(plan)
    assert len(sent) == 2


def test_closed_agency_is_found_by_who_asks_for_closed_ones(session: Session, actor: Actor, house: House) -> None:
    """Where it is asked for, a code leads to an agency that ended too; forms that need an open one offer none."""
    reorganise(session, actor, [Plan([house.department.id], actor.today, [house.province.id])])

    found = find_agencies(session, actor, Action.VIEW, "H36.05", 10, with_closed=True)

    assert [(each.name, each.valid_to) for each in found] == [("Sở Nội vụ", actor.today)]
    assert agencies_called(session, actor, Action.VIEW, [house.department.public_id]) == []

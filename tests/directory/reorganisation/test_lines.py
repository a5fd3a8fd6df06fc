"""Names, codes, places and duties of agencies: each from a day on, and what was before stays known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.agencies import Agency, AgencyName, agency_by_code, names_on
from directory.base import Actor
from directory.desired.values import wanted
from directory.due import Due
from directory.errors import BadValue, CodeTaken, NotAllowed, WrongState
from directory.lifecycle import Founding, found_agency
from directory.reorganisation import (
    Move,
    Plan,
    Recoding,
    Renaming,
    move,
    recode,
    rename,
    reorganise,
    settle_agencies,
)
from tests.book import LONG_AGO, House, acting, give, hire
from tests.statements import statements

DAY = date(2026, 11, 1)


@pytest.fixture
def other(session: Session, actor: Actor, house: House) -> Agency:
    """Give a department beside the one of the house."""
    wish = Founding("department", "Sở Khác", house.province.id, "H36.91", valid_from=LONG_AGO)
    (agency,) = found_agency(session, actor, [wish])
    return agency


def later(actor: Actor, days: int) -> Actor:
    """Give the worker as actor some days later."""
    return replace(actor, now=actor.now + timedelta(days=days), is_system=True, account_id=None)


def test_name_of_each_day_is_kept(session: Session, operator: Actor, house: House) -> None:
    """After two renamings each day has its name."""
    rename(session, operator, [Renaming(house.department.id, "Sở Hai", since=DAY)])
    rename(session, operator, [Renaming(house.department.id, "Sở Một Rưỡi", since=date(2024, 1, 1))])

    days = (date(2023, 12, 31), date(2024, 1, 1), date(2026, 10, 31), DAY)
    found = [names_on(session, [house.department.id], day).get(house.department.id) for day in days]

    assert found == ["Sở Nội vụ", "Sở Một Rưỡi", "Sở Một Rưỡi", "Sở Hai"]
    assert house.department.name == "Sở Hai"


def test_planned_name_comes_on_its_day(session: Session, operator: Actor, house: House) -> None:
    """A name of a day to come is taken on that day, also if nobody looked for some days after."""
    rename(session, operator, [Renaming(house.department.id, "Sở Mới", since=operator.today + timedelta(days=3))])
    before = house.department.name

    settle_agencies(session, later(operator, 10))

    assert (before, house.department.name) == ("Sở Nội vụ", "Sở Mới")


def test_name_said_twice_for_a_day_is_put_right(session: Session, operator: Actor, house: House) -> None:
    """The later word for the same day holds."""
    for name in ("Sở Nhầm", "Sở Đúng"):
        rename(session, operator, [Renaming(house.department.id, name, since=DAY)])

    names = session.scalars(select(AgencyName.name).order_by(AgencyName.valid_from)).all()

    assert names == ["Sở Nội vụ", "Sở Đúng"]


def test_no_name_before_the_agency(session: Session, operator: Actor, house: House) -> None:
    """An agency has no name for a day before it began."""
    with pytest.raises(BadValue):
        rename(session, operator, [Renaming(house.department.id, "Sở", since=date(2019, 1, 1))])


@pytest.mark.parametrize("verb", ["rename", "recode", "move"])
def test_others_change_no_agency(session: Session, actor: Actor, house: House, other: Agency, verb: str) -> None:
    """Agency IT staff and HR rename, recode and move nothing."""
    (account,) = hire(session, actor, house.province, "Lê Giang")
    give(session, account, "agency_it", house.province)
    staff, id_ = acting(actor, account), house.department.id
    acts = {
        "rename": lambda: rename(session, staff, [Renaming(id_, "Sở")]),
        "recode": lambda: recode(session, staff, [Recoding(id_, "H36.77")]),
        "move": lambda: move(session, staff, [Move(id_, other.id)]),
    }

    with pytest.raises(NotAllowed):
        acts[verb]()


def test_code_of_before_is_nobody_elses(session: Session, operator: Actor, house: House, other: Agency) -> None:
    """A code that an agency gave up still finds it, and is refused to others, through the verb and round it."""
    recode(session, operator, [Recoding(house.department.id, "000.00.77.H36")])

    with pytest.raises(CodeTaken):
        recode(session, operator, [Recoding(other.id, "H36.05")])
    with pytest.raises(CodeTaken):
        found_agency(session, operator, [Founding("unit", "Phòng", other.id, "H36.05")])
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE agencies SET code = 'H36.05' WHERE id = :id"), {"id": other.id})
    assert agency_by_code(session, "H36.05").id == house.department.id
    assert house.department.code == "H36.77"


def test_code_of_a_closed_agency_is_nobody_elses(
    session: Session, operator: Actor, house: House, other: Agency
) -> None:
    """Even if plain SQL takes the code off a closed agency, nobody else gets it."""
    reorganise(session, operator, [Plan([house.department.id], DAY, [other.id])])
    session.execute(text("UPDATE agencies SET code = NULL WHERE id = :id"), {"id": house.department.id})

    with pytest.raises(CodeTaken):
        recode(session, operator, [Recoding(other.id, "H36.05")])
    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE agencies SET code = 'H36.05' WHERE id = :id"), {"id": other.id})


def test_own_code_of_before_comes_back(session: Session, operator: Actor, house: House) -> None:
    """An agency may take up again a code that it had."""
    for code in ("H36.77", "H36.05"):
        recode(session, operator, [Recoding(house.department.id, code)])

    assert house.department.code == "H36.05"


def test_new_code_reaches_the_entries_that_show_it(session: Session, operator: Actor, house: House) -> None:
    """Entries of people in units without a code of their own show the new code."""
    (account,) = hire(session, operator, house.unit, "Lê An")

    recode(session, operator, [Recoding(house.department.id, "H36.77")])

    key = ("account", account.id)
    assert session.get(Due, key) is not None
    assert wanted(session, operator, [key])[key].entry.attributes["cvAgencyCode"] == ("H36.77",)


def test_moved_unit_shows_the_code_of_its_new_place(
    session: Session, operator: Actor, house: House, other: Agency
) -> None:
    """A unit that moves takes its people along, whose entries show the code of the agency above it now."""
    (account,) = hire(session, operator, house.unit, "Lê An")

    move(session, operator, [Move(house.unit.id, other.id)])

    key = ("account", account.id)
    assert house.unit.path == f"{house.province.id}.{other.id}.{house.unit.id}"
    assert wanted(session, operator, [key])[key].entry.attributes["cvAgencyCode"] == ("H36.91",)


def test_planned_move_comes_on_its_day(session: Session, operator: Actor, house: House, other: Agency) -> None:
    """A move of a day to come is made on that day."""
    move(session, operator, [Move(house.unit.id, other.id, operator.today + timedelta(days=3))])
    before = house.unit.parent_id

    settle_agencies(session, later(operator, 3))

    assert (before, house.unit.parent_id) == (house.department.id, other.id)


def test_two_moves_into_each_other_do_not_stop_others(
    session: Session, operator: Actor, house: House, other: Agency
) -> None:
    """Of two agencies that were planned to stand below each other the second stays, and a third moves all the same."""
    day = operator.today + timedelta(days=3)
    move(session, operator, [Move(house.department.id, other.id, day)])
    move(session, operator, [Move(other.id, house.department.id, day)])
    move(session, operator, [Move(house.unit.id, house.province.id, day)])

    settle_agencies(session, later(operator, 3))

    assert house.department.parent_id == other.id
    assert other.parent_id == house.province.id
    assert house.unit.parent_id == house.province.id


@pytest.mark.parametrize(
    ("what", "where", "error"),
    [
        ("department", "unit", BadValue),
        ("department", "department", BadValue),
        ("department", "elsewhere", NotAllowed),
        ("elsewhere", "department", NotAllowed),
        ("province", "department", BadValue),
    ],
)
def test_unfit_place_is_refused(
    session: Session, operator: Actor, house: House, what: str, where: str, error: type[Exception]
) -> None:
    """Nobody moves an agency below itself, out of the own agencies, into them from elsewhere, or one at the top."""
    wish = Move(getattr(house, what).id, getattr(house, where).id)

    with pytest.raises(error):
        move(session, operator, [wish])


def test_operator_of_one_agency_cannot_take_it_away(
    session: Session, actor: Actor, house: House, other: Agency
) -> None:
    """Who looks after an agency and the new place, but not the one above it now, moves nothing."""
    (account,) = hire(session, actor, house.province, "Lê Giang")
    give(session, account, "operator", house.unit)
    give(session, account, "operator", other)

    with pytest.raises(NotAllowed):
        move(session, acting(actor, account), [Move(house.unit.id, other.id)])


def test_closed_agency_is_not_changed(session: Session, operator: Actor, house: House, other: Agency) -> None:
    """What is closed keeps its name and its place."""
    reorganise(session, operator, [Plan([house.unit.id], DAY, [other.id])])

    with pytest.raises(WrongState):
        rename(session, operator, [Renaming(house.unit.id, "Phòng")])


@pytest.mark.parametrize("table", ["agency_names", "agency_places"])
def test_postgresql_keeps_one_line_a_day(session: Session, operator: Actor, house: House, table: str) -> None:
    """Two names or two places of an agency on one day are refused by PostgreSQL itself."""
    field, value = {"agency_names": ("name", "'A'"), "agency_places": ("parent_id", str(house.elsewhere.id))}[table]
    insert = f"INSERT INTO {table} (agency_id, valid_from, {field}) VALUES ({house.unit.id}, '{{}}', {value})"
    session.execute(text(insert.format("2024-01-01")))

    with pytest.raises(IntegrityError):
        session.execute(text(insert.format("2025-01-01")))


def test_many_are_renamed_in_a_fixed_number_of_statements(
    session: Session, actor: Actor, house: House, other: Agency
) -> None:
    """Renaming three agencies takes as many statements as renaming one."""
    ids = [house.department.id, house.unit.id, other.id]
    with statements(session) as one:
        rename(session, actor, [Renaming(ids[0], "Một")])
        session.flush()

    with statements(session) as three:
        rename(session, actor, [Renaming(id_, f"Tên {id_}") for id_ in ids])
        session.flush()

    assert len(three) <= len(one) + 2

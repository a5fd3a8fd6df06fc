"""Awful lists come out as a careful person would have read them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.errors import DirectoryError
from directory.staff_lists.refusals import NoTable, SheetsToChooseFrom, SheetUnknown
from provisioning.sheets.reader import read
from tests.book import House
from tests.lists.awful import LISTS, Awful
from tests.lists.conftest import Planner, applied, kinds_of, planned_for, rows_of
from tests.lists.workbooks import people, plain_list
from tests.sheets.files import xlsx


@pytest.fixture(params=LISTS.values(), ids=list(LISTS))
def awful(request: pytest.FixtureRequest) -> Awful:
    """Give one list after the other."""
    made = request.param()
    assert isinstance(made, Awful)
    return made


def test_each_row_comes_to_what_it_should(session: Session, planned: Planner, awful: Awful) -> None:
    """Every person of a list is found at the file's own row, nobody else, and comes to what a person would say."""
    staff_list = planned(read(awful.content))

    assert kinds_of(session, staff_list) == awful.kinds


def test_nothing_is_left_to_do_the_second_time(session: Session, actor: Actor, planned: Planner, awful: Awful) -> None:
    """What was created is known again, however it is written; what needs a person still does."""
    applied(session, actor, planned(read(awful.content)))

    again = kinds_of(session, planned(read(awful.content)))

    assert again == {row: "unchanged" if kind == "create" else kind for row, kind in awful.kinds.items()}


@pytest.mark.parametrize("name", ["tcvn3", "vni", "csv_in_tcvn3", "decomposed_capitals_and_look_alikes"])
def test_names_are_repaired(session: Session, planned: Planner, name: str) -> None:
    """Names come out in Unicode, with capitals and letters as names have them, and the repair is told."""
    made = LISTS[name]()

    rows = rows_of(session, planned(read(made.content)))

    assert [row.name for row in rows.values()] == [person.name for person in people(len(made.kinds))]


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("groups_and_subtotals", ["LÃNH ĐẠO SỞ", "Phòng Tổ chức", "Phòng Tổ chức", "Phòng Mới"]),
        ("unit_once_per_block", ["Phòng Tổ chức", "Phòng Tổ chức", "Phòng Mới", "Phòng Mới"]),
        ("without_numbers_and_units_below", ["Phòng Tổ chức", "Văn phòng"]),
    ],
)
def test_units_are_those_of_the_blocks(session: Session, planned: Planner, name: str, units: list[str]) -> None:
    """Each person has the unit under which the list has them."""
    staff_list = planned(read(LISTS[name]().content))

    assert [row.unit for row in rows_of(session, staff_list).values()] == units


@pytest.mark.parametrize(
    ("sheets", "wanted", "refusal"),
    [
        ({"A": [["x", "y"], ["1", "2"]]}, None, NoTable),
        ({"A": [["Họ và tên", "CCCD"]]}, None, NoTable),
        ({name: [["Họ và tên", "CCCD"], ["Lê An", "036085000001"]] for name in "AB"}, None, SheetsToChooseFrom),
        ({"A": [["Họ và tên", "CCCD"], ["Lê An", "036085000001"]]}, "C", SheetUnknown),
    ],
)
def test_files_without_one_table(
    session: Session,
    actor: Actor,
    house: House,
    sheets: dict[str, list[list[object]]],
    wanted: str | None,
    refusal: type[DirectoryError],
) -> None:
    """A file without a table, or with several, is refused with what to do."""
    with pytest.raises(refusal):
        planned_for(session, actor, house.department.id, read(xlsx(**sheets)), wanted)


def test_the_wanted_sheet_is_read(session: Session, actor: Actor, house: House) -> None:
    """Of several sheets with a table the named one is taken."""
    one, other = ([["Họ và tên", "CCCD"], [person.name, person.personal_id]] for person in people(2))

    staff_list = planned_for(session, actor, house.department.id, read(xlsx(A=one, B=other)), "B")

    assert [row.name for row in rows_of(session, staff_list).values()] == [people(2)[1].name]


def test_rows_left_out_are_told(planned: Planner) -> None:
    """Totals and signatures that were passed over are named by their rows."""
    staff_list = planned(plain_list(people(2)).sheets())

    (note,) = staff_list.notes
    assert note["fields"] == {"rows": "8, 9, 10, 12"}

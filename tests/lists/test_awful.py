"""Awful lists come out as a careful person would have read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.errors import DirectoryError
from directory.staff_lists.hints import Hints
from directory.staff_lists.interpretation import Interpretation, interpret
from directory.staff_lists.reasons import Reason
from directory.staff_lists.refusals import NoTable, SheetsToChooseFrom, SheetUnknown
from provisioning.sheets.reader import read
from tests.book import House
from tests.lists.awful import LISTS
from tests.lists.conftest import Planner, applied, kinds_of, planned_for, rows_of
from tests.lists.expected import WHOLE, Awful
from tests.lists.workbooks import people, plain_list
from tests.sheets.files import xlsx

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 23)
UNAIDED = {name: make for name, make in LISTS.items() if make().hints == Hints()}


@pytest.fixture(params=LISTS.values(), ids=list(LISTS))
def awful(request: pytest.FixtureRequest) -> Awful:
    """Give one list after the other."""
    made = request.param()
    assert isinstance(made, Awful)
    return made


@pytest.fixture(params=UNAIDED.values(), ids=list(UNAIDED))
def unaided(request: pytest.FixtureRequest) -> Awful:
    """Give one after the other the lists of which nobody says anything."""
    made = request.param()
    assert isinstance(made, Awful)
    return made


def read_list(awful: Awful) -> Interpretation:
    """Read a list as the service does, with the hints that come with it."""
    return interpret(read(awful.content), awful.hints, TODAY)


def asked(reasons: Iterable[Reason]) -> set[str]:
    """Give the fields that are asked about."""
    return {reason.about or WHOLE for reason in reasons if reason.level == "question"}


def test_there_are_enough_of_them() -> None:
    """The collection does not shrink."""
    assert len(LISTS) >= 40


def test_people_are_found_at_their_rows(awful: Awful) -> None:
    """Every person of a list is found at the file's own row, with the name as it is written today, and nobody else."""
    rows = read_list(awful).rows

    assert {row.number: row.record.full_name for row in rows} == awful.names


def test_questions_are_those_of_a_careful_person(awful: Awful) -> None:
    """What cannot be read for sure is asked, row by row, and nothing else is."""
    rows = read_list(awful).rows

    questions = {row.number: asked(row.reasons) for row in rows if asked(row.reasons)}
    assert questions == {row: set(fields.split()) for row, fields in awful.asks.items()}


def test_questions_about_the_whole_list_are_asked_once(awful: Awful) -> None:
    """What a person has to say of a whole column or list stands beside the guess."""
    assert asked(read_list(awful).guess.questions) == set(awful.of_list.split())


def test_what_else_is_read(awful: Awful) -> None:
    """Where a list is awful in other cells than names, those are read as they were meant."""
    records = {row.number: row.record for row in read_list(awful).rows}

    said = {row: {field: getattr(records[row], field) for field in values} for row, values in awful.values.items()}
    assert said == awful.values


def test_a_guess_can_be_given_back(awful: Awful) -> None:
    """To confirm what was understood, column by column, changes no row that had been read without a question."""
    before = read_list(awful)
    columns = {column.index: column.field for column in before.guess.columns}
    hints = replace(awful.hints, sheet=before.guess.sheet, header=before.guess.header, columns=columns)

    after = interpret(read(awful.content), Hints.from_json(hints.as_json()), TODAY)

    assert {row.number: row.record for row in after.rows if row.number not in awful.asks} == {
        row.number: row.record for row in before.rows if row.number not in awful.asks
    }


def test_each_row_comes_to_what_it_should(session: Session, planned: Planner, unaided: Awful) -> None:
    """What nobody is asked about is created in an empty department; the rest waits for a person."""
    staff_list = planned(read(unaided.content))

    assert simple(kinds_of(session, staff_list)) == unaided.kinds


def test_nothing_is_left_to_do_the_second_time(
    session: Session, actor: Actor, planned: Planner, unaided: Awful
) -> None:
    """What was created is known again, however it is written; what needs a person still does."""
    applied(session, actor, planned(read(unaided.content)))

    again = simple(kinds_of(session, planned(read(unaided.content))))

    assert again == {row: "unchanged" if kind == "create" else kind for row, kind in unaided.kinds.items()}


def simple(kinds: dict[int, str]) -> dict[int, str]:
    """Tell only whether a person must look."""
    return {row: kind if kind in ("create", "unchanged") else "person" for row, kind in kinds.items()}


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
    """Every row with text is told: so many about people, the title and header, totals and signatures by their rows."""
    staff_list = planned(plain_list(people(2)).sheets())

    assert [note["fields"] for note in staff_list.notes] == [
        {"count": 10, "people": 2},
        {"count": 4, "rows": "1–2, 4–5"},
        {"count": 4, "rows": "8–10, 12"},
    ]

"""How a list was understood is kept without anybody's data in clear, and what was said of it is kept too."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from directory.base import Actor
from directory.staff_lists.cells import Sheet
from directory.staff_lists.hints import MONTH_FIRST, Hints
from directory.staff_lists.interpretation import interpret
from directory.staff_lists.layout import describe, remember, remembered
from provisioning.sheets.reader import read
from tests.lists.awful import LISTS
from tests.lists.conftest import Planner, kinds_of

TODAY = date(2026, 11, 23)
SHEET = Sheet("A", [["Họ và tên", "CCCD"], ["Lê An", "036085000001"], ["Vũ Bình", "036085000002"]])


def test_a_row_of_people_called_the_header_is_not_kept_in_clear(session: Session, planned: Planner) -> None:
    """Whatever row a person says is the header, only headings that are known stand in clear beside the list."""
    staff_list = planned([SHEET])
    hints = Hints(header=2, columns={0: "full_name", 1: "personal_id"})

    describe(session, staff_list, interpret([SHEET], hints, TODAY))

    assert staff_list.columns == {
        "full_name": {"index": 0, "heading": ""},
        "personal_id": {"index": 1, "heading": ""},
    }


def test_how_dates_are_written_is_not_remembered(session: Session, actor: Actor, planned: Planner) -> None:
    """What was said of columns and letters is there for the next list; how its dates are written is asked again."""
    staff_list = planned([SHEET])
    said = Hints("A", 1, {0: "full_name"}, {0: "TCVN3"}, frozenset({MONTH_FIRST}))

    remember(session, actor, staff_list, "shape", said)

    assert remembered(session, staff_list, "shape") == Hints(None, None, {0: "full_name"}, {0: "TCVN3"})


def test_letters_of_another_list_are_not_taken_for_those_of_this_one(
    session: Session, actor: Actor, planned: Planner
) -> None:
    """A list in VNI with the headings of one in TCVN3 is read as VNI, and asks before any of its rows is done."""
    before, now = LISTS["tcvn3"](), LISTS["vni"]()
    shape = interpret(read(before.content), Hints(), TODAY).guess.shape
    said = Hints(columns={1: "full_name", 5: "personal_id"}, encodings={1: "TCVN3"})
    remember(session, actor, planned(read(before.content)), shape, said)

    staff_list = planned(read(now.content))

    assert set(kinds_of(session, staff_list).values()) == {"person"}
    asked = [(note["level"], note["about"]) for note in staff_list.notes if note["level"] == "question"]
    assert asked == [("question", "full_name")]


def test_what_is_remembered_and_does_not_fit_is_left_aside(session: Session, actor: Actor, planned: Planner) -> None:
    """A list in which what is remembered leaves no names is read as if nothing had been said."""
    shape = interpret([SHEET], Hints(), TODAY).guess.shape
    remember(session, actor, planned([SHEET]), shape, Hints(columns={0: "", 1: "personal_id"}))

    again = planned([Sheet("A", [*SHEET.rows, ["Hồ Chi", "036085000003"]])])

    assert (again.columns["full_name"]["index"], again.hints["columns"]) == (0, {})

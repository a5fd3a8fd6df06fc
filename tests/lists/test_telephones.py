"""The telephone at work and its extension, from a list into the directory."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.due import Due
from directory.lifecycle import Change, change
from directory.officials import Official
from directory.staff_lists.fixing import fixed
from directory.staff_lists.hints import Hints
from directory.staff_lists.interpretation import interpret
from directory.staff_lists.rows import ListRow
from tests.lists.conftest import Planner, applied, kinds_of, rows_of
from tests.lists.workbooks import ListFile, people, plain_list

PHONE, EXTENSION = "024 3804 4444", 12


def with_telephones(phone: object = PHONE, extension: object = EXTENSION, count: int = 1) -> ListFile:
    """Give a list with a column for the telephone at work and one for the extension."""
    made = plain_list(people(count), also=lambda _: {6: phone, 7: extension})
    made.rows[4] = [*made.rows[4], "Điện thoại cơ quan", "Số máy lẻ"]
    return made


def office_of(session: Session) -> tuple[str | None, str | None]:
    """Give the telephone at work and the extension of the only official."""
    found = session.scalars(select(Official)).one()
    return found.work_phone, found.extension


def test_newcomers_have_their_telephone_at_work(session: Session, actor: Actor, planned: Planner) -> None:
    """Number and extension of a list stand in the record, each in its one spelling."""
    applied(session, actor, planned(with_telephones().sheets()))

    assert office_of(session) == ("02438044444", "12")


def test_list_says_which_telephone_changes(session: Session, actor: Actor, planned: Planner) -> None:
    """Another extension is a change with before and after; the number stays."""
    applied(session, actor, planned(with_telephones().sheets()))

    staff_list = planned(with_telephones(extension=13).sheets())

    assert rows_of(session, staff_list)[6].changes == [("extension", "12", "13")]


def test_changed_extension_makes_the_entry_due(session: Session, actor: Actor, planned: Planner) -> None:
    """What address books show is brought to the entry."""
    applied(session, actor, planned(with_telephones().sheets()))
    session.query(Due).delete()

    applied(session, actor, planned(with_telephones(extension=13).sheets()))

    assert office_of(session) == ("02438044444", "13")
    assert session.scalars(select(Due.subject)).all() == ["account"]


def test_same_telephone_otherwise_written_changes_nothing(session: Session, actor: Actor, planned: Planner) -> None:
    """A list that writes the same number in another way changes nobody."""
    applied(session, actor, planned(with_telephones().sheets()))

    staff_list = planned(with_telephones(phone="+84 24.38044444 (máy lẻ 12)", extension=None).sheets())

    assert kinds_of(session, staff_list) == {6: "unchanged"}


def test_list_clears_no_telephone(session: Session, actor: Actor, planned: Planner) -> None:
    """An empty cell is no wish to forget a number that somebody wrote into the record."""
    applied(session, actor, planned(plain_list(people(1)).sheets()))
    found = session.scalars(select(Official)).one()
    change(session, actor, [Change(found.id, {"work_phone": "02438044444"})])

    staff_list = planned(with_telephones(phone=None, extension=None).sheets())

    assert kinds_of(session, staff_list) == {6: "unchanged"}


def test_number_without_area_code_holds_nobody_up(session: Session, actor: Actor, planned: Planner) -> None:
    """Somebody whose telephone at work cannot be read is added all the same, without it, and the row says so."""
    staff_list = planned(with_telephones(phone="38044444").sheets())

    applied(session, actor, staff_list)

    assert office_of(session) == (None, "12")
    assert [reason["about"] for reason in rows_of(session, staff_list)[6].reasons] == ["work_phone"]


def row_read(made: ListFile) -> ListRow:
    """Give the only row of a list as it is read."""
    return interpret(made.sheets(), Hints(), date(2026, 11, 23)).rows[0]


@pytest.mark.parametrize(
    ("fixes", "expected"),
    [
        ({"work_phone": "0243 804 4445"}, ("02438044445", "12")),
        ({"work_phone": "02438044445 máy lẻ 7", "extension": ""}, ("02438044445", "7")),
        ({"extension": "9"}, ("02438044444", "9")),
        ({"extension": ""}, ("02438044444", None)),
    ],
)
def test_corrected_telephone_is_read_again(fixes: dict[str, str], expected: tuple[str, str | None]) -> None:
    """A corrected cell is read as one of the file would be, beside the other of the two."""
    row = row_read(with_telephones())

    again = fixed(row, fixes, date(2026, 11, 23)).record

    assert (again.work_phone, again.extension) == expected

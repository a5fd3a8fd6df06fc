"""Rows of a plan are kept for a month: what an earlier version sealed can still be opened."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from directory.keys import keys_of
from directory.staff_lists.sealing import PURPOSE, encoded, opened
from directory.staff_lists.tables import StaffList, StaffListRow
from tests.lists.conftest import Planner, rows_of
from tests.lists.workbooks import people, plain_list

FIRST = 6


def kept_as(session: Session, staff_list: StaffList, content: object) -> StaffListRow:
    """Put into the first row of a list what another version has kept of it."""
    row = session.get_one(StaffListRow, (staff_list.id, FIRST))
    row.cells = keys_of(session).seal(json.dumps(content), PURPOSE, f"{staff_list.public_id}:{FIRST}")
    session.flush()
    return row


def test_row_that_was_kept_by_names(session: Session, planned: Planner) -> None:
    """A row whose fields were kept by their names is shown as it was."""
    (person,) = people(1)
    staff_list = planned(plain_list([person]).sheets())
    before = rows_of(session, staff_list)[FIRST]

    record = {"full_name": person.name, "birth_date": person.birth.isoformat(), "title": person.title}
    kept_as(session, staff_list, {"record": record, "written": {"full_name": person.name}, "own": 0, "to": None})

    assert rows_of(session, staff_list)[FIRST] == before


def test_row_that_was_kept_before_a_field_was_added(session: Session, planned: Planner) -> None:
    """A row that knows fewer fields says nothing of the others."""
    (person,) = people(1)
    staff_list = planned(plain_list([person]).sheets())

    row = kept_as(session, staff_list, [None, [person.name], "full_name", [person.name], 0, {}])

    record = opened(session, staff_list, row).row.record
    assert (record.full_name, record.birth_date, record.address) == (person.name, None, None)


@given(
    st.lists(st.tuples(st.text(alphabet='{}[]":,0\\\n') | st.text(), st.dictionaries(st.text(min_size=1), st.text())))
)
def test_rows_written_in_one_go(contents: list[tuple[str, dict[str, str]]]) -> None:
    """Many rows are written as each of them by itself, whatever stands in their texts."""
    texts = encoded(contents)

    assert [json.loads(each) for each in texts] == [list(each) for each in contents]

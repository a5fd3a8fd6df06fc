"""Rows of a plan are kept for a month: what an earlier version sealed can still be opened."""

from __future__ import annotations

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from directory.keys import keys_of
from directory.staff_lists.correlation import Decision
from directory.staff_lists.rows import ListRow, Record
from directory.staff_lists.sealing import PURPOSE, content, opened, places
from directory.staff_lists.tables import StaffList, StaffListRow
from tests.lists.conftest import Planner, rows_of
from tests.lists.workbooks import people, plain_list

FIRST = 6


def kept_as(session: Session, staff_list: StaffList, kept: object) -> StaffListRow:
    """Put into the first row of a list what another version has kept of it."""
    row = session.get_one(StaffListRow, (staff_list.id, FIRST))
    row.cells = keys_of(session).seal(json.dumps(kept), PURPOSE, f"{staff_list.public_id}:{FIRST}")
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


@given(st.text(alphabet='\x1f{}[]",é\n') | st.text(), st.dictionaries(st.sampled_from(["title", "unit"]), st.text()))
def test_whatever_stands_in_a_row(title: str, written: dict[str, str]) -> None:
    """A row is opened as it was sealed, whatever stands in its texts; an empty value is none."""
    row = ListRow(7, Record(title=title, birth_date=date(1980, 2, 29)), written)

    born, values, names, texts, own, said = places(content(row, Decision("create", opens_account=True), {}))

    assert (born, dict(zip(names.split(), texts, strict=True)), own) == ("1980-02-29", written, 0)
    assert ([each for each in values if each], said) == ([title] if title else [], {"opens_account": True})

"""What tests of lists stand on: the small book of record, and lists planned and applied in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.staff_lists.apply import apply_next, start
from directory.staff_lists.cells import Sheet
from directory.staff_lists.plan import Upload, plan
from directory.staff_lists.review import ReviewRow, review
from directory.staff_lists.tables import StaffList
from tests.book import House, acting, give, hire

Planner = Callable[[Sequence[Sheet]], StaffList]


@pytest.fixture
def planned(session: Session, actor: Actor, house: House) -> Planner:
    """Give what plans a list for the department."""
    return lambda sheets: planned_for(session, actor, house.department.id, sheets)


def planned_for(
    session: Session, actor: Actor, agency_id: int, sheets: Sequence[Sheet], sheet: str | None = None
) -> StaffList:
    """Plan a list for an agency."""
    digest = hashlib.sha256(repr([sheet.rows for sheet in sheets]).encode()).hexdigest()
    return plan(session, actor, Upload(agency_id, "list.xlsx", digest, sheets, sheet))


def applied(session: Session, actor: Actor, staff_list: StaffList, size: int = 500) -> StaffList:
    """Apply a list to its end."""
    start(session, actor, staff_list, has_read=True)
    while apply_next(session, actor.now, "test", size):
        pass
    return staff_list


def persons(session: Session, actor: Actor, house: House) -> tuple[Actor, Actor]:
    """Give two persons of HR of the province, whom no list of an agency below it misses."""
    accounts = hire(session, actor, house.province, "Lê Thị Một", "Lê Thị Hai")
    for account in accounts:
        give(session, account, "hr", house.province)
    one, other = (acting(actor, account) for account in accounts)
    return one, other


def rows_of(session: Session, staff_list: StaffList) -> dict[int, ReviewRow]:
    """Give the rows of a list by their numbers."""
    return {row.number: row for row in review(session, staff_list, limit=1_000_000).rows}


def kinds_of(session: Session, staff_list: StaffList) -> dict[int, str]:
    """Give what each row comes to; whatever needs a person is `person`."""
    return {number: "person" if row.needs_person else row.kind for number, row in rows_of(session, staff_list).items()}

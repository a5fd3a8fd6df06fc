"""A list of 10,000 newcomers applied to PostgreSQL, against psycopg's COPY of the same rows into the same tables.

Ours is the job of the worker, batch by batch: each row is held against the directory once more, officials, posts,
accounts, mailboxes and addresses are made by the verbs, with a signed event for each, and marked due. The other side
copies the rows that ours has left in these tables into them again, in one transaction that is then undone: the same
indexes, constraints and triggers, ready values and nothing to decide.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

from benches.figures import BenchError, at_least, seconds
from benches.listed import ROWS, Listed, analyse, drawn, listed, write
from directory.staff_lists.review import counts
from directory.staff_lists.tables import StaffList

NAME = "apply"
GOAL = at_least(0.25)
UNIT = "rows/s"

TABLES = ("officials", "appointments", "accounts", "mailboxes", "addresses", "audit_events")
"""In the order in which they refer to each other; `due` is keyed by what ours made, so it has no second copy."""


@dataclass
class Place:
    """The directory, and how many lists it has taken."""

    listed: Listed
    numbers: Iterator[int]
    last: dict[str, tuple[int, int]]
    """The first and the last number that each table gave during the last run of ours."""


@contextmanager
def set_up(_large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Make the directory."""
    with listed() as found:
        analyse(found.service)
        yield Place(found, count(), {})


def ours(place: Place) -> float:
    """Apply a list of people whom nobody knows."""
    number = next(place.numbers)
    found = place.listed
    list_id = found.plan(write(found.folder / f"{number}.xlsx", drawn(ROWS, f"{NAME} {number}"), f"{40 + number:03}"))
    found.start(list_id)
    before = _highest(place)
    taken = seconds(lambda: found.apply(list_id))
    after = _highest(place)
    place.last = {table: (before[table] + 1, after[table]) for table in TABLES}
    with found.service.outbox.transaction() as session:
        done = counts(session, session.get_one(StaffList, list_id))["create"].done
    if done != ROWS:
        raise BenchError(f"of {ROWS} rows {done} were done")
    return ROWS / taken


def other(place: Place) -> float:
    """Copy the same rows into the same tables, and undo it."""
    if not place.last:
        ours(place)
    with place.listed.service.outbox.engine.connect() as connection:
        driver = connection.connection.driver_connection
        if not isinstance(driver, Connection):
            raise BenchError("this is no connection of psycopg")
        taken = seconds(lambda: _copied(driver, place))
        driver.rollback()
    return ROWS / taken


def _highest(place: Place) -> dict[str, int]:
    """Give the last number of each table."""
    with place.listed.service.outbox.engine.connect() as connection:
        return {
            table: connection.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {table}").scalar_one()  # noqa: S608 - ours
            for table in TABLES
        }

"""A list of 10,000 newcomers applied to PostgreSQL, against psycopg's COPY of the same rows into the same tables.

Ours is the job of the worker, batch by batch: each row is held against the directory once more, officials, posts,
accounts, mailboxes and addresses are made by the verbs, with signed events, and marked due. The other side copies the
rows that ours has left in these tables, as values that stand ready in memory, into a twin of the directory in which
they are not yet, in one transaction that is then undone: the same indexes, constraints and triggers, and nothing to
decide.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from psycopg import Connection, connect
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb
from sqlalchemy import URL

from benches.figures import BenchError, at_least, seconds
from benches.listed import ROWS, Listed, analyse, drawn, listed, write
from benches.place import administer
from directory.staff_lists.review import counts
from directory.staff_lists.tables import StaffList
from directory.tables import Base
from provisioning.bootstrap import Service

NAME = "apply"
GOAL = at_least(0.25)
UNIT = "rows/s"

TABLES = ("officials", "appointments", "accounts", "mailboxes", "addresses", "audit_events", "due")
"""In the order in which they refer to each other."""
ENOUGH = 0.99
"""Among so many drawn people some are namesakes born on one day, who are a question."""
KEYS = {"due": "subject_id"}
"""What numbers the rows where `id` does not."""


@dataclass
class Place:
    """The directory, its twin, and the rows that the last list left."""

    listed: Listed
    twin: URL
    numbers: Iterator[int]
    done: int = 0
    left: dict[str, tuple[list[str], list[tuple[object, ...]]]] = field(default_factory=dict)
    """By table: the columns and the rows."""


@contextmanager
def set_up(_large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Make the directory."""
    with listed() as found:
        analyse(found.service)
        engine = found.service.outbox.engine
        engine.dispose()  # nobody may be in a database that is copied
        twin = engine.url.set(database="twin")
        administer(found.stack, f"CREATE DATABASE twin TEMPLATE {engine.url.database}")
        yield Place(found, twin, count())


def ours(place: Place) -> float:
    """Apply a list of people whom nobody knows."""
    number = next(place.numbers)
    found = place.listed
    list_id = found.plan(write(found.folder / f"{number}.xlsx", drawn(ROWS, f"{NAME} {number}"), f"{40 + number:03}"))
    found.start(list_id)
    before = {table: _highest(found.service, table) for table in TABLES}
    taken = seconds(lambda: found.apply(list_id))
    place.left = {table: _left(found.service, table, before[table]) for table in TABLES}
    with found.service.outbox.transaction() as session:
        kinds = counts(session, session.get_one(StaffList, list_id))
    place.done = kinds["create"].done
    if place.done < ENOUGH * ROWS:
        raise BenchError(f"the list came to {kinds}")
    return place.done / taken


def other(place: Place) -> float:
    """Copy the same rows into the twin, and undo it."""
    if not place.left:
        ours(place)
    with connect(place.twin.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        taken = seconds(lambda: _copied(connection, place))
        connection.rollback()
    return place.done / taken


def _copied(connection: Connection, place: Place) -> None:
    """Copy every table, and let the constraints that wait for the end of a transaction be checked."""
    with connection.cursor() as cursor:
        for table, (columns, rows) in place.left.items():
            names = SQL(", ").join(map(Identifier, columns))
            statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), names)
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _highest(service: Service, table: str) -> int:
    """Give the last number of a table."""
    key = KEYS.get(table, "id")
    with service.outbox.engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT coalesce(max({key}), 0) FROM {table}")  # noqa: S608 - ours
        return int(found.scalar_one())


def _left(service: Service, table: str, before: int) -> tuple[list[str], list[tuple[object, ...]]]:
    """Give the rows that came into a table, without the columns that PostgreSQL works out itself."""
    columns = [each.name for each in Base.metadata.tables[table].columns if each.computed is None]
    names, key = ", ".join(columns), KEYS.get(table, "id")
    with service.outbox.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT {names} FROM {table} WHERE {key} > {before}")  # noqa: S608 - ours
        return columns, [tuple(Jsonb(value) if isinstance(value, dict) else value for value in row) for row in rows]

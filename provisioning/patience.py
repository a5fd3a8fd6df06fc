"""A connection to PostgreSQL that waits for no answer for ever.

The kernel gives up a machine that acknowledges nothing. One that acknowledges packets while PostgreSQL itself stands
still (frozen, or waiting for a disk that does not answer) would keep a request, with its thread, until it goes on.
"""

from __future__ import annotations

from typing import TypeVar

from psycopg import Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.rows import TupleRow

T = TypeVar("T")


class Impatient(Connection[TupleRow]):
    """A connection that is given up when an answer takes longer than `patience` seconds."""

    patience: float | None = None

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait for one answer; a connection that still owes it afterwards is closed, for it can be used for nothing."""
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except OperationalError as error:
            if error.sqlstate is None:  # It is not PostgreSQL that says so.
                self.pgconn.finish()
            raise

"""Lists that are submitted one after the other over the same connection."""

from __future__ import annotations

from sqlalchemy.orm import Session

from directory.base import Actor
from directory.staff_lists.submission import Submission, submit
from tests.book import House

MANY = 12
"""After five times the driver prepares a statement, after five more PostgreSQL plans it without looking at values."""


def test_many_lists_over_one_connection(session: Session, actor: Actor, house: House) -> None:
    """However many lists a connection has taken before, the next one is taken too."""
    files = [Submission(house.department.id, "list.xlsx", f"{number:064x}") for number in range(MANY)]

    lists = [submit(session, actor, each, b"a file") for each in files]

    assert [each.state for each in lists] == ["reading"] * MANY

"""Rows of lists refer to lists and officials that are there and stay, whoever writes them."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.base import Actor
from tests.lists.conftest import Planner, applied
from tests.lists.workbooks import people, plain_list

_OF_NOBODY = "INSERT INTO staff_list_rows (list_id, row, kind, cells, reasons, official_id)"
REFUSED = (
    "INSERT INTO staff_list_rows (list_id, row, kind, cells, reasons) VALUES (999999, 1, 'create', '', '[]')",
    f"{_OF_NOBODY} SELECT id, 900, 'change', '', '[]', 999999 FROM staff_lists",
    "UPDATE staff_list_rows SET official_id = 999999",
    "UPDATE staff_list_rows SET list_id = 999999",
    "DELETE FROM staff_lists",
    "DELETE FROM officials",
)


@pytest.mark.parametrize("statement", REFUSED)
def test_no_row_loses_its_list_or_its_official(
    session: Session, actor: Actor, planned: Planner, statement: str
) -> None:
    """PostgreSQL refuses a row of no list or of no official, and lets neither of them go."""
    applied(session, actor, planned(plain_list(people(2)).sheets()))

    with pytest.raises(IntegrityError, match=r"not allowed|refers to no"), session.begin_nested():
        session.execute(text(statement))


def test_rows_of_an_official_are_stored(session: Session, actor: Actor, planned: Planner) -> None:
    """Rows that refer to what is there are taken, each of them."""
    applied(session, actor, planned(plain_list(people(3)).sheets()))

    again = planned(plain_list(people(3)).sheets())

    held = text("SELECT count(*) FROM staff_list_rows JOIN officials ON officials.id = official_id WHERE list_id = :id")
    assert session.scalar(held, {"id": again.id}) == 3

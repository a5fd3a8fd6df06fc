"""What PostgreSQL keeps of lists, whoever writes: what rows refer to is there and stays, and what is over is over."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.staff_lists.apply import cancel, start
from directory.staff_lists.tables import STATES
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


@pytest.mark.parametrize("state", [each for each in STATES if each != "applied"])
def test_list_that_is_applied_is_nothing_else_again(
    session: Session, actor: Actor, planned: Planner, state: str
) -> None:
    """Going round the code: a list that was applied is neither planned nor applied a second time."""
    applied(session, actor, planned(plain_list(people(2)).sheets()))

    with pytest.raises(IntegrityError, match="not allowed"):
        session.execute(text("UPDATE staff_lists SET state = :state"), {"state": state})


def test_list_that_was_put_aside_stays_there(session: Session, actor: Actor, planned: Planner) -> None:
    """Going round the code: a plan that somebody put aside is not started."""
    cancel(session, actor, planned(plain_list(people(2)).sheets()))

    with pytest.raises(IntegrityError, match="not allowed"):
        session.execute(text("UPDATE staff_lists SET state = 'applying'"))


@pytest.mark.parametrize("state", ["reading", "planned", "cancelled"])
def test_list_that_was_started_is_not_planned_again(
    session: Session, actor: Actor, planned: Planner, state: str
) -> None:
    """Going round the code: while a list is applied nobody plans it anew, nor puts it aside."""
    start(session, actor, planned(plain_list(people(2)).sheets()), has_read=True)

    with pytest.raises(IntegrityError, match="not allowed"):
        session.execute(text("UPDATE staff_lists SET state = :state"), {"state": state})


@pytest.mark.parametrize("moment", ["NULL", "now()"])
def test_row_is_applied_once(session: Session, actor: Actor, planned: Planner, moment: str) -> None:
    """Going round the code: a row that was applied is not applied again, nor at another moment."""
    applied(session, actor, planned(plain_list(people(2)).sheets()))

    with pytest.raises(IntegrityError, match="stays over"):
        session.execute(text(f"UPDATE staff_list_rows SET applied_at = {moment}"))

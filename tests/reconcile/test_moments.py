"""Entries that change because time passes, and nothing else."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import text

from directory.base import VIETNAM
from directory.desired.entries import TOMBSTONE
from provisioning.reconcile.moments import mark_what_time_changed
from tests.engines import Engine

NEXT_WEEK = timedelta(days=7)


def due_after(engine: Engine, wait: timedelta) -> int:
    """Let time pass, follow the calendar and count what is due."""
    now: datetime = engine.now + wait
    with engine.outbox.transaction() as session:
        mark_what_time_changed(session, now)
    return engine.due()


@pytest.fixture
def holder(engine: Engine) -> str:
    """Give an official who holds a role mailbox, all of it real."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.role_mailbox(number)
    engine.settle()
    return number


def test_nothing_is_due_by_itself(engine: Engine, holder: str) -> None:
    """While nothing begins or ends, the calendar marks nothing."""
    assert due_after(engine, NEXT_WEEK) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE appointments SET valid_to = CAST(:day AS date)",
        "UPDATE holdings SET valid_to = CAST(:day AS date)",
        "UPDATE domains SET state = 'retiring', receives_until = CAST(:day AS date) - 1 WHERE name = 'tinh.gov.vn'",
        "UPDATE addresses SET kind = 'receive_only', valid_until = CAST(:day AS date) - 1 WHERE local = 'annv'",
    ],
)
def test_day_that_ends_something_marks_its_subject(engine: Engine, holder: str, statement: str) -> None:
    """A post, a holding, a domain or an address that ends on a day makes its subject due on that day, not before."""
    day = (engine.now + NEXT_WEEK).date()
    with engine.outbox.transaction() as session:
        session.execute(text(statement), {"day": day})

    assert due_after(engine, timedelta(days=6)) == 0
    assert due_after(engine, NEXT_WEEK) == 1


def test_app_password_that_expires_marks_its_account(engine: Engine, holder: str) -> None:
    """An account is due when one of its app passwords expires."""
    engine.app_password(holder, expires_at=engine.now + NEXT_WEEK)

    assert due_after(engine, timedelta(days=6)) == 0
    assert due_after(engine, NEXT_WEEK) == 1


def test_day_begins_at_midnight_in_viet_nam(engine: Engine, holder: str) -> None:
    """Who holds a role mailbox until a day is told of in its first minute, seven hours before that day in London."""
    midnight = datetime.combine(engine.actor.today + NEXT_WEEK, time(), VIETNAM)
    with engine.outbox.transaction() as session:
        session.execute(text("UPDATE holdings SET valid_to = CAST(:day AS date)"), {"day": midnight.date()})

    assert due_after(engine, midnight - engine.now - timedelta(minutes=1)) == 0
    assert due_after(engine, midnight - engine.now) == 1


def test_app_password_that_was_revoked_is_forgotten_in_time(engine: Engine, holder: str) -> None:
    """An account is due when one of its revoked app passwords has been empty for long enough to be removed."""
    engine.app_password(holder, revoked_at=engine.now - TOMBSTONE + NEXT_WEEK)

    assert due_after(engine, timedelta(days=6)) == 0
    assert due_after(engine, NEXT_WEEK) == 1


def test_moment_is_followed_once(engine: Engine, holder: str) -> None:
    """After the entry was made right once, the same moment marks nothing again."""
    engine.app_password(holder, expires_at=engine.now + NEXT_WEEK)
    due_after(engine, NEXT_WEEK)
    engine.now += NEXT_WEEK
    engine.settle()

    assert due_after(engine, timedelta(minutes=1)) == 0

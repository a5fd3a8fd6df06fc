"""Decisions for days to come, carried out day by day or late: what entries show before and after midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from directory.agencies import Agency
from directory.base import system
from directory.lifecycle import (
    HandOver,
    Leaving,
    Setting,
    Transfer,
    carry_out_days,
    hand_over,
    leave,
    set_policy,
    transfer,
)
from directory.mailboxes import Mailbox
from provisioning.reconcile.moments import mark_what_time_changed
from tests.engines import Engine, device, person
from tests.fakes import FakeTarget

BEFORE = datetime(2026, 11, 27, 16, 59, 30, tzinfo=UTC)
"""Half a minute before the end of Friday in Viet Nam."""
AFTER = BEFORE + timedelta(minutes=1)
FRIDAY = BEFORE.date()


@pytest.fixture
def two(engine: Engine) -> tuple[str, str]:
    """Give two officials whose entries are right."""
    first, second = engine.hire("Nguyễn Văn An", "Lê Bình")
    engine.settle()
    return first, second


def a_minute_passes(engine: Engine, now: datetime) -> None:
    """Do at an instant what the worker does each minute, and make what is due real."""
    engine.now = now
    while True:
        with engine.outbox.transaction() as session:
            if not carry_out_days(session, system(now, "calendar")):
                break
    with engine.outbox.transaction() as session:
        mark_what_time_changed(session, now)
    engine.settle()


def days(engine: Engine, *instants: datetime) -> None:
    """Let days pass, looking at these instants only."""
    for instant in instants:
        a_minute_passes(engine, instant)


LATE = pytest.mark.parametrize(
    "looks",
    [(BEFORE, AFTER), (BEFORE, AFTER + timedelta(days=2)), (AFTER + timedelta(days=9),)],
    ids=["in time", "stopped over midnight", "stopped for a week"],
)
"""When the worker looked; whatever it missed, it does when it is back."""


@LATE
def test_leaver_s_entry_is_disabled_after_the_last_day(
    engine: Engine, target: FakeTarget, two: tuple[str, str], looks: tuple[datetime, ...]
) -> None:
    """Account and app password work to the end of the last day, also if the worker comes back only later."""
    leaver, _ = two
    phone = engine.app_password(leaver)
    with engine.outbox.transaction() as session:
        leave(session, engine.actor, [Leaving(engine.account(session, leaver).official_id, FRIDAY)])
    engine.settle()
    assert target.entries[person(leaver)][0]["cvState"] == ("active",)

    days(engine, *looks)

    assert target.entries[person(leaver)][0]["cvState"] == ("disabled",)
    assert "userPassword" not in target.entries[device(phone, person(leaver))][0]
    assert "cvAddress" not in target.entries[person(leaver)][0]


def test_nothing_shows_before_midnight(engine: Engine, target: FakeTarget, two: tuple[str, str]) -> None:
    """Half a minute before midnight the entry is as it was."""
    leaver, _ = two
    with engine.outbox.transaction() as session:
        leave(session, engine.actor, [Leaving(engine.account(session, leaver).official_id, FRIDAY)])

    days(engine, BEFORE)

    assert target.entries[person(leaver)][0]["cvState"] == ("active",)


def test_forwarding_begins_and_ends_by_itself(engine: Engine, target: FakeTarget, two: tuple[str, str]) -> None:
    """Mail goes on from the day after the last one until the mailbox is kept no longer; then nobody has the address."""
    leaver, _ = two
    with engine.outbox.transaction() as session:
        official = engine.account(session, leaver).official_id
        leave(session, engine.actor, [Leaving(official, FRIDAY, "binhl@tinh.gov.vn")])
    days(engine, BEFORE)
    before = target.entries[person(leaver)][0]

    days(engine, AFTER)
    during = target.entries[person(leaver)][0]
    days(engine, AFTER + timedelta(days=180))
    at_the_end = target.entries[person(leaver)][0]
    days(engine, AFTER + timedelta(days=181))
    after = target.entries[person(leaver)][0]

    assert "cvForwardTo" not in before
    assert during["cvForwardTo"] == at_the_end["cvForwardTo"] == ("binhl@tinh.gov.vn",)
    assert during["cvAddress"] == ("annv@tinh.gov.vn",)
    assert ("cvForwardTo" in after, "cvAddress" in after) == (False, False)


@LATE
def test_role_mailbox_changes_hands(
    engine: Engine, target: FakeTarget, two: tuple[str, str], looks: tuple[datetime, ...]
) -> None:
    """From the day on the former holder's app password for the mailbox is empty, and the new holder's opens it."""
    old, new = two
    key, box = engine.role_mailbox(old)
    phone = engine.app_password(old, key)
    engine.settle()
    role = (("cvMailboxId", box), ("ou", "mailboxes"))
    with engine.outbox.transaction() as session:
        holder = engine.account(session, new).id
        hand_over(session, engine.actor, [HandOver(key, [holder], FRIDAY + timedelta(days=1))])
    engine.settle()
    assert "userPassword" in target.entries[device(phone, role)][0]

    days(engine, *looks)

    assert target.entries[device(phone, role)][0]["cvState"] == ("disabled",)
    assert "userPassword" not in target.entries[device(phone, role)][0]


@LATE
def test_new_address_comes_with_the_post(
    engine: Engine, target: FakeTarget, two: tuple[str, str], looks: tuple[datetime, ...]
) -> None:
    """A transfer to come changes agency code and address on its day, and the old address is still delivered."""
    moved, _ = two
    with engine.outbox.transaction() as session:
        goal = session.scalars(select(Agency).where(Agency.code == "H37")).one()
        set_policy(session, engine.actor, [Setting(goal.id, "keep_address", value=False)])
        official = engine.account(session, moved).official_id
        transfer(session, engine.actor, [Transfer(official, goal.id, valid_from=FRIDAY + timedelta(days=1))])
    engine.settle()
    assert target.entries[person(moved)][0]["mail"] == ("annv@tinh.gov.vn",)

    days(engine, *looks)

    entry = target.entries[person(moved)][0]
    assert (entry["mail"], entry["cvAgencyCode"]) == (("annv@khac.gov.vn",), ("H37",))
    assert entry["cvAddress"] == ("annv@khac.gov.vn", "annv@tinh.gov.vn")


def test_days_are_carried_out_once(engine: Engine, two: tuple[str, str]) -> None:
    """What was carried out is not done again, and marks nothing due."""
    leaver, _ = two
    with engine.outbox.transaction() as session:
        leave(session, engine.actor, [Leaving(engine.account(session, leaver).official_id, FRIDAY)])
    days(engine, AFTER)

    with engine.outbox.transaction() as session:
        done = carry_out_days(session, system(AFTER + timedelta(minutes=1), "calendar"))
        kept = session.scalars(select(Mailbox.kept_until).where(Mailbox.kept_until.is_not(None))).all()

    assert (done, engine.due(), len(kept)) == (0, 0, 1)

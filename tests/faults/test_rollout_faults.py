"""A worker is killed with -9 while it rolls a policy out: the next goes on where it was, and each is done once."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from directory.base import Actor
from directory.due import Due
from directory.lifecycle import Setting, roll_out_next, set_policy
from directory.mailboxes import Mailbox
from directory.policies import MIB, Rollout
from provisioning.outbox import Outbox
from tests.book import found_house, hire

pytestmark = pytest.mark.faults
HOUSE = Path(__file__).resolve().parents[2]
PEOPLE, SIZE = 230, 50
LARGE = {"rules": [], "default": 900 * MIB}


@pytest.fixture
def begun(outbox: Outbox, actor: Actor) -> Outbox:
    """Give a book in which a larger quota waits to be rolled out to 230 people."""
    with outbox.transaction() as session:
        house = found_house(session, actor)
        hire(session, actor, house.department, *["Lê Văn An"] * PEOPLE)
        session.execute(text("DELETE FROM due"))
        set_policy(session, actor, [Setting(house.province.id, "quota_rules", LARGE)])
    return outbox


def standing(outbox: Outbox) -> tuple[int, int, int, int]:
    """Give how many were looked at and changed, how many mailboxes are large, and how many entries are due."""
    with outbox.transaction() as session:
        rollout = session.scalars(select(Rollout)).one()
        large = session.scalar(select(func.count(Mailbox.id)).where(Mailbox.quota_bytes == 900 * MIB))
        return (
            rollout.looked_at,
            rollout.changed,
            large or 0,
            session.scalar(select(func.count()).select_from(Due)) or 0,
        )


def go_on(outbox: Outbox, actor: Actor) -> None:
    """Roll out to the end."""
    is_under_way = True
    while is_under_way:
        with outbox.transaction() as session:
            is_under_way = roll_out_next(session, actor, SIZE)


@pytest.mark.parametrize("batches", [0, 1, 4])
def test_rollout_survives_a_kill(begun: Outbox, actor: Actor, database_url: str, batches: int) -> None:
    """What was committed stays, the batch in hand is done again as a whole, and in the end each was changed once."""
    command = [sys.executable, "-m", "tests.faults.dying_rollout", database_url, str(batches), str(SIZE)]

    died = subprocess.run(command, cwd=HOUSE, check=False).returncode
    after_the_kill = standing(begun)
    go_on(begun, actor)

    assert died == -signal.SIGKILL
    assert after_the_kill == (batches * SIZE,) * 4
    assert standing(begun) == (PEOPLE,) * 4
    with begun.transaction() as session:
        assert set(session.scalars(text("SELECT revision FROM accounts"))) == {2}


def test_several_workers_share_no_batch(begun: Outbox, actor: Actor) -> None:
    """Workers that roll out at once change nobody twice."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: go_on(begun, actor), range(4)))
    go_on(begun, actor)

    assert standing(begun) == (PEOPLE,) * 4
    with begun.transaction() as session:
        assert set(session.scalars(text("SELECT revision FROM accounts"))) == {2}

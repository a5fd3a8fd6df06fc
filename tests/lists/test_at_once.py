"""Several at once, and killed in the middle: each row is done exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.base import Actor
from directory.officials import Official
from directory.staff_lists.apply import apply_next, start
from directory.staff_lists.cells import Sheet
from directory.staff_lists.review import Count, counts
from directory.staff_lists.tables import StaffList
from provisioning.outbox import Outbox
from tests.book import found_house
from tests.lists.conftest import planned_for
from tests.lists.workbooks import HEADER, ListFile, people, plain_list

ROWS = 60
BATCH = 7
WORKER = """
import sys
from datetime import UTC, datetime
import directory.tables
from tests.conftest import KEYS
from directory.staff_lists.apply import apply_next
from provisioning.outbox import Outbox, engine_for
outbox = Outbox(engine=engine_for(sys.argv[1]), keys=KEYS, wake=lambda _session, _wake_up: None)
more = True
while more:
    with outbox.transaction() as session:
        more = apply_next(session, datetime.now(UTC), "worker", 3)
"""


def prepared(outbox: Outbox, actor: Actor, *files: list[Sheet]) -> list[int]:
    """Plan and start lists for the department of the small book."""
    with outbox.transaction() as session:
        house = found_house(session, actor)
        lists = [planned_for(session, actor, house.department.id, sheets) for sheets in files]
        for staff_list in lists:
            start(session, actor, staff_list)
        return [staff_list.id for staff_list in lists]


def work(outbox: Outbox, actor: Actor) -> None:
    """Work until nothing is being applied."""
    waiting = True
    while waiting:
        with outbox.transaction() as session:
            apply_next(session, actor.now, "test", BATCH)
        with outbox.transaction() as session:
            waiting = session.scalar(select(StaffList.id).where(StaffList.state == "applying").limit(1)) is not None


def summed(outbox: Outbox, list_ids: list[int]) -> list[dict[str, Count]]:
    """Count the rows of lists."""
    with outbox.transaction() as session:
        return [counts(session, session.get_one(StaffList, each)) for each in list_ids]


def officials(session: Session) -> Counter[str]:
    """Count officials by their names."""
    return Counter(session.scalars(select(Official.full_name)))


def test_two_workers_on_one_list(outbox: Outbox, actor: Actor) -> None:
    """However many workers there are, each row is one official."""
    lists = prepared(outbox, actor, plain_list(people(ROWS)).sheets())

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(work, outbox, actor) for _ in range(4)]:
            each.result()

    with outbox.transaction() as session:
        assert officials(session) == Counter(person.name for person in people(ROWS))
    assert summed(outbox, lists)[0]["create"] == Count(rows=ROWS, done=ROWS)


def test_two_lists_of_the_same_people_at_once(outbox: Outbox, actor: Actor) -> None:
    """The same people in two files, known only by name and birth date, with a unit that is new: nobody twice."""
    files = []
    for note in ("một", "hai"):
        made = ListFile().add([f"Danh sách {note}"], HEADER)
        for number, person in enumerate(people(ROWS), start=1):
            made.add([number, person.name, person.born, person.title, "Phòng Mới", None])
        files.append(made.sheets())
    lists = prepared(outbox, actor, *files)

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(work, outbox, actor) for _ in range(4)]:
            each.result()

    with outbox.transaction() as session:
        assert officials(session) == Counter(person.name for person in people(ROWS))
        assert session.scalar(select(func.count()).where(Agency.name == "Phòng Mới")) == 1
    assert [each["create"].done for each in summed(outbox, lists)] == [ROWS, ROWS]


def test_two_people_start_one_list(outbox: Outbox, actor: Actor) -> None:
    """Of two who press "apply" at the same moment one starts the list, and neither fails."""
    with outbox.transaction() as session:
        house = found_house(session, actor)
        list_id = planned_for(session, actor, house.department.id, plain_list(people(2)).sheets()).id

    def press() -> None:
        with outbox.transaction() as session:
            start(session, actor, session.get_one(StaffList, list_id))

    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(press) for _ in range(8)]:
            each.result()

    with outbox.transaction() as session:
        started = session.scalar(text("SELECT count(*) FROM audit_events WHERE action = 'list.started'"))
    assert started == 1


@pytest.mark.slow
def test_worker_killed_in_the_middle(outbox: Outbox, actor: Actor, database_url: str) -> None:
    """After `kill -9` of the worker, again and again, the list ends with each row done once."""
    lists = prepared(outbox, actor, plain_list(people(ROWS)).sheets())
    reached = 0

    for _ in range(2):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, database_url], cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL
        )
        reached = _wait_for_more(outbox.engine, lists[0], reached, worker)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    work(outbox, actor)

    with outbox.transaction() as session:
        assert officials(session) == Counter(person.name for person in people(ROWS))
    assert summed(outbox, lists)[0]["create"] == Count(rows=ROWS, done=ROWS)
    assert 0 < reached < ROWS


def _wait_for_more(engine: Engine, list_id: int, before: int, worker: subprocess.Popen[bytes]) -> int:
    """Wait until the worker has done more rows."""
    count = text("SELECT count(*) FROM staff_list_rows WHERE list_id = :id AND applied_at IS NOT NULL")
    until = time.monotonic() + 60
    while worker.poll() is None and time.monotonic() < until:
        with engine.connect() as connection:
            done: int = connection.execute(count, {"id": list_id}).scalar_one()
        if done > before:
            return done
        time.sleep(0.01)
    raise AssertionError(worker.poll())

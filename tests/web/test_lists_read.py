"""The job that reads lists: killed it begins anew, given up it says so, and the same file is one list."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from directory.base import system
from directory.staff_lists.hints import Hints
from directory.staff_lists.intake import ATTEMPTS
from directory.staff_lists.purge import purge
from directory.staff_lists.review import counts
from directory.staff_lists.submission import Submission, submit, understand_as
from directory.staff_lists.tables import StaffList, StaffListFile, StaffListRow
from provisioning.bootstrap import Service, clock
from provisioning.jobs.lists import read_one
from tests.book import found_house
from tests.lists.workbooks import ListFile, people, plain_list

WORKER = """
import sys
from pathlib import Path
from provisioning.bootstrap import assemble
from provisioning.config import Settings
from provisioning.jobs.lists import read_one
settings = Settings(database_url=sys.argv[1], secrets_dir=Path(sys.argv[2]), base_url="https://portal.example")
read_one(assemble(settings))
"""


@pytest.fixture
def agency_id(service: Service) -> int:
    """Give the department of the small book."""
    with service.outbox.transaction() as session:
        return found_house(session, system(clock(), "test")).department.id


def hand_in(service: Service, agency_id: int, content: bytes, mode: str = "additions") -> int:
    """Hand a file in; give the id of its list."""
    submission = Submission(agency_id, "list.xlsx", hashlib.sha256(content).hexdigest(), mode)
    with service.outbox.transaction() as session:
        return submit(session, system(clock(), "test"), submission, content).id


def state_of(service: Service, list_id: int) -> str:
    """Give the state of a list."""
    with service.outbox.transaction() as session:
        return session.get_one(StaffList, list_id).state


def test_file_is_sealed(service: Service, agency_id: int) -> None:
    """The file that waits to be read does not lie in the book as it came."""
    content = plain_list(people(2)).xlsx()

    list_id = hand_in(service, agency_id, content)

    with service.outbox.transaction() as session:
        kept = session.get_one(StaffListFile, list_id).content
    assert content[:40] not in kept


def test_reading_tells_how_far_it_is(service: Service, agency_id: int) -> None:
    """How many rows are read stands beside the list."""
    list_id = hand_in(service, agency_id, plain_list(people(7)).xlsx())

    read_one(service)

    with service.outbox.transaction() as session:
        assert session.get_one(StaffListFile, list_id).rows_read == 7


@pytest.mark.slow
def test_worker_killed_while_it_reads(service: Service, agency_id: int, database_url: str, secrets_dir: Path) -> None:
    """After `kill -9` in the middle nothing of a plan is there; the next worker begins anew, with the same result."""
    list_id = hand_in(service, agency_id, plain_list(people(4_000)).xlsx())
    command = [sys.executable, "-c", WORKER, database_url, str(secrets_dir)]
    worker = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    until, attempts = time.monotonic() + 60, 0
    while not attempts:
        assert worker.poll() is None
        assert time.monotonic() < until
        with service.outbox.transaction() as session:
            attempts = session.get_one(StaffListFile, list_id).attempts
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()

    assert state_of(service, list_id) == "reading"
    read_one(service)

    with service.outbox.transaction() as session:
        staff_list = session.get_one(StaffList, list_id)
        assert (staff_list.state, counts(session, staff_list)["create"].rows) == ("planned", 4_000)


def test_file_at_which_workers_die(service: Service, agency_id: int) -> None:
    """A file that was begun again and again without an end is given up, with a sentence."""
    list_id = hand_in(service, agency_id, plain_list(people(2)).xlsx())
    with service.outbox.transaction() as session:
        session.get_one(StaffListFile, list_id).attempts = ATTEMPTS

    read_one(service)

    with service.outbox.transaction() as session:
        staff_list = session.get_one(StaffList, list_id)
        assert (staff_list.state, (staff_list.refusal or {})["error"]) == ("unread", "GaveUp")


def test_the_same_file_is_one_list(service: Service, agency_id: int) -> None:
    """Sent again before it is applied, a file is the list that is there already; in another mode it is another."""
    content = plain_list(people(2)).xlsx()

    first = hand_in(service, agency_id, content)
    read_one(service)
    again, full = hand_in(service, agency_id, content), hand_in(service, agency_id, content, mode="full")

    assert (again, full == first) == (first, False)


def test_postgresql_keeps_one_list_of_a_file(service: Service, agency_id: int) -> None:
    """Going round the code: a second list of the same file cannot be under way."""
    hand_in(service, agency_id, plain_list(people(2)).xlsx())
    copied = (
        "INSERT INTO staff_lists (public_id, agency_id, file_name, sha256, uploaded_at)"
        " SELECT 'x', agency_id, file_name, sha256, now() FROM staff_lists"
    )

    with pytest.raises(IntegrityError), service.outbox.transaction() as session:
        session.execute(text(copied))


def test_columns_are_remembered_for_the_agency(service: Service, agency_id: int) -> None:
    """What a person said of a column holds for the next list of the agency with the same headings."""
    files = []
    for persons in (people(3), people(6)[3:]):
        made = ListFile().add(["STT", "Họ và tên", "Mã riêng", "Số CCCD"])
        for number, person in enumerate(persons, start=1):
            made.add([number, person.name, f"R{person.personal_id[-4:]}", person.personal_id])
        files.append(made.xlsx())
    first = hand_in(service, agency_id, files[0])
    read_one(service)
    with service.outbox.transaction() as session:
        hints = Hints.from_json({"columns": {"C": "staff_number"}})
        understand_as(session, system(clock(), "test"), session.get_one(StaffList, first), hints)
    read_one(service)

    second = hand_in(service, agency_id, files[1])
    read_one(service)

    with service.outbox.transaction() as session:
        columns = session.get_one(StaffList, second).columns
    assert columns["staff_number"]["index"] == 2


def test_old_lists_are_emptied(service: Service, agency_id: int) -> None:
    """After thirty days the file and the rows are gone, and the counts are left; younger lists stay."""
    old, young = (hand_in(service, agency_id, plain_list(people(count)).xlsx()) for count in (3, 4))
    read_one(service)
    read_one(service)
    with service.outbox.transaction() as session:
        session.get_one(StaffList, old).uploaded_at = clock() - timedelta(days=31)

    with service.outbox.transaction() as session:
        assert purge(session, system(clock(), "test"), timedelta(days=30)) == 1

    with service.outbox.transaction() as session:
        left = session.execute(select(StaffListRow.list_id, func.count()).group_by(StaffListRow.list_id)).all()
        staff_list = session.get_one(StaffList, old)
        assert [tuple(each) for each in left] == [(young, 4)]
        assert session.get(StaffListFile, old) is None
        assert (staff_list.guess, counts(session, staff_list)["create"].rows) == (None, 3)
        assert staff_list.state == "cancelled"

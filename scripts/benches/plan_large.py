"""A list of 200,000 rows planned against 2.3 million officials, per row, against one of 10,000 rows at 60,000.

Each plan is made as in earnest, in two processes: one takes the file as the web does, one reads and plans it as the
worker does, with the child that opens the workbook. All three together, each at its peak, must stay below 1 GB: else
no figure is given. The time is the worker's. Every fifth row is somebody of the directory by staff number, the others
are new. Without `--large` there are 20,000 rows against 60,000.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from datetime import time as moment
from itertools import islice
from pathlib import Path
from random import Random

import xlsxwriter
from sqlalchemy import func, select, text

from benches.apart import Spent, apart, reading
from benches.crowd import MIDDLE, crowd
from benches.directories import directories
from benches.figures import BenchError, at_most
from benches.place import folder, servers, service_on
from directory.base import system
from directory.staff_lists.submission import Submission, submit
from directory.staff_lists.tables import StaffList, StaffListRow
from provisioning.bootstrap import Service, clock
from provisioning.jobs.lists import read_one
from provisioning.sample.names import people

NAME = "plan-large"
GOAL = at_most(2)
UNIT = "ms/row"
LARGE_ONLY = True

ROWS, MANY_ROWS = 10_000, 199_990
"""A file may have 200,000 rows with its heading."""
MOST_BYTES = 1_000_000_000
KNOWN = 5
"""Every how many rows is somebody whom the directory knows."""
HEADINGS = ("STT", "Số hiệu cán bộ", "Họ và tên", "Ngày sinh", "Chức vụ")
FORMAT = {"constant_memory": True, "default_date_format": "dd/mm/yyyy"}

_UNSEALED = """
UPDATE officials SET personal_id = NULL, birth_date = NULL, phone = NULL WHERE id % :known = 0 AND id <= :last
"""
"""What the crowd has sealed in its fields opens for nobody; of those in the list the plan looks at it."""


@dataclass(frozen=True)
class Side:
    """A directory, the list that is planned against it, and the two processes that do so."""

    service: Service
    rows: int
    file: Path
    web: Callable[[Path], Spent]
    worker: Callable[[Path], Spent]


@dataclass(frozen=True)
class Place:
    """The two directories."""

    many: Side
    few: Side


@contextmanager
def set_up(large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Write the files, and make a directory of 60,000 beside the others."""
    rows = MANY_ROWS if large else 2 * ROWS
    with folder() as work, directories(large) as both, _middle() as few, ExitStack() as processes:
        for service in (both.many, few):
            with service.outbox.transaction() as session:
                session.execute(text(_UNSEALED), {"known": 3 * KNOWN, "last": 3 * rows})
        sides = [
            Side(
                service,
                count,
                write(work / f"{count}.xlsx", count),
                processes.enter_context(apart(take, service.settings)),
                processes.enter_context(apart(plan, service.settings)),
            )
            for service, count in ((both.many, rows), (few, ROWS))
        ]
        yield Place(*sides)


@contextmanager
def _middle() -> Iterator[Service]:
    """Make a directory of 60,000."""
    with servers("postgresql") as stack, service_on(stack, "middle") as service:
        with service.outbox.engine.begin() as connection:
            crowd(connection, MIDDLE)
        yield service


def ours(place: Place) -> float:
    """Plan the long list."""
    return planned(place.many)


def other(place: Place) -> float:
    """Plan the short list."""
    return planned(place.few)


def write(path: Path, rows: int) -> Path:
    """Write a list; the new ones are of serials that nobody of the directory has."""
    with xlsxwriter.Workbook(str(path), FORMAT) as book:
        sheet = book.add_worksheet("Danh sách")
        sheet.write_row(0, 0, HEADINGS)
        for at, made in enumerate(islice(people(Random(f"{NAME} {rows}")), rows), start=1):
            number = at * 3 if at % KNOWN == 0 else 5_000_000 + at
            born = datetime.combine(made.birth_date, moment())
            sheet.write_row(at, 0, (at, f"CB{number:07}", made.full_name, born, made.title))
    return path


def planned(side: Side) -> float:
    """How many milliseconds a row takes from the sealed file to its plan; the plan is put aside afterwards."""
    web, worker, child = side.web(side.file), side.worker(side.file), reading(side.file)
    told = f"web {web.bytes / 1e6:.0f} MB, worker {worker.bytes / 1e6:.0f} MB, its child {child / 1e6:.0f} MB"
    if web.bytes + worker.bytes + child > MOST_BYTES:
        raise BenchError(f"too much memory at {side.rows} rows: {told}")
    print(f"  {side.rows} rows: {told}", file=sys.stderr)
    with side.service.outbox.transaction() as session:
        found = session.scalar(select(func.count()).select_from(StaffListRow)) or 0
        session.execute(text("UPDATE staff_lists SET state = 'cancelled'"))
        session.execute(text("DELETE FROM staff_list_rows"))
        session.execute(text("DELETE FROM staff_list_files"))
    if found < side.rows:
        raise BenchError(f"of {side.rows} rows only {found} were planned")
    return 1_000 * worker.seconds / side.rows


def take(service: Service, file: Path) -> None:
    """Take a file as the web does."""
    content = file.read_bytes()
    with service.outbox.transaction() as session:
        agency = session.scalars(text("SELECT id FROM agencies WHERE parent_id IS NULL ORDER BY id LIMIT 1")).one()
        submission = Submission(agency, file.name, hashlib.sha256(content).hexdigest())
        submit(session, system(clock(), "bench"), submission, content)


def plan(service: Service, _file: Path) -> None:
    """Read and plan it as the worker does."""
    read_one(service)
    with service.outbox.transaction() as session:
        staff_list = session.scalars(select(StaffList).order_by(StaffList.id.desc()).limit(1)).one()
        if staff_list.state != "planned":
            raise BenchError(f"the list is {staff_list.state}: {staff_list.refusal}")

"""A list of 200,000 rows planned against 2.3 million officials, per row, against one of 10,000 rows at 60,000.

Each plan is made as in earnest, in two processes of its own: one takes the file as the web does, one reads and plans
it as the worker does, with the child that opens the workbook. Both together, child and all, must stay below 1 GB:
else no figure is given. Every fifth row is somebody of the directory by staff number, the others are new. Without
`--large` there are 20,000 rows against 60,000.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from datetime import time as moment
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import xlsxwriter
from sqlalchemy import func, select, text

from benches.crowd import MIDDLE, crowd
from benches.directories import directories
from benches.figures import BenchError, at_most
from benches.place import folder, servers, service_on
from directory.base import system
from directory.staff_lists.submission import Submission, submit
from directory.staff_lists.tables import StaffList, StaffListRow
from provisioning.bootstrap import Service, assemble, clock
from provisioning.config import Settings
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
class Place:
    """The two directories, and a file for each."""

    many: Service
    few: Service
    long: Path
    short: Path
    rows: int


@contextmanager
def set_up(large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Write the files, and make a directory of 60,000 beside the others."""
    rows = MANY_ROWS if large else 2 * ROWS
    with folder() as work, directories(large) as both, _middle() as few:
        for service in (both.many, few):
            with service.outbox.transaction() as session:
                session.execute(text(_UNSEALED), {"known": 3 * KNOWN, "last": 3 * rows})
        place = Place(both.many, few, work / "long.xlsx", work / "short.xlsx", rows)
        write(place.long, rows)
        write(place.short, ROWS)
        yield place


@contextmanager
def _middle() -> Iterator[Service]:
    """Make a directory of 60,000."""
    with servers("postgresql") as stack, service_on(stack, "middle") as service:
        with service.outbox.engine.begin() as connection:
            crowd(connection, MIDDLE)
        yield service


def ours(place: Place) -> float:
    """Plan the long list."""
    return planned(place.many, place.long, place.rows)


def other(place: Place) -> float:
    """Plan the short list."""
    return planned(place.few, place.short, ROWS)


def write(path: Path, rows: int) -> None:
    """Write a list; the new ones are of serials that nobody of the directory has."""
    with xlsxwriter.Workbook(str(path), FORMAT) as book:
        sheet = book.add_worksheet("Danh sách")
        sheet.write_row(0, 0, HEADINGS)
        for at, made in enumerate(islice(people(Random(f"{NAME} {rows}")), rows), start=1):
            number = at * 3 if at % KNOWN == 0 else 5_000_000 + at
            born = datetime.combine(made.birth_date, moment())
            sheet.write_row(at, 0, (at, f"CB{number:07}", made.full_name, born, made.title))


def planned(service: Service, file: Path, rows: int) -> float:
    """How many milliseconds a row takes from the submitted file to its plan; the plan is put aside afterwards."""
    settings = service.settings
    web = _apart(take, settings, file)
    began = time.perf_counter()
    worker = _apart(plan, settings, file)
    taken = time.perf_counter() - began
    if web + worker > MOST_BYTES:
        raise BenchError(f"web and worker took {(web + worker) / 1e6:.0f} MB at {rows} rows")
    print(f"  {rows} rows: web {web / 1e6:.0f} MB, worker {worker / 1e6:.0f} MB", file=sys.stderr)
    with service.outbox.transaction() as session:
        found = session.scalar(select(func.count()).select_from(StaffListRow)) or 0
        session.execute(text("UPDATE staff_lists SET state = 'cancelled'"))
        session.execute(text("DELETE FROM staff_list_rows"))
        session.execute(text("DELETE FROM staff_list_files"))
    if found < rows:
        raise BenchError(f"of {rows} rows only {found} were planned")
    return 1_000 * taken / rows


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


def _apart(do: Callable[[Service, Path], None], settings: Settings, file: Path) -> int:
    """Do something in a process of its own; give the bytes it took at most, its children with it."""
    context = get_context("spawn")
    ours, its = context.Pipe(duplex=False)
    process = context.Process(target=_do, args=(do, settings, file, its))
    process.start()
    its.close()
    try:
        return int(ours.recv())
    except EOFError as error:
        raise BenchError(f"{do.__name__} did not end well") from error
    finally:
        process.join()


def _do(do: Callable[[Service, Path], None], settings: Settings, file: Path, told: Connection) -> None:
    """Do it, and tell the most memory that it took."""
    service = assemble(settings)
    do(service, file)
    service.close()
    most = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    told.send(1024 * sum(most))

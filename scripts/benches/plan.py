"""A list of 10,000 rows against a directory of 60,000, from the file to its plan, against python-calamine alone.

Ours is the job of the worker: the sealed file is opened, read in its child process, understood, held against the
directory row by row, and the plan is written, sealed. The unit sends its list again: one in fifty has another title,
one in fifty is new, everybody else is found unchanged. The other side only reads the cells of the same file. More
than 300 MB of memory, of the worker in a process of its own and its child, is no figure at all.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from python_calamine import load_workbook

from benches.apart import MIB, Spent, apart, reading
from benches.figures import BenchError, at_most, seconds
from benches.listed import ROWS, Listed, analyse, drawn, listed, promoted, write
from directory.staff_lists.review import counts
from directory.staff_lists.tables import StaffList
from provisioning.bootstrap import Service
from provisioning.jobs.lists import read_one

NAME = "plan"
GOAL = at_most(8)
UNIT = "s"

ONE_IN = 50
MOST_MIB = 300


@dataclass(frozen=True)
class Place:
    """The directory, the list that is sent again and again, and the worker that reads it."""

    listed: Listed
    file: Path
    read: Callable[[Path], Spent]


@contextmanager
def set_up(_large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Bring most of the people by a first list."""
    with listed() as found:
        made = drawn(ROWS, NAME)
        first = write(found.folder / "first.xlsx", made[: ROWS - ROWS // ONE_IN])
        list_id = found.plan(first)
        found.start(list_id)
        found.apply(list_id)
        analyse(found.service)
        with apart(read, found.service.settings) as worker:
            yield Place(found, write(found.folder / "again.xlsx", promoted(made, one_in=ONE_IN)), worker)


def ours(place: Place) -> float:
    """Take the list in, and have it read and planned."""
    submitted: list[int] = []
    taken = seconds(lambda: submitted.append(place.listed.submit(place.file)))
    spent = place.read(place.file)
    with place.listed.service.outbox.transaction() as session:
        found = {kind: each.rows for kind, each in counts(session, session.get_one(StaffList, *submitted)).items()}
    new = ROWS // ONE_IN
    if (found["create"], sum(found.values())) != (new, ROWS):
        raise BenchError(f"the list came to {found}")
    _refuse_much_memory(spent, place.file)
    return taken + spent.seconds


def read(service: Service, _file: Path) -> None:
    """Read and plan what waits, as the worker does."""
    read_one(service)


def other(place: Place) -> float:
    """Read the cells."""
    return seconds(lambda: load_workbook(str(place.file)).get_sheet_by_index(0).to_python())


def _refuse_much_memory(spent: Spent, file: Path) -> None:
    """Refuse the figure if the worker at its peak and its child took too much memory together."""
    own, child = spent.bytes // MIB, reading(file) // MIB
    print(f"bench {NAME}: memory of the worker {own} MiB, of its child {child} MiB", file=sys.stderr)
    if own + child > MOST_MIB:
        raise BenchError(f"{own} MiB and {child} MiB in the child are more than {MOST_MIB} MiB")

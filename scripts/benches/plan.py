"""A list of 10,000 rows against a directory of 60,000, from the file to its plan, against python-calamine alone.

Ours is the job of the worker: the sealed file is opened, read in its child process, understood, held against the
directory row by row, and the plan is written, sealed. The unit sends its list again: one in fifty has another title,
one in fifty is new, everybody else is found unchanged. The other side only reads the cells of the same file, in
this process. More than 300 MB of memory, of the worker and its child, is no figure at all.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from python_calamine import load_workbook

from benches.figures import BenchError, at_most, seconds
from benches.listed import ROWS, Listed, analyse, drawn, listed, promoted, write
from directory.staff_lists.review import counts
from directory.staff_lists.tables import StaffList

NAME = "plan"
GOAL = at_most(8)
UNIT = "s"

ONE_IN = 50
CHILD = """
import resource, sys
from pathlib import Path
from provisioning.sheets.reader import read
read(Path(sys.argv[1]).read_bytes())
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
MOST_MIB = 300


@dataclass(frozen=True)
class Place:
    """The directory, and the list that is sent again and again."""

    listed: Listed
    file: Path


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
        yield Place(found, write(found.folder / "again.xlsx", promoted(made, one_in=ONE_IN)))


def ours(place: Place) -> float:
    """Read and plan the list."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    planned: list[int] = []
    taken = seconds(lambda: planned.append(place.listed.plan(place.file)))
    with place.listed.service.outbox.transaction() as session:
        found = {kind: each.rows for kind, each in counts(session, session.get_one(StaffList, *planned)).items()}
    new = ROWS // ONE_IN
    if (found["create"], sum(found.values())) != (new, ROWS):
        raise BenchError(f"the list came to {found}")
    _refuse_much_memory(place.file)
    return taken


def other(place: Place) -> float:
    """Read the cells."""
    return seconds(lambda: load_workbook(str(place.file)).get_sheet_by_index(0).to_python())


def _refuse_much_memory(file: Path) -> None:
    """Refuse the figure if the worker at its peak and its child took too much memory together."""
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    own = int(peak.split()[1]) // 1024
    # A child's own figure begins with the size of whoever started it, so a small process starts it.
    child = int(subprocess.check_output([sys.executable, "-c", CHILD, str(file)], text=True)) // 1024
    print(f"bench {NAME}: memory of the worker {own} MiB, of its child {child} MiB", file=sys.stderr)
    if own + child > MOST_MIB:
        raise BenchError(f"{own} MiB and {child} MiB in the child are more than {MOST_MIB} MiB")

"""The first load of an empty target: LDIF written from the book into `slapadd`, against `slapadd` of a file alone.

After both the target is what the book says: in the end every entry is compared with it, and nothing is to be done.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from benches.figures import BenchError, at_least, seconds
from benches.target import Loaded, load, many
from directory.targets import DEFAULT
from provisioning.cli.ldif import write

NAME = "first-load"
GOAL = at_least(0.5)
UNIT = "entries/s"


@contextmanager
def set_up(large: bool) -> Iterator[Loaded]:  # noqa: FBT001 - as every bench
    """Give the target and its book; in the end nothing may differ, and the new versions are known."""
    with many(large) as place:
        yield place
        report = place.service.scanner.full()
        if report.restored or report.asked or report.foreign:
            raise BenchError(f"there was something to do after the load: {report}")


def ours(place: Loaded) -> float:
    """Write the book's entries straight into the loading program, as `congvu ldif` does."""

    def pour() -> None:
        with subprocess.Popen(place.slapadd, stdin=subprocess.PIPE) as loading:
            if loading.stdin is None:
                raise BenchError("slapadd takes nothing")
            write(place.service, DEFAULT, loading.stdin)
        if loading.returncode:
            raise BenchError(f"slapadd ended with {loading.returncode}")

    with place.emptied():
        return entries(place) / seconds(pour)


def other(place: Loaded) -> float:
    """Load the file."""
    with place.emptied():
        return entries(place) / seconds(lambda: load(place))


def entries(place: Loaded) -> int:
    """Count the entries of the file."""
    with place.ldif.open() as file:
        return sum(line.startswith("dn:") for line in file)

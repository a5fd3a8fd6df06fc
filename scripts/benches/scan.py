"""A scan of 100,000 entries against `ldapsearch` of the same attribute.

Ours reads the version of every entry, compares it with what the book knows, and looks for what is missing; the other
side prints the entries it is given, and compares nothing. A scan that takes memory for all it meets is no figure.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benches.figures import BenchError, at_least, seconds
from benches.place import speak
from benches.target import Loaded, many
from provisioning import worker

NAME = "scan"
GOAL = at_least(0.5)
UNIT = "entries/s"
MOST_MIB = 32
"""A page of entries at a time, and a byte a subject: as little for ten times as many."""
PROCESS = Path("/proc/self")


@contextmanager
def set_up(large: bool) -> Iterator[Loaded]:  # noqa: FBT001 - as every bench
    """Give the target."""
    with many(large) as place:
        worker.settle()  # as in the process that scans: what benches before have left is not looked through again
        yield place


def ours(place: Loaded) -> float:
    """Scan everything; nothing may differ."""
    reports = []
    before = memory_now()
    taken = seconds(lambda: reports.append(place.service.scanner.full()))
    if (grown := memory_at_most() - before) > MOST_MIB:
        raise BenchError(f"the scan took {grown} MiB")
    print(f"  {grown} MiB more while it ran", file=sys.stderr)
    [report] = reports
    if report.restored or report.asked or report.foreign:
        raise BenchError(f"a scan of what nobody touched found something: {report}")
    return report.entries / taken


def other(place: Loaded) -> float:
    """Read the same entries with OpenLDAP's own client."""
    printed = []
    base = place.service.settings.ldap_base
    taken = seconds(lambda: printed.append(speak(place.stack, "ldapsearch", "-LLL", "-b", base, "entryCSN")))
    return printed[0].count("\ndn: ") / taken


def memory_now() -> int:
    """Give how many MiB this process has, and count the most anew from here on."""
    PROCESS.joinpath("clear_refs").write_text("5")
    return _memory("VmRSS")


def memory_at_most() -> int:
    """Give how many MiB it had at most since then."""
    return _memory("VmHWM")


def _memory(name: str) -> int:
    """Read one of the figures that the kernel keeps of a process."""
    lines = PROCESS.joinpath("status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) // 1024

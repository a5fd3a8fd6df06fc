"""Web and worker in processes of their own, as in earnest: what something takes there, in time and in memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from benches.figures import BenchError, seconds
from provisioning.bootstrap import Service, assemble
from provisioning.config import Settings

Deed = Callable[[Service, Path], None]
MIB = 1024 * 1024
_READ = """
import resource, sys
from pathlib import Path
from provisioning.sheets.reader import read
read(Path(sys.argv[1]).read_bytes())
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@dataclass(frozen=True)
class Spent:
    """What a deed took, and how much memory its process had at its peak meanwhile."""

    seconds: float
    bytes: int


@contextmanager
def apart(do: Deed, settings: Settings) -> Iterator[Callable[[Path], Spent]]:
    """Give what does something with a file in a process that stays: what it did before, it has learned."""
    context = get_context("spawn")
    here, there = context.Pipe()
    # Without the keys that were read already: their cipher cannot be sent.
    bare = Settings.model_construct(**{name: getattr(settings, name) for name in Settings.model_fields})
    process = context.Process(target=_serve, args=(do, bare, there))
    process.start()
    there.close()

    def ask(file: Path) -> Spent:
        here.send(file)
        try:
            told = here.recv()
        except EOFError as error:
            raise BenchError(f"the process for {do.__name__} ended") from error
        if isinstance(told, str):
            raise BenchError(told)
        return Spent(*told)

    try:
        yield ask
    finally:
        here.close()
        process.join()


def _serve(do: Deed, settings: Settings, asked: Connection) -> None:
    service = assemble(settings)
    while True:
        try:
            file = asked.recv()
        except EOFError:  # nobody asks any more
            service.close()
            return
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        try:
            taken = seconds(lambda file=file: do(service, file))  # type: ignore[misc]  # bound at once
        except BenchError as error:
            asked.send(str(error))
        else:
            peak = next(each for each in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in each)
            asked.send((taken, 1024 * int(peak.split()[1])))


def reading(file: Path) -> int:
    """How many bytes the child takes that reads a workbook, at its peak.

    A process's own figure begins with the size of whoever started it, so a small one starts it.
    """
    return 1024 * int(subprocess.check_output([sys.executable, "-c", _READ, str(file)], text=True))

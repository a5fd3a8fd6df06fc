"""The parent's side: start the child on a file, hold it to its limits, give its sheets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Timer
from typing import Any

import python_calamine

from directory.staff_lists.cells import Cell, Merged, Sheet, Typed
from provisioning.sheets.limits import Limits
from provisioning.sheets.refusals import BY_NAME, Damaged, TooHeavy

# The child looks for modules in two places only, and is spared what Python does to find others.
_PATH = os.pathsep.join((str(Path(__file__).parents[2]), str(Path(python_calamine.__file__).parents[1])))

_CHILD = "from provisioning.sheets.__main__ import main; main()"  # what -m does costs as much as starting Python


class _Broken(Exception):
    """The child ended before it had said everything."""


def read(content: bytes, limits: Limits | None = None) -> list[Sheet]:
    """Read a file in a child process; a `FileRefused` says what is wrong with it and what to do."""
    with reading(content, limits) as sheets:
        return sheets()


@contextmanager
def reading(content: bytes, limits: Limits | None = None) -> Iterator[Callable[[], list[Sheet]]]:
    """Begin to read a file in a child process; what it gives waits for the sheets, or raises a `FileRefused`."""
    limits = limits or Limits()
    command = [sys.executable, "-P", "-s", "-S", "-c", _CHILD, *limits.arguments()]
    # The child gets no variable of the service: settings and paths of secrets stay here.
    environment = {"PYTHONPATH": _PATH, "PYTHONUTF8": "1", "PATH": os.defpath}
    with (
        _in_memory(content) as file,
        subprocess.Popen(  # noqa: S603 - our own module, with numbers as arguments
            command, env=environment, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as child,
    ):
        clock = Timer(limits.wall_seconds, child.kill)
        clock.start()
        try:
            yield lambda: _told(child)
        finally:
            clock.cancel()
            child.kill()


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """Give a file that is on no disk: unlike a pipe it has room for all of it before the child is there to read."""
    file = os.memfd_create("list")
    try:
        with open(file, "wb", closefd=False) as out:
            out.write(content)
        os.lseek(file, 0, os.SEEK_SET)
        yield file
    finally:
        os.close(file)


def _told(child: subprocess.Popen[bytes]) -> list[Sheet]:
    """Take what the child writes as it writes it."""
    assert child.stdout is not None  # noqa: S101 - it is a pipe
    try:
        return _sheets(child.stdout)
    except _Broken as error:
        # A limit ends the child with a signal; what it stumbled over by itself is wrong with the file.
        raise (Damaged if child.wait() > 0 else TooHeavy) from error


def _sheets(lines: Iterable[bytes]) -> list[Sheet]:
    """Give the sheets from the child's lines; without its last line the kernel ended it at a limit."""
    sheets: list[Sheet] = []
    rows: list[list[Cell]] = []
    for line in lines:
        try:
            document: Any = json.loads(line, object_hook=_date)
        except ValueError as error:
            raise _Broken from error  # cut off in the middle of a line
        if isinstance(document, list):
            rows += document
        elif "sheet" in document:
            rows = []
            merged, typed = [Merged(*each) for each in document["merged"]], [Typed(*each) for each in document["typed"]]
            sheets.append(Sheet(document["sheet"], rows, merged, typed))
        elif "refused" in document:
            raise BY_NAME[document["refused"]](**document["fields"])
        else:
            return sheets
    raise _Broken


def _date(found: dict[str, Any]) -> Any:  # noqa: ANN401 - a cell's date, or a document as it is
    return date.fromisoformat(found["d"]) if len(found) == 1 and "d" in found else found

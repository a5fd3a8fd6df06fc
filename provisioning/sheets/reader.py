"""The parent's side: start the child on a file, hold it to its limits, give its sheets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import weakref
from collections import deque
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
    with _ending(_Child(limits or Limits())) as child:
        return child.begin(content)()


class Reader:
    """Reads files, each in a child process that waits for it already: to start one takes as long as half of reading."""

    def __init__(self) -> None:
        self._waiting: deque[_Child] = deque()
        self.close = weakref.finalize(self, _end_all, self._waiting)
        """Ends who waits. Without this one it would end by itself, for nobody can give it a file any more."""

    @contextmanager
    def reading(self, content: bytes) -> Iterator[Callable[[], list[Sheet]]]:
        """Begin to read a file; what it gives waits for the sheets, or raises a `FileRefused`."""
        with _ending(self._taken()) as child:
            yield child.begin(content)
        if not self._waiting:
            self._waiting.append(_Child(Limits()))

    def _taken(self) -> _Child:
        """Give who waits, or somebody new; of two lists at once each has its own."""
        try:
            child = self._waiting.pop()
        except IndexError:
            return _Child(Limits())
        if child.waits:
            return child
        child.end()
        return _Child(Limits())


class _Child:
    """A process that reads one file: the one that is in its memory once its standard input ends."""

    def __init__(self, limits: Limits) -> None:
        # In memory and on no disk; and unlike a pipe it has room for all of it, though nobody reads yet.
        self._file = os.memfd_create("list")
        command = [sys.executable, "-P", "-s", "-S", "-c", _CHILD, str(self._file), *limits.arguments()]
        # The child gets no variable of the service: settings and paths of secrets stay here.
        environment = {"PYTHONPATH": _PATH, "PYTHONUTF8": "1", "PATH": os.defpath}
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        self._process = subprocess.Popen(  # noqa: S603 - our own module, with numbers as arguments
            command, env=environment, stdin=pipe, stdout=pipe, stderr=nowhere, pass_fds=[self._file]
        )
        self._clock = Timer(limits.wall_seconds, self._process.kill)

    @property
    def waits(self) -> bool:
        """Whether it is still there: while it waits, the kernel may end it as it may end any process."""
        return self._process.poll() is None

    def begin(self, content: bytes) -> Callable[[], list[Sheet]]:
        """Hand the file over; what it gives waits for the sheets."""
        with open(self._file, "wb", closefd=False) as out:
            out.write(content)
        self._clock.start()
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._process.stdin.close()
        return lambda: _told(self._process)

    def end(self) -> None:
        """End the process, whatever it does."""
        self._clock.cancel()
        with self._process:
            self._process.kill()
        os.close(self._file)


@contextmanager
def _ending(child: _Child) -> Iterator[_Child]:
    try:
        yield child
    finally:
        child.end()


def _end_all(children: deque[_Child]) -> None:
    while children:
        children.pop().end()


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
            struck = [(row, column) for row, column in document["struck"]]
            sheets.append(Sheet(document["sheet"], rows, merged, typed, struck))
        elif "refused" in document:
            raise BY_NAME[document["refused"]](**document["fields"])
        else:
            return sheets
    raise _Broken


def _date(found: dict[str, Any]) -> Any:  # noqa: ANN401 - a cell's date, or a document as it is
    return date.fromisoformat(found["d"]) if len(found) == 1 and "d" in found else found

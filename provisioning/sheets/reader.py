"""The parent's side: start the child on a file, hold it to its limits, give its sheets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
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
    limits = limits or Limits()
    command = [sys.executable, "-P", "-s", "-S", "-c", _CHILD, *limits.arguments()]
    # The child gets no variable of the service: settings and paths of secrets stay here.
    environment = {"PYTHONPATH": _PATH, "PYTHONUTF8": "1", "PATH": os.defpath}
    with subprocess.Popen(  # noqa: S603 - our own module, with numbers as arguments
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        clock = Timer(limits.wall_seconds, child.kill)
        clock.start()
        try:
            return _exchange(child, content)
        except (BrokenPipeError, _Broken) as error:
            # A limit ends the child with a signal; what it stumbled over by itself is wrong with the file.
            raise (Damaged if child.wait() > 0 else TooHeavy) from error
        finally:
            clock.cancel()
            child.kill()


def _exchange(child: subprocess.Popen[bytes], content: bytes) -> list[Sheet]:
    """Give the child the file, and take what it writes as it writes it; it says nothing before it has all."""
    assert child.stdin is not None  # noqa: S101 - both are pipes
    assert child.stdout is not None  # noqa: S101 - both are pipes
    child.stdin.write(content)
    child.stdin.close()
    return _sheets(child.stdout)


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

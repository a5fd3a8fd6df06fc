"""The parent's side: start the child on a file, hold it to its limits, give its sheets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from directory.staff_lists.cells import Cell, Merged, Sheet
from provisioning.sheets.limits import Limits
from provisioning.sheets.refusals import BY_NAME, TooHeavy

_ROOT = Path(__file__).parents[2]


def read(content: bytes, limits: Limits | None = None) -> list[Sheet]:
    """Read a file in a child process; a `FileRefused` says what is wrong with it and what to do."""
    limits = limits or Limits()
    command = [sys.executable, "-P", "-s", "-m", "provisioning.sheets", *limits.arguments()]
    # The child gets no variable of the service: settings and paths of secrets stay here.
    environment = {"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1", "PATH": os.defpath}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, with numbers as arguments
            command, input=content, env=environment, capture_output=True, timeout=limits.wall_seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise TooHeavy from error
    return _sheets(done.stdout)


def _sheets(output: bytes) -> list[Sheet]:
    """Give the sheets from the child's lines; without its last line the kernel ended it at a limit."""
    sheets: list[Sheet] = []
    rows: list[list[Cell]] = []
    for line in output.splitlines():
        try:
            document: Any = json.loads(line)
        except ValueError as error:
            raise TooHeavy from error  # cut off in the middle of a line
        if isinstance(document, list):
            rows.append([_cell(each) for each in document])
        elif "sheet" in document:
            rows = []
            sheets.append(Sheet(document["sheet"], rows, [Merged(*each) for each in document["merged"]]))
        elif "refused" in document:
            raise BY_NAME[document["refused"]](**document["fields"])
        else:
            return sheets
    raise TooHeavy


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever JSON carries
    return date.fromisoformat(value["d"]) if isinstance(value, dict) else value

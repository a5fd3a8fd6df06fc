"""The process for the next file waits already; each reads one file and no more."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.sheets.reader import Reader

FILE = "Họ và tên\nLê Văn An\n".encode()


@pytest.fixture
def reader() -> Iterator[Reader]:
    """Give a reader, and end who waits."""
    made = Reader()
    yield made
    made.close()


def children() -> set[int]:
    """Give the processes that this one has started."""
    return {int(each) for each in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def read(reader: Reader) -> list[list[object]]:
    """Read the file; give its rows."""
    with reader.reading(FILE) as sheets:
        return [list(row) for row in sheets()[0].rows]


def test_file_read_by_who_waited(reader: Reader) -> None:
    """A file is read by the process that waits, and another one waits for the next."""
    before = children()
    first = read(reader)
    (waiting,) = children() - before

    second = read(reader)

    assert first == second == [["Họ và tên"], ["Lê Văn An"]]
    (next_one,) = children() - before
    assert next_one != waiting


def test_who_waited_was_killed(reader: Reader) -> None:
    """If the process that waits is killed, the next file is read by a new one."""
    before = children()
    rows = read(reader)
    (waiting,) = children() - before
    os.kill(waiting, signal.SIGKILL)
    os.waitid(os.P_PID, waiting, os.WEXITED | os.WNOWAIT)

    again = read(reader)

    assert again == rows


def test_nobody_waits_after_the_end() -> None:
    """Whoever is done with reading leaves no process behind."""
    before = children()
    reader = Reader()
    read(reader)

    reader.close()

    assert children() == before

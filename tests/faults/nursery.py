"""A process that starts workers and lets them die, as a test orders."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
ENDED = "signal 0"


@dataclass
class Nursery:
    """The other side of tests/faults/dying_worker.py."""

    process: subprocess.Popen[str]

    def order(self, order: str) -> str:
        """Give an order and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def kill(self, point: str) -> None:
        """Let a worker die at a point; one that does not get there is a fault of the test."""
        assert self.order(f"kill {point}") == f"signal {-signal.SIGKILL}", point

    def freeze(self, point: str) -> None:
        """Stop a worker at a point."""
        assert self.order(f"freeze {point}") == f"signal {signal.SIGSTOP}", point

    def thaw(self) -> None:
        """Let the frozen worker go on, to its end."""
        assert self.order("thaw") == ENDED

    def run(self) -> None:
        """Let a worker do a whole round."""
        assert self.order("run") == ENDED


@contextmanager
def nursery(settings: Mapping[str, str], module: str = "tests.faults.dying_worker") -> Iterator[Nursery]:
    """Open a nursery under these settings."""
    with subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=HOUSE,
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield Nursery(process)
        with suppress(ProcessLookupError):  # a worker that a failed test has left frozen
            os.killpg(process.pid, signal.SIGKILL)

"""A worker that rolls a policy out and dies: `python -m tests.faults.dying_rollout DATABASE_URL BATCHES SIZE`."""

from __future__ import annotations

import os
import signal
import sys

from sqlalchemy import create_engine

from directory.base import system
from directory.lifecycle import roll_out_next
from provisioning.outbox import Outbox
from tests.conftest import KEYS, NOW


def main(database_url: str, batches: int, size: int) -> None:
    """Do some batches and end in the middle of the next: it is done, but not committed."""
    outbox = Outbox(create_engine(database_url), KEYS, lambda _session, _wake_up: None)
    for number in range(batches + 1):
        with outbox.transaction() as session:
            roll_out_next(session, system(NOW, "a worker"), size)
            if number == batches:
                os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

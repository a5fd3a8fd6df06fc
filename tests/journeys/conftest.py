"""The whole house for journeys: the four servers, the worker, the web and the sample, started once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import pytest

from stack.servers import Stack
from stack.service import service

TREE = Path(__file__).parents[2]


@dataclass(frozen=True)
class House:
    """What is running, and the settings under which programs find it."""

    stack: Stack
    environment: dict[str, str]

    def program(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of the project's programs in the tree, as a person would."""
        environment = {**os.environ, **self.environment, "PYTHONPATH": str(TREE / "scripts")}
        return subprocess.run(
            [sys.executable, *words],
            cwd=TREE,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """Give the whole house with the sample in it."""
    if os.geteuid() != 0:
        pytest.skip("Postfix needs root: the journeys did not run")
    # pytest's own folders are closed to the users that servers run as, and their paths are long for sockets.
    root = Path(tempfile.mkdtemp(prefix="congvu-house-", dir="/tmp"))
    with Stack(root, durable=False) as stack:
        house = House(stack, stack.environment())
        for words in (("migrate",), ("sample", "load")):
            done = house.program("-m", "provisioning", *words)
            assert done.returncode == 0, done.stderr
        stack.supervisor.start(*service(house.environment, stack.layout, stack.ports))
        yield house
    rmtree(root, ignore_errors=True)

"""A worker is killed with -9 at marked points of a round: what it left is found, nothing is lost or doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines import Engine
from tests.faults.checks import assert_all_is_real
from tests.faults.conftest import Connect
from tests.faults.dying_worker import POINTS
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.faults
HOUSE = Path(__file__).resolve().parents[2]
NAMES = [f"Nguyễn Văn {first}n" for first in "ABCDEGHKLM"]


def die_at(point: str, servers: Servers, database_url: str) -> int:
    """Let a worker process die at a point; give how it ended."""
    settings = {**os.environ, **servers.environment(), "CONGVU_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "tests.faults.dying_worker", point]
    return subprocess.run(command, cwd=HOUSE, env=settings, check=False).returncode


@pytest.mark.parametrize("point", POINTS)
def test_worker_killed(engine: Engine, slapd: Servers, connect: Connect, database_url: str, point: str) -> None:
    """After a worker died at this point, the next finds what it did and does the rest."""
    for number in engine.hire(*NAMES):
        engine.app_password(number)
    assert die_at(point, slapd, database_url) == -signal.SIGKILL
    assert engine.due() == len(NAMES)

    engine.settle()

    assert_all_is_real(engine, connect())


def test_claims_of_a_dead_worker_are_not_taken_early(engine: Engine, slapd: Servers, database_url: str) -> None:
    """What a dead worker had claimed is left alone until its lease ends."""
    engine.hire(*NAMES)
    die_at("claimed", slapd, database_url)

    assert engine.run().claimed == 0

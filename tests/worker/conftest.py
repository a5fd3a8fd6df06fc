"""The service with a real worker beside it, on real servers and a database of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provisioning.bootstrap import Service, assemble
from provisioning.config import Settings
from tests.conftest import administer
from tests.stack_fixtures import Servers, servers

__all__ = ["servers"]

HOUSE = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def settings(servers: Servers, cluster: str, schema: str) -> Iterator[dict[str, str]]:
    """Give the variables under which a program finds the servers and a database of these tests' own."""
    servers.need("mail")
    administer(cluster, "CREATE DATABASE worked TEMPLATE schema")
    yield {**servers.environment(), "CONGVU_DATABASE_URL": cluster.format("worked")}
    administer(cluster, "DROP DATABASE worked WITH (FORCE)")


@pytest.fixture(scope="module")
def service(settings: dict[str, str]) -> Iterator[Service]:
    """Give the service."""
    named = {name.removeprefix("CONGVU_").lower(): value for name, value in settings.items()}
    service = assemble(Settings(**{name: value for name, value in named.items() if name in Settings.model_fields}))  # type: ignore[arg-type]  # pydantic reads text
    yield service
    service.close()


class Worker:
    """A worker process whose log can be read."""

    def __init__(self, settings: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "provisioning", "worker"],
                cwd=HOUSE,
                env={**os.environ, **settings},
                stdout=out,
                stderr=out,
            )
        wait_until(lambda: "is ready" in log.read_text() or self.process.poll() is not None)
        assert self.process.poll() is None, log.read_text()

    def stop(self) -> int:
        """Ask it to stop, and give how it ended."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def worker(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Give a running worker; in the end it must stop in good order."""
    worker = Worker(settings, tmp_path_factory.mktemp("worker") / "worker.log")
    yield worker
    assert worker.stop() == 0, worker.log.read_text()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; it fails only when that takes absurdly long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)

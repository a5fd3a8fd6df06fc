"""The service on top of the servers: workers, web, and who tells Postfix about mailing lists."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from . import venv
from .accounts import run_as, this_account
from .layout import Layout
from .ports import ADDRESS, Ports
from .server import Server, answers

WEB_THREADS = 8


@dataclass
class Worker:
    """Does what is due in some lanes: entries, notices, lists and reports."""

    settings: dict[str, str]
    log: Path
    name: str
    lanes: tuple[str, ...]
    stop_signal: signal.Signals = signal.SIGTERM
    # It finishes the jobs at hand.
    patience: float = 30.0
    log_before: int = 0

    def prepare(self) -> None:
        """Remembers where its log ends, because it says there that it is ready."""
        self.log_before = self.log.stat().st_size if self.log.exists() else 0

    def command(self) -> list[str]:
        """The worker in the foreground."""
        return run_as(this_account(), [venv.program("congvu"), "worker", *(f"--lane={lane}" for lane in self.lanes)])

    def environment(self) -> dict[str, str]:
        """The settings of the service."""
        return self.settings

    def is_ready(self) -> bool:
        """Whether it has said so: it listens nowhere."""
        with self.log.open("rb") as log:
            log.seek(self.log_before)
            return b" is ready" in log.read()


@dataclass
class ListSenders:
    """Tells Postfix who may send to a mailing list."""

    settings: dict[str, str]
    port: int
    name: str = "list-senders"
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 20.0

    def prepare(self) -> None:
        """Nothing to write."""

    def command(self) -> list[str]:
        """The program in the foreground."""
        return run_as(this_account(), [venv.program("congvu"), "list-senders"])

    def environment(self) -> dict[str, str]:
        """The settings of the service."""
        return self.settings

    def is_ready(self) -> bool:
        """Whether it answers a question about an address that is no list."""
        return answers(self.port, b"request=smtpd_access_policy\n\n", b"action=")


@dataclass
class Web:
    """Serves the pages."""

    settings: dict[str, str]
    port: int
    name: str = "web"
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 20.0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{ADDRESS}:{self.port}"

    def prepare(self) -> None:
        """Nothing to write."""

    def command(self) -> list[str]:
        """The web server in the foreground."""
        words = ["--bind", f"{ADDRESS}:{self.port}", "--workers", str(min(os.cpu_count() or 1, 4))]
        # Its control socket would lie in the caller's home.
        words += ["--threads", str(WEB_THREADS), "--worker-class", "gthread", "--no-control-socket"]
        # The service is imported once and its processes are copies; it opens no connection before it is asked.
        words += ["--preload"]
        return run_as(this_account(), [venv.program("gunicorn"), *words, "provisioning.app:create_app()"])

    def environment(self) -> dict[str, str]:
        """The settings of the service."""
        return self.settings

    def is_ready(self) -> bool:
        """Whether it answers at all; /healthy says 503 while a part behind it does not."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthy", timeout=5) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except (urllib.error.URLError, OSError):
            return False


def service(environment: dict[str, str], layout: Layout, ports: Ports) -> list[Server]:
    """Everything on top of the servers; the web says it is ready when all of them are."""
    lanes = {"entries": ("reconcile",), "worker": ("default", "notices")}
    workers = [Worker(environment, layout.log_file(name), name, each) for name, each in lanes.items()]
    for worker in workers:
        worker.prepare()
    return [*workers, ListSenders(environment, ports.list_senders), Web(environment, ports.web)]

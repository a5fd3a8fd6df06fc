"""An office PC with the import script, a portal served on loopback, and a worker that works."""

from __future__ import annotations

import os
import pty
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from directory.officials import Official
from directory.staff_lists.tables import StaffList
from tests.lists.workbooks import people
from tests.web.importing import work
from tests.web.people import DEPARTMENT

SCRIPT = Path(__file__).parents[2] / "scripts/import_staff.py"


@contextmanager
def served(app: Flask, port: int = 0, ssl: tuple[str, str] | None = None) -> Iterator[int]:
    """Serve the application on loopback; give the port."""
    server = make_server("127.0.0.1", port, app, threaded=True, ssl_context=ssl)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def working(app: Flask, does: Callable[[Flask], None] = work) -> Iterator[None]:
    """Do what the worker does, or a part of it, for as long as it is needed."""
    stopping = threading.Event()

    def loop() -> None:
        while not stopping.wait(0.1):
            does(app)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@contextmanager
def dropping(port: int) -> Iterator[tuple[int, list[int]]]:
    """Stand before the portal and cut every second answer off; give the port, and the connections that were cut."""
    dropped: list[int] = []
    numbers = count()

    class Line(socketserver.BaseRequestHandler):
        """One connection."""

        def handle(self) -> None:
            """Hand the request on, and the answer back: whole, or its first bytes."""
            number = next(numbers)
            with socket.create_connection(("127.0.0.1", port)) as portal:
                pump = threading.Thread(target=_pump, args=(self.request, portal), daemon=True)
                pump.start()
                if number % 2:
                    _pump(portal, self.request)
                else:
                    self.request.sendall(portal.recv(20))
                    dropped.append(number)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1], dropped
        finally:
            server.shutdown()
            thread.join()


def _pump(begin: socket.socket, end: socket.socket) -> None:
    """Carry bytes from one side to the other until it has no more."""
    with suppress(OSError):
        while some := begin.recv(65536):
            end.sendall(some)


class Office:
    """An office PC with a list, a token and the script."""

    def __init__(self, folder: Path, token: str, server: str) -> None:
        self.folder, self.server = folder, server
        self.list = folder / "danh sách.xlsx"
        self.token = folder / "token"
        self.token.write_text(token + "\n")

    def command(self, *more: str, agency: str = DEPARTMENT) -> list[str]:
        """Give the command line."""
        told = ["--server", self.server, "--token-file", str(self.token), "--agency", agency]
        return [sys.executable, "-I", str(SCRIPT), str(self.list), *told, *more]

    def run(self, *more: str, agency: str = DEPARTMENT) -> subprocess.CompletedProcess[str]:
        """Run the script to its end."""
        return subprocess.run(
            self.command(*more, agency=agency),
            capture_output=True, encoding="utf-8", timeout=120, check=False, env=environment(), stdin=subprocess.DEVNULL
        )  # fmt: skip

    def answer(self, line: str) -> tuple[str, int]:
        """Run the script at a terminal and answer its question; give what it said and its exit code."""
        ours, theirs = pty.openpty()
        with os.fdopen(ours, "w") as keyboard, os.fdopen(theirs) as terminal:
            keyboard.write(line + "\n")
            keyboard.flush()
            run = subprocess.run(
                self.command(),
                stdin=terminal, capture_output=True, encoding="utf-8", timeout=120, check=False, env=environment()
            )  # fmt: skip
        return run.stdout, run.returncode

    def begin(self, *more: str) -> subprocess.Popen[str]:
        """Run the script and do not wait. Ctrl-C reaches it even where the tests run in the background, without it."""
        return subprocess.Popen(
            ["/usr/bin/env", "--default-signal=INT", *self.command(*more)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment(),
        )


def environment() -> Mapping[str, str]:
    """Give the environment of an office PC: a console that knows no Vietnamese."""
    return {"PATH": os.defpath, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def officials(app: Flask) -> int:
    """Count those whom a list brought."""
    with app.extensions["congvu"].outbox.transaction() as session:
        names = [person.name for person in people(60)]
        return session.scalar(select(func.count()).where(Official.full_name.in_(names))) or 0


def state_of(app: Flask) -> str | None:
    """Give the state of the last list."""
    with app.extensions["congvu"].outbox.transaction() as session:
        state: str | None = session.scalar(select(StaffList.state).order_by(StaffList.id.desc()).limit(1))
        return state


def wait_for(app: Flask, state: str) -> None:
    """Wait until the last list is in a state."""
    until = time.monotonic() + 60
    while state_of(app) != state:
        assert time.monotonic() < until
        time.sleep(0.05)

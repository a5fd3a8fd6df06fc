"""Starts servers in order, waits for each to answer, and stops them in reverse."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from .errors import StackError
from .layout import Layout
from .server import Server

START_SECONDS = 60.0
POLL_SECONDS = 0.02
LAST_LINES = 15


@dataclass
class Running:
    """A server and its process."""

    server: Server
    process: subprocess.Popen[bytes]


class Supervisor:
    """The processes of one stack. One supervisor at a time may hold a folder."""

    def __init__(self, layout: Layout, say: Callable[[str], None]) -> None:
        self.layout = layout
        self.say = say
        self.running: dict[str, Running] = {}
        self.record = layout.run / "processes.json"
        self.lock: int | None = None
        self.asked_to_stop = False

    def heed_signals(self) -> None:
        """Takes Ctrl-C and a plain kill as a request that is met where nothing is left half done.

        Python's own way, an exception at any moment, may strike while a process is being waited for, and then its
        lock is held for ever.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.ask_to_stop)

    def ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Somebody has asked; once more changes nothing."""
        self.asked_to_stop = True

    def heed(self) -> None:
        """Ends what is being done if somebody has asked to stop."""
        if self.asked_to_stop:
            raise KeyboardInterrupt

    def take(self) -> None:
        """Claims the folder and ends what an earlier supervisor that was killed has left running."""
        lock = os.open(self.layout.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            os.close(lock)
            raise StackError(
                f"This stack is already running (folder {self.layout.root}). Stop it with Ctrl-C where it was started."
            ) from held
        self.lock = lock
        self.end_leftovers()

    def end_leftovers(self) -> None:
        """Stops the processes on record that are still the ones we started."""
        if not self.record.exists():
            return
        for name, pid, born, stop_signal in reversed(json.loads(self.record.read_text(encoding="utf-8"))):
            if birth(pid) != born:
                continue
            self.say(f"{name}: left over from a start that was killed; stopping it")
            os.kill(pid, stop_signal)
            deadline = time.monotonic() + 5
            while birth(pid) == born and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
            if birth(pid) == born:
                os.killpg(pid, signal.SIGKILL)
        self.record.unlink()

    def start(self, *servers: Server) -> None:
        """Starts servers side by side and returns when all of them answer."""
        began = time.monotonic()
        self.heed()
        for server in servers:
            self.launch(server)
        for server in servers:
            self.wait_ready(server)
            self.say(f"{server.name}: ready in {time.monotonic() - began:.2f} s")

    def launch(self, server: Server) -> None:
        """Starts the process; what it prints goes to its log file."""
        with self.layout.log_file(server.name).open("ab") as log:
            process = subprocess.Popen(
                server.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8", **server.environment()},
                cwd=self.layout.root,
                # Ctrl-C reaches the supervisor only; it stops the others in order.
                start_new_session=True,
            )
        self.running[server.name] = Running(server, process)
        self.write_record()

    def wait_ready(self, server: Server) -> None:
        """Waits until a server answers, or says why it will not."""
        process = self.running[server.name].process
        deadline = time.monotonic() + START_SECONDS
        while not server.is_ready():
            self.heed()
            if process.poll() is not None:
                self.running.pop(server.name)
                raise StackError(f"{server.name} ended at once.\n{self.last_words(server.name)}")
            if time.monotonic() > deadline:
                raise StackError(
                    f"{server.name} did not answer within {START_SECONDS:.0f} s.\n{self.last_words(server.name)}"
                )
            time.sleep(POLL_SECONDS)

    def write_record(self) -> None:
        """Leaves on disk what runs, for the next supervisor if this one is killed."""
        rows = [
            (name, one.process.pid, birth(one.process.pid), int(one.server.stop_signal))
            for name, one in self.running.items()
        ]
        draft = self.record.with_suffix(".new")
        draft.write_text(json.dumps(rows), encoding="utf-8")
        draft.replace(self.record)

    def last_words(self, name: str) -> str:
        """The end of a process's log, prefixed with its name."""
        path = self.layout.log_file(name)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join([*(f"{name} | {line}" for line in lines), f"(the whole log: {path})"])

    def ended(self) -> str | None:
        """The name of a server that stopped by itself."""
        for name, one in self.running.items():
            if one.process.poll() is not None:
                return name
        return None

    def stop(self, name: str) -> None:
        """Stops one server, kindly and then not."""
        one = self.running.pop(name)
        # A server that a test has frozen could not hear the signal.
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGCONT)
            one.process.send_signal(one.server.stop_signal)
        try:
            one.process.wait(one.server.patience)
        except subprocess.TimeoutExpired:
            os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()
        self.write_record()

    def stop_all(self) -> None:
        """Stops everything, the last started first, and lets go of the folder."""
        for name in reversed(list(self.running)):
            began = time.monotonic()
            self.stop(name)
            self.say(f"{name}: stopped in {time.monotonic() - began:.2f} s")
        if self.lock is not None:
            self.record.unlink(missing_ok=True)
            os.close(self.lock)
            self.lock = None


def birth(pid: int) -> str | None:
    """When a process began, in the kernel's count; with its id this names one process for ever."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *rest = text.rpartition(")")[2].split()
    return None if state == "Z" else rest[18]

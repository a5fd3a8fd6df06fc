"""The four servers together, in any folder: for scripts/run, for tests, for measurements."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from . import settings
from .accounts import is_root
from .dovecot import Dovecot
from .errors import StackError
from .layout import Layout
from .ports import Ports
from .postfix import Postfix
from .postgresql import PostgreSQL
from .server import Server
from .slapd import Slapd
from .supervise import Supervisor
from .tls import certify

# In the order they start.
PARTS = ("postgresql", "slapd", "dovecot", "postfix")


def silent(_line: str) -> None:
    """For stacks that nobody watches."""


class Stack:
    """A private set of servers in one folder.

    As a context manager it starts them and stops them again. Parts may be added, stopped, frozen and killed one by
    one, which is what tests of faults do. `durable=False` gives up safety from a power cut for speed, never from
    a killed process.
    """

    def __init__(
        self,
        root: Path,
        ports: Ports | None = None,
        parts: Iterable[str] = PARTS,
        *,
        durable: bool = True,
        say: Callable[[str], None] = silent,
    ) -> None:
        self.layout = Layout(root.resolve())
        self.layout.refuse_long_paths()
        self.claim: socket.socket | None = None
        if ports is None:
            ports, self.claim = Ports.reserve()
        self.ports = ports
        wanted = set(parts)
        self.parts = [part for part in PARTS if part in wanted]
        self.durable = durable
        # Every client of a private stack has the same address: a brake by address would stop them all.
        self.auth_rate = 0
        self.supervisor = Supervisor(self.layout, say)
        # Folders of servers lie below it and their users must get there.
        self.layout.folder(".")
        self.certificate = certify(self.layout)

    @property
    def postgresql(self) -> PostgreSQL:
        """The book of record's server."""
        return PostgreSQL(self.layout, self.ports.postgresql, self.durable)

    @property
    def slapd(self) -> Slapd:
        """The target's server."""
        return Slapd(self.layout, self.ports.ldap, self.certificate, self.durable)

    @property
    def dovecot(self) -> Dovecot:
        """The mail store's server."""
        return Dovecot(self.layout, self.ports, self.certificate, is_braked=self.auth_rate > 0)

    @property
    def postfix(self) -> Postfix:
        """The mail transport; only for root."""
        if not is_root():
            raise StackError("Postfix needs root. Without it, mail is delivered straight to Dovecot by LMTP.")
        return Postfix(self.layout, self.ports, self.certificate, auth_rate=self.auth_rate)

    def start(self) -> None:
        """Starts all parts, in order."""
        self.supervisor.take()
        for part in list(self.parts):
            self.add(part)

    def add(self, part: str) -> None:
        """Starts one part more, if it does not run."""
        if part in self.supervisor.running:
            return
        if part not in self.parts:
            self.parts.append(part)
        server: Server = getattr(self, part)
        server.prepare()
        self.supervisor.start(server)

    def stop(self, part: str) -> None:
        """Stops one part; `add` starts it again with what it had."""
        self.supervisor.stop(part)

    def kill(self, part: str) -> None:
        """Ends one part as a crash would."""
        self.send(part, signal.SIGKILL)
        self.supervisor.running[part].process.wait()
        self.supervisor.running.pop(part)

    def send(self, part: str, what: signal.Signals) -> None:
        """Sends a signal to one part: SIGSTOP freezes it, SIGCONT lets it go on."""
        self.supervisor.running[part].process.send_signal(what)

    def environment(self) -> dict[str, str]:
        """The settings under which the service finds this stack."""
        return settings.environment(self)

    def close(self) -> None:
        """Stops all parts and lets go of folder and ports."""
        self.supervisor.stop_all()
        if self.claim is not None:
            self.claim.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

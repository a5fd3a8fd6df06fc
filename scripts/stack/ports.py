"""The ports of a stack, all on the loopback address."""

from __future__ import annotations

import errno
import random
import socket
from dataclasses import asdict, dataclass

from .errors import StackError

ADDRESS = "127.0.0.1"
DEFAULT_BASE = 8000
LOWEST_BASE, HIGHEST_BASE = 1024, 65000
# First, end and step of the bases for sets that choose their own.
RESERVED = (10_000, 32_000, 100)
CLAIM = 99


@dataclass(frozen=True)
class Ports:
    """One port for each door; beside the web's, each ends in the last two digits of its usual number."""

    web: int
    postgresql: int
    ldap: int
    smtp: int
    submission: int
    imap: int
    pop3: int
    lmtp: int
    doveadm: int
    list_senders: int

    @classmethod
    def from_base(cls, base: int) -> Ports:
        """The ports of `scripts/run`: 8000 gives itself to the web, 8025 to SMTP, 8093 to IMAP and so on."""
        if not LOWEST_BASE <= base <= HIGHEST_BASE:
            raise StackError(f"--port-base {base} will not do; take a number from {LOWEST_BASE} to {HIGHEST_BASE}.")
        return cls(
            web=base,
            postgresql=base + 32,
            ldap=base + 89,
            smtp=base + 25,
            submission=base + 87,
            imap=base + 93,
            pop3=base + 95,
            lmtp=base + 24,
            doveadm=base + 47,
            list_senders=base + 30,
        )

    @classmethod
    def reserve(cls) -> tuple[Ports, socket.socket]:
        """Ports that nobody uses, for sets that run beside each other; they are ours until the socket is closed.

        No server uses the last of the hundred, so holding it tells other sets to stay away. They lie below the ports
        that the kernel gives to clients, which could take one between our look and a server's start.
        """
        bases = list(range(*RESERVED))
        random.SystemRandom().shuffle(bases)
        for base in bases:
            claim = socket.socket()
            try:
                claim.bind((ADDRESS, base + CLAIM))
                ports = cls.from_base(base)
                ports.refuse_taken()
            except (OSError, StackError):
                claim.close()
            else:
                return ports, claim
        raise StackError(f"All ports from {RESERVED[0]} to {RESERVED[1]} are taken.")

    def refuse_taken(self) -> None:
        """Stops before anything is started if another program listens on one of them."""
        for name, port in asdict(self).items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((ADDRESS, port))
                except OSError as refused:
                    if refused.errno != errno.EADDRINUSE:
                        raise
                    raise StackError(
                        f"Port {port} ({name}) is taken by another program. Stop that program (see it with: "
                        f"ss -tlnp 'sport = :{port}'), or choose others with --port-base, "
                        f"such as --port-base {DEFAULT_BASE + 1000}."
                    ) from refused

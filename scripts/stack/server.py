"""What the supervisor needs to know of a server."""

from __future__ import annotations

import contextlib
import signal
import socket
import ssl
from typing import Protocol

from .ports import ADDRESS

ANSWER_SECONDS = 2.0


class Server(Protocol):
    """One long-running process of the stack."""

    name: str
    stop_signal: signal.Signals
    # Seconds it may take to stop before it is killed.
    patience: float

    def prepare(self) -> None:
        """Writes its files; quick if they are there already."""

    def command(self) -> list[str]:
        """What to start, in the foreground."""

    def environment(self) -> dict[str, str]:
        """Variables it needs beside those of every process."""

    def is_ready(self) -> bool:
        """Whether it answers as it should."""


def answers(port: int, question: bytes, answer: bytes, *, under_tls: bool = False) -> bool:
    """Whether a server on that port answers a question (or greets, if there is none) with these bytes first."""
    try:
        with contextlib.ExitStack() as open_lines:
            line = open_lines.enter_context(socket.create_connection((ADDRESS, port), timeout=ANSWER_SECONDS))
            if under_tls:
                line = open_lines.enter_context(anybody().wrap_socket(line))
            line.sendall(question)
            return line.recv(len(answer)) == answer
    except OSError:
        return False


def anybody() -> ssl.SSLContext:
    """Takes any certificate: here it is asked only whether somebody answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context

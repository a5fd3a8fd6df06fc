"""TLS over a socket that reads all that has arrived at once."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
_CHUNK = 256 * 1024


class TlsLine:
    """A secured line, as far as it is used of a socket.

    slapd sends each entry in a record of its own, and `ssl.SSLSocket` asks the system several times for each: that
    took more time than all else about a walk through a hundred thousand of them.
    """

    def __init__(self, line: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self.line = line
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=host)
        self.carry_for(self.tls.do_handshake)

    def carry_for(self, act: Callable[[], Result]) -> Result:
        """Do something, and carry bytes both ways for as long as it waits for some."""
        while True:
            try:
                result = act()
            except ssl.SSLWantReadError:
                self.flush()
                self.fill()
            else:
                self.flush()
                return result

    def flush(self) -> None:
        """Send what is to be sent."""
        if self.outgoing.pending:
            self.line.sendall(self.outgoing.read())

    def fill(self) -> None:
        """Wait for bytes and take all that are there."""
        if arrived := self.line.recv(_CHUNK):
            self.incoming.write(arrived)
        else:
            self.incoming.write_eof()

    def sendall(self, data: bytes | bytearray) -> None:
        """Send bytes."""
        self.carry_for(lambda: self.tls.write(data))

    def recv(self, size: int) -> bytes:
        """Give bytes that have arrived, or wait for some; none: the other side has ended the talk."""
        found = [self.carry_for(lambda: self.tls.read(size))]
        left = size - len(found[0])
        while left and self.incoming.pending:
            try:
                more = self.tls.read(left)
            except ssl.SSLWantReadError:
                break  # the rest of this record is still on its way
            if not more:
                break
            found.append(more)
            left -= len(more)
        return b"".join(found)

    def settimeout(self, seconds: float | None) -> None:
        """Wait for the other side no longer than this, each time."""
        self.line.settimeout(seconds)

    def setsockopt(self, level: int, option: int, value: int) -> None:
        """Set an option of the line itself."""
        self.line.setsockopt(level, option, value)

    def close(self) -> None:
        """Let go of the line."""
        self.line.close()

"""A TCP proxy between the service and a server, that breaks the line as a test orders."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

ADDRESS = "127.0.0.1"


@dataclass
class Proxy:
    """Carries bytes to a port. `mode` says how well:

    `fine`: all of them; `mute`: what the server answers is lost; `deaf`: nothing reaches the server and nothing
    comes back, though the line is open. `cut_after` resets the line after so many bytes of answers.
    """

    port: int
    mode: str = "fine"
    cut_after: int | None = None
    carried: int = 0
    lines: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.door = socket.create_server((ADDRESS, 0))
        threading.Thread(target=self.welcome, daemon=True).start()

    @property
    def entrance(self) -> int:
        """The port where the service connects."""
        port: int = self.door.getsockname()[1]
        return port

    def welcome(self) -> None:
        """Take connections until the door is shut."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.door.accept()
                server = socket.create_connection((ADDRESS, self.port))
                self.lines += (client, server)
                threading.Thread(target=self.carry, args=(client, server, "deaf"), daemon=True).start()
                threading.Thread(target=self.carry, args=(server, client, "mute"), daemon=True).start()

    def carry(self, source: socket.socket, sink: socket.socket, lossy: str) -> None:
        """Carry bytes one way; they are dropped while the mode says so."""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self.mode in {lossy, "deaf"}:
                    continue
                if lossy == "mute" and self.cut_after is not None:
                    data = self.cut(data, sink)
                sink.sendall(data)
                self.carried += len(data) if lossy == "mute" else 0
            sink.shutdown(socket.SHUT_WR)

    def cut(self, data: bytes, sink: socket.socket) -> bytes:
        """Let through what is still allowed, then reset the line in the middle of what is being said."""
        left = (self.cut_after or 0) - self.carried
        if len(data) <= left:
            return data
        sink.sendall(data[:left])
        self.cut_after = None
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sink.close()
        raise ConnectionResetError

    def close(self) -> None:
        """Shut the door and every line."""
        for line in (self.door, *self.lines):
            line.close()


@contextlib.contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    """Give a proxy to a port."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()

"""A TCP proxy between the service and a server, that breaks the line as a test orders."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

ADDRESS = "127.0.0.1"
_TO_SERVER = "deaf"
_FROM_SERVER = "mute"


@dataclass
class Proxy:
    """Carries bytes to a port. `mode` says how well:

    `fine`: all of them; `mute`: what the server answers is lost; `deaf`: nothing reaches the server and nothing
    comes back, though the line is open; `garbled`: what the server answers arrives as nonsense.
    `cut_after` resets the line after so many bytes of answers; `delay_seconds` makes each answer late.
    """

    port: int
    mode: str = "fine"
    cut_after: int | None = None
    delay_seconds: float = 0.0
    carried: int = 0
    taken: int = 0
    """How many lines were opened through it."""
    heard: bytearray = field(default_factory=bytearray)
    """What was said to the server."""
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
                self.taken += 1
                server = socket.create_connection((ADDRESS, self.port))
                self.lines += (client, server)
                threading.Thread(target=self.carry, args=(client, server, _TO_SERVER), daemon=True).start()
                threading.Thread(target=self.carry, args=(server, client, _FROM_SERVER), daemon=True).start()

    def carry(self, source: socket.socket, sink: socket.socket, lossy: str) -> None:
        """Carry bytes one way; they are dropped while the mode says so."""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self.mode in {lossy, "deaf"}:
                    continue
                if lossy == _FROM_SERVER:
                    self.answer(data, sink)
                else:
                    self.heard += data
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def answer(self, data: bytes, sink: socket.socket) -> None:
        """Hand on what the server says, as well as the mode says."""
        time.sleep(self.delay_seconds)
        if self.mode == "garbled":
            data = bytes(byte ^ 0x55 for byte in data)
        if self.cut_after is not None:
            data = self.cut(data, sink)
        sink.sendall(data)
        self.carried += len(data)

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

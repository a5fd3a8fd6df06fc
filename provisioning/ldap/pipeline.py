"""Many requests under way at once on one connection: the server never waits for us, nor we for each reply."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from provisioning.ldap import ber
from provisioning.ldap.messages import Reply, message, number_of, read, read_sights
from provisioning.ldap.tls import TlsLine
from provisioning.ports import Unavailable

WINDOW = 64
"""Requests under way; more brings nothing, because the server writes one at a time."""
_MANY = WINDOW // 2
"""With more under way there is no need for more."""
_SHORTEST_REPLY = 14
_PATIENCE_SECONDS = 0.1
"""A server that needs longer for several replies is slow: then each of them wakes us."""
_LARGEST_REPLY = 16 * 1024 * 1024
_CHUNK = 256 * 1024


@dataclass
class Pipeline:
    """Sends requests over a connected, secured and bound socket. After `Unavailable` it is of no more use."""

    line: socket.socket | TlsLine
    timeout_seconds: float
    number: int = 1000  # above those that ldap3 used to bind
    arrived: bytearray = field(default_factory=bytearray)
    least: int = 1
    """So many bytes wake us."""

    def exchange(self, requests: Iterable[bytes]) -> list[Reply]:
        """Send requests and give their replies in the same order; the server may work them off in any order.

        Each request is made when its turn comes, so that the server does not wait for the making of all of them.
        """
        replies: list[Reply] = []
        waiting: dict[int, Reply] = {}
        left = iter(requests)
        try:
            while True:
                if len(waiting) <= _MANY and (batch := list(islice(left, WINDOW - len(waiting)))):
                    fresh = [Reply() for _ in batch]
                    self.send(batch, fresh, waiting)
                    replies += fresh
                if not waiting:
                    return replies
                self.receive(waiting)
        except (OSError, ber.BadBer) as error:
            raise Unavailable(f"the LDAP server's replies stopped: {str(error) or type(error).__name__}") from error

    def send(self, requests: Sequence[bytes], replies: Sequence[Reply], waiting: dict[int, Reply]) -> None:
        """Send some requests in one go and note whose replies are to come."""
        out = bytearray()
        for request, reply in zip(requests, replies, strict=True):
            self.number += 1
            waiting[self.number] = reply
            out += message(self.number, request)
        self.line.settimeout(self.timeout_seconds)
        self.line.sendall(out)

    def receive(self, waiting: dict[int, Reply]) -> None:
        """Wait for one message at least and read all that have arrived whole."""
        self.wake_at(_MANY * _SHORTEST_REPLY if len(waiting) > _MANY else 1)
        deadline = time.monotonic() + self.timeout_seconds
        while not self.read_arrived(waiting):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no reply within {self.timeout_seconds} s")
            try:
                self.line.settimeout(left if self.least == 1 else min(left, _PATIENCE_SECONDS))
                chunk = self.line.recv(_CHUNK)
            except TimeoutError:
                self.wake_at(1)
                continue
            if not chunk:
                raise ConnectionResetError("the server closed the connection")
            self.arrived += chunk

    def wake_at(self, least: int) -> None:
        """Let the system wake us for so many bytes, or for the end of the line.

        The server has enough to do while many requests are under way; to be woken for each reply takes us as long as
        reading it, and the server has to do the waking. Fewer bytes than that cannot be on their way: of all replies
        but one nothing has come.
        """
        if least != self.least:
            self.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least)
            self.least = least

    def read_arrived(self, waiting: dict[int, Reply]) -> bool:
        """Read the messages that have arrived whole; say whether there was one."""
        at = self.read_sights(waiting)
        while (found := ber.head(self.arrived, at)) is not None:
            tag, start, end = found
            if tag != ber.SEQUENCE or end - start > _LARGEST_REPLY:
                raise ber.BadBer
            if end > len(self.arrived):
                break
            whole = ber.Reader(self.arrived, start, end)
            number = number_of(whole)
            if number not in waiting:  # 0: the server says goodbye (RFC 4511 §4.4.1)
                raise ConnectionResetError("the server ended the conversation")
            if read(whole, waiting[number]):
                del waiting[number]
            at = end
        del self.arrived[:at]
        return at > 0

    def read_sights(self, waiting: dict[int, Reply]) -> int:
        """Read what has arrived of a walk, if that is all that is under way; give how far it went."""
        if len(waiting) != 1:
            return 0
        [(number, reply)] = waiting.items()
        return 0 if reply.sights is None else read_sights(bytes(self.arrived), number, reply.sights)

"""The ways to one server: a connection for each thread that needs one at the same time, kept for the next."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from ldap3 import Connection

from provisioning.ldap.connection import Line, close
from provisioning.ldap.messages import Reply
from provisioning.ldap.pipeline import Pipeline


class Channel(NamedTuple):
    """One connection with what sends requests over it."""

    connection: Connection
    pipeline: Pipeline


@dataclass
class Channels:
    """Opens connections when they are needed. Nobody waits for another's requests: a disable passes a long batch."""

    line: Line
    idle: list[Channel] = field(default_factory=list)
    closings: int = 0
    """How often all were let go of: a connection from before the last time is not kept."""

    def exchange(self, requests: Iterable[bytes]) -> list[Reply]:
        """Send requests and give their replies. A connection that did not give all of them is never used again.

        Nor are those that lay idle meanwhile: what befell one, such as the server's end, has befallen all.
        """
        closings = self.closings
        channel = self.take()
        replies = None
        try:
            replies = channel.pipeline.exchange(requests)
        finally:
            if replies is None:
                self.close()
            # First kept, then looked at: whoever lets go of all between the two finds it there.
            self.idle.append(channel)
            if closings != self.closings:
                self.empty()
        return replies

    def take(self) -> Channel:
        """Take a connection that lies idle, or open one."""
        try:
            return self.idle.pop()
        except IndexError:
            connection = self.line.open()
        return Channel(connection, Pipeline(connection.socket, self.line.timeout_seconds))

    def close(self) -> None:
        """Let go of the connections, of those under way when they are done; the next use makes others."""
        self.closings += 1
        self.empty()

    def empty(self) -> None:
        """Let go of the connections that lie idle; two may do so at once."""
        with suppress(IndexError):
            while True:
                close(self.idle.pop().connection)

"""A way to the server that lasts: one connection, made when it is needed and made anew after a fault."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from ldap3 import Connection

from provisioning.ldap.connection import Line, close
from provisioning.ldap.messages import Reply
from provisioning.ldap.pipeline import Pipeline


@dataclass
class Channel:
    """Keeps one connection; threads take turns."""

    line: Line
    turn: threading.Lock = field(default_factory=threading.Lock)
    connection: Connection | None = None
    pipeline: Pipeline | None = None

    def exchange(self, requests: Iterable[bytes]) -> list[Reply]:
        """Send requests and give their replies. A connection that did not give all of them is never used again."""
        with self.turn:
            if self.pipeline is None:
                self.connection = self.line.open()
                self.pipeline = Pipeline(self.connection.socket, self.line.timeout_seconds)
            replies = None
            try:
                replies = self.pipeline.exchange(requests)
            finally:
                if replies is None:
                    self.drop()
            return replies

    def close(self) -> None:
        """Let go of the connection, if there is one; the next use makes another."""
        with self.turn:
            self.drop()

    def drop(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            close(self.connection)
        self.connection = self.pipeline = None

"""Connections that come to nothing: told as a server that is away, and let go of."""

from __future__ import annotations

import gc
import socket
import threading
import warnings
from collections.abc import Callable, Iterator

import pytest
from ldap3 import NONE, Connection, Server

from provisioning.ldap.channels import Channel, Channels
from provisioning.ldap.connection import Line
from provisioning.ldap.pipeline import Pipeline
from provisioning.ports import Unavailable

Told = Callable[[bytes], Line]
BOUND = bytes.fromhex("300c02010161070a010004000400")
"""The answer to a bind that went well."""


@pytest.fixture
def told() -> Iterator[Told]:
    """Give what makes a server that says the same to whoever comes, and hangs up."""
    servers: list[socket.socket] = []

    def serve(answer: bytes) -> Line:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        threading.Thread(target=_answer, args=(server, answer), daemon=True).start()
        return Line(f"ldap://127.0.0.1:{server.getsockname()[1]}", "cn=x", "secret", None, 5)

    yield serve
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def _answer(server: socket.socket, answer: bytes) -> None:
    """Say it to the first who comes, and wait until they hang up."""
    line, _ = server.accept()
    with line:
        line.sendall(answer)
        line.shutdown(socket.SHUT_WR)
        while line.recv(4096):
            pass


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        bytes(50),
        BOUND[:5],
        b"0\x03\x02\x01\x01",
        b"0\x05\x02\x01\x01a\x00",
        BOUND,
    ],
)
def test_no_answer_leaves_a_line_open(told: Told, answer: bytes) -> None:
    """Whatever a server says instead of securing the line, it counts as away, and the line is let go of."""
    line = told(answer)

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(Unavailable):
            line.open()
        gc.collect()

    assert [str(each.message) for each in seen if str(line.uri.rpartition(":")[2]) in str(each.message)] == []


class Crossed(list[Channel]):
    """What lies idle, where somebody lets go of all at the very moment at which a connection is put back."""

    def __init__(self, line: Line, channel: Channel) -> None:
        super().__init__([channel])
        self.channels = Channels(line, idle=self)

    def append(self, channel: Channel) -> None:
        """Put a connection back."""
        self.channels.close()
        super().append(channel)


def test_nobody_signs_in_without_a_password() -> None:
    """An empty password would be an anonymous sign-in that looks like success, so none is tried."""
    with pytest.raises(Unavailable, match="no password"):
        Line("ldap://127.0.0.1:1", "cn=x", "", None, 1).open()


def test_connection_put_back_while_all_are_let_go_of_is_not_kept() -> None:
    """A connection from before the moment at which all were let go of is closed, and not used again."""
    ours, theirs = socket.socketpair()
    connection = Connection(Server("ldap://127.0.0.1:1", get_info=NONE))
    connection.socket = ours
    crossed = Crossed(Line("ldap://127.0.0.1:1", "cn=x", "secret", None, 5), Channel(connection, Pipeline(ours, 5)))

    crossed.channels.exchange([])

    theirs.settimeout(5)
    assert theirs.recv(1) == b""
    assert not crossed
    theirs.close()

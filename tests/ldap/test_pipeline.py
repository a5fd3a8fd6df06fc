"""Requests and replies on one connection, with a server of the test's own at the other end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from provisioning.ldap import ber, messages
from provisioning.ldap.pipeline import WINDOW, Pipeline
from provisioning.ports import Unavailable

BOUND, DELETED = 0x61, 0x6B
FIRST = 1001
"""The number of the first request on a line."""
SLOW = 3
Serve = Callable[[socket.socket], None]


@pytest.fixture
def ends() -> Iterator[tuple[Pipeline, socket.socket]]:
    """Give a pipeline and the server's end of its line."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    yield Pipeline(ours, timeout_seconds=0.3), theirs
    ours.close()
    theirs.close()


def requests(line: socket.socket) -> Iterator[int]:
    """Read requests and give their numbers, until the line is shut."""
    data = b""
    while chunk := line.recv(65536):
        data += chunk
        while (found := ber.head(data, 0)) is not None and found[2] <= len(data):
            yield ber.Reader(memoryview(data[found[1] : found[2]])).number()
            data = data[found[2] :]


def reply(number: int, code: int = 0, kind: int = DELETED) -> bytes:
    """Write the reply to a delete."""
    result = ber.tlv(kind, ber.number(code, ber.ENUMERATED), ber.octets(""), ber.octets("said"))
    return messages.message(number, result)


def serving(line: socket.socket, serve: Serve) -> threading.Thread:
    """Let a server work in a thread of its own."""
    thread = threading.Thread(target=serve, args=(line,), daemon=True)
    thread.start()
    return thread


def test_replies_may_come_in_any_order(ends: tuple[Pipeline, socket.socket]) -> None:
    """Replies belong to requests by number, not by order."""
    pipeline, line = ends

    def backwards(line: socket.socket) -> None:
        numbers = [next(arrived) for arrived in [requests(line)] for _ in range(5)]
        for place, number in reversed(list(enumerate(numbers))):
            line.sendall(reply(number, code=place))

    serving(line, backwards)

    replies = pipeline.exchange([messages.delete("cn=x", "v")] * 5)

    assert [each.code for each in replies] == [0, 1, 2, 3, 4]


def test_goodbye_of_the_server_ends_the_talk(ends: tuple[Pipeline, socket.socket]) -> None:
    """A server that ends the conversation is away, and no request of ours has been answered."""
    pipeline, line = ends
    line.sendall(messages.message(0, ber.tlv(0x78, ber.number(52, ber.ENUMERATED), ber.octets(""), ber.octets(""))))

    with pytest.raises(Unavailable, match="ended the conversation"):
        pipeline.exchange([messages.delete("cn=x", "v")])


def test_window_bounds_what_is_under_way(ends: tuple[Pipeline, socket.socket]) -> None:
    """However many requests there are, no more than a window of them is under way at once."""
    pipeline, line = ends
    longest: list[int] = []

    def slowly(line: socket.socket) -> None:
        line.settimeout(0.05)
        waiting: list[int] = []
        arrived = requests(line)
        for _ in range(10):
            try:
                waiting += (next(arrived) for _ in range(10 * WINDOW))
            except (TimeoutError, RuntimeError):
                arrived = requests(line)
            longest.append(len(waiting))
            for number in waiting:
                line.sendall(reply(number))
            waiting.clear()

    thread = serving(line, slowly)

    pipeline.exchange([messages.delete("cn=x", "v")] * (3 * WINDOW))

    thread.join(2)
    assert max(longest) <= WINDOW


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\x00\x00\x00",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80\x00\x00",
        b"\x30\x0c\x02\x01\x07\x6b\x07\x0a\x01\x00\x04\x00\x04\x00",
        b"\x30\x05\x02\x03\x00\x03\xe9",
        pytest.param(b"\x31" + reply(FIRST)[1:], id="a set of the same"),
        pytest.param(reply(FIRST, kind=BOUND), id="the reply to a bind"),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"",
    ],
)
def test_answer_that_is_no_reply_is_a_fault(ends: tuple[Pipeline, socket.socket], answer: bytes) -> None:
    """Garbage, a reply to nothing, or a shut line is a fault of the server, never an outcome."""
    pipeline, line = ends

    def garble(line: socket.socket) -> None:
        next(requests(line))
        line.sendall(answer)
        line.shutdown(socket.SHUT_WR)

    thread = serving(line, garble)

    with pytest.raises(Unavailable):
        pipeline.exchange([messages.delete("cn=x", "v")])

    thread.join(2)


def test_reply_that_is_larger_than_any_is_not_waited_for(ends: tuple[Pipeline, socket.socket]) -> None:
    """Whoever announces more than 16 MiB is given up at once: nothing is kept for that much to come."""
    pipeline, line = ends
    line.sendall(b"\x30\x84\x01\x00\x00\x01")

    with pytest.raises(Unavailable, match="BadBer"):
        pipeline.exchange([messages.delete("cn=x", "v")])


def test_trickle_does_not_extend_the_limit(ends: tuple[Pipeline, socket.socket]) -> None:
    """A server that sends a byte now and then, but no whole reply, is given up after the limit."""
    pipeline, line = ends
    stop = threading.Event()

    def trickle(line: socket.socket) -> None:
        number = next(requests(line))
        for byte in reply(number):
            if stop.wait(0.1):
                return
            line.sendall(bytes([byte]))

    thread = serving(line, trickle)

    with pytest.raises(Unavailable, match="stopped"):
        pipeline.exchange([messages.delete("cn=x", "v")])

    stop.set()
    thread.join()


def test_server_that_is_slow_is_waited_for(ends: tuple[Pipeline, socket.socket]) -> None:
    """While many requests are under way one reply now and then is enough: nobody waits for several at once."""
    pipeline, line = ends

    def slowly(line: socket.socket) -> None:
        for place, number in enumerate(requests(line)):
            if place < SLOW:
                time.sleep(pipeline.timeout_seconds * 0.7)
            line.sendall(reply(number))

    serving(line, slowly)

    replies = pipeline.exchange([messages.delete("cn=x", "v")] * (WINDOW // 2 + SLOW))

    assert len(replies) == WINDOW // 2 + SLOW

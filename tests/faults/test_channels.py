"""The connections of one target: as many as are in use at once, and one fault is one fault."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from provisioning.ldap import LdapTarget, messages
from provisioning.ports import Unavailable
from tests.faults.conftest import Connect
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.faults
BASE = "dc=gov,dc=vn"


def held_up(target: LdapTarget) -> tuple[threading.Thread, threading.Event]:
    """Begin an exchange in a thread of its own that does not end before it is let go."""
    begun, let_go = threading.Event(), threading.Event()

    def late() -> Iterator[bytes]:
        begun.set()
        let_go.wait()
        yield messages.search(BASE, ["entryCSN"], messages.ONE)

    thread = threading.Thread(target=lambda: target.channels.exchange(late()))
    thread.start()
    begun.wait()
    return thread, let_go


def test_long_exchange_holds_nobody_up(connect: Connect) -> None:
    """While one thread is in the middle of its requests, another is answered over a connection of its own."""
    target = connect()
    thread, let_go = held_up(target)

    target.ping()

    assert thread.is_alive()
    let_go.set()
    thread.join()
    assert len(target.channels.idle) == 2


def test_connection_is_used_again(connect: Connect) -> None:
    """Who comes later takes the connection that lies idle."""
    target = connect()

    for _ in range(5):
        target.ping()

    assert len(target.channels.idle) == 1


def test_connection_under_way_is_let_go_of_too(connect: Connect) -> None:
    """Who was in the middle of its requests when all were let go of leaves no connection behind."""
    target = connect()
    thread, let_go = held_up(target)

    target.close()
    let_go.set()
    thread.join()

    assert target.channels.idle == []


def test_restart_of_the_server_is_one_fault(connect: Connect, slapd: Servers) -> None:
    """After the server was away only the first use fails, however many connections lay idle."""
    target = connect()
    waiting = [held_up(target) for _ in range(3)]
    for thread, let_go in waiting:
        let_go.set()
        thread.join()
    slapd.stop("slapd")
    slapd.need("slapd")

    with pytest.raises(Unavailable):
        target.ping()

    target.ping()

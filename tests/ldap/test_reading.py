"""What is made of a server's answers to searches: what could not be read is never taken for something that is gone."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from ldap3 import NONE, Connection, Server

from directory.desired import Name
from provisioning.ldap import LdapTarget, ber
from provisioning.ldap.channels import Channel
from provisioning.ldap.connection import Line
from provisioning.ldap.messages import VERSION, message
from provisioning.ldap.pipeline import Pipeline
from provisioning.ldap.results import NO_SUCH_OBJECT
from provisioning.ports import Unavailable
from tests.ldap.test_messages import CSN, found

BASE = "dc=gov,dc=vn"
PERSON: Name = (("uid", "cv23456789"), ("ou", "people"))
DN = f"uid=cv23456789,ou=people,{BASE}"
BUSY = 51
FIRST = 1001
"""The number of the first request on a line."""


@dataclass(frozen=True)
class ToServer(Line):
    """The way to a server of the test's own, which has said already what it says."""

    connection: Connection

    def open(self) -> Connection:
        """Give the connection."""
        return self.connection


Told = Callable[[bytes], LdapTarget]


@pytest.fixture
def told() -> Iterator[Told]:
    """Give what makes a target whose server answers the first search so."""
    ours, theirs = socket.socketpair()
    connection = Connection(Server("ldap://127.0.0.1:1", get_info=NONE))
    connection.socket = ours

    def serve(answer: bytes) -> LdapTarget:
        theirs.sendall(answer)
        target = LdapTarget(ToServer("ldap://127.0.0.1:1", "cn=x", "secret", None, 5, connection), BASE)
        target.channels.idle.append(Channel(connection, Pipeline(ours, 5)))
        return target

    yield serve
    ours.close()
    theirs.close()


def ended(code: int) -> bytes:
    """Write the reply that ends the first search."""
    return message(FIRST, ber.tlv(0x65, ber.number(code, ber.ENUMERATED), ber.octets(""), ber.octets("said")))


def test_entry_that_could_not_be_read_is_not_gone(told: Told) -> None:
    """A server that has no time to search has not said that an entry is missing: it would be made anew."""
    target = told(ended(BUSY))

    with pytest.raises(Unavailable, match="cannot search: 51"):
        target.observe([PERSON])


def test_branch_that_could_not_be_walked_is_not_empty(told: Told) -> None:
    """A server that has no time to list a branch has not said that nothing is in it: all would count as removed."""
    target = told(ended(BUSY))

    with pytest.raises(Unavailable, match="cannot list ou=people"):
        list(target.walk("people"))


def test_branch_to_be_adopted_must_be_there(told: Told) -> None:
    """Whoever names a branch that is not there is told so, and does not believe that it was looked through."""
    target = told(ended(NO_SUCH_OBJECT))

    with pytest.raises(Unavailable, match="cannot list ou=Users"):
        list(target.survey("ou=Users", ["cn"]))


def test_garbage_in_a_walk_is_a_fault_of_the_server(told: Told) -> None:
    """A walk that meets what is no LDAP ends like one whose line was cut: the server is away."""
    target = told(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with pytest.raises(Unavailable, match="cut off"):
        list(target.walk("people"))


def test_mark_in_a_name_of_several_attributes_is_passed_over(told: Told) -> None:
    """An entry that others gave a name of two attributes at once cannot be followed there: no link could name it."""
    entry = found(f"cn=An+uid=an,ou=Users,{BASE}", {VERSION: (CSN,), "cvAccountNumber": ("cv23456789",)})
    target = told(message(FIRST, entry) + ended(0))

    assert target.marked(["cv23456789"]) == {}


def test_strangers_entry_with_a_device_id_is_left_out(told: Told) -> None:
    """What stands below an entry of ours and is no app password is not ours to remove, though it has such an id."""
    own = found(DN, {VERSION: (CSN,), "objectClass": ("cvAccount",)})
    below = found(f"cvDeviceId=d1,{DN}", {VERSION: (CSN,), "objectClass": ("device",), "cvDeviceId": ("d1",)})
    target = told(message(FIRST, own) + message(FIRST, below) + ended(0))

    assert target.observe([PERSON])[PERSON].children == {}

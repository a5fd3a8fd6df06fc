"""What is read from a server's replies."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.ldap import ber
from provisioning.ldap.messages import ENTRY, REFERENCE, VERSION, Reply, message, read, read_sights

CSN = "20261123045123.123456Z#000000#000#000000"
SHORT = 3 + 0xFF
"""The longest message whose length has one byte."""
Told = tuple[str, dict[str, tuple[str, ...]]]


def found(dn: str, attributes: dict[str, tuple[str, ...]], end: bytes = b"") -> bytes:
    """Write the reply that tells of one entry, but for its number."""
    listed = (
        ber.tlv(ber.SEQUENCE, ber.octets(name), ber.tlv(ber.SET, *map(ber.octets, values)))
        for name, values in attributes.items()
    )
    return ber.tlv(ENTRY, ber.octets(dn), ber.tlv(ber.SEQUENCE, *listed), end)


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param({VERSION: (CSN,)}, id="a version"),
        pytest.param({VERSION: (CSN[1:],)}, id="a shorter version"),
        pytest.param({VERSION: (CSN, CSN)}, id="two versions"),
        pytest.param({"entryDNS": (CSN,)}, id="something else as long"),
        pytest.param({VERSION: (CSN,), "uid": ("cv23456789",)}, id="a version and more"),
        pytest.param({VERSION: ("ă" * 20,)}, id="letters of two bytes"),
        pytest.param({}, id="nothing"),
    ],
)
def test_entry_is_read_as_the_server_tells_it(attributes: dict[str, tuple[str, ...]]) -> None:
    """Whatever an entry is told with is read, the version that is asked for most no otherwise than anything else."""
    reply = Reply()

    is_over = read(ber.Reader(found("uid=cv23456789,ou=people", attributes)), reply)

    assert (is_over, reply.entries) == (False, [("uid=cv23456789,ou=people", attributes)])


def test_value_that_goes_beyond_its_set_is_a_fault() -> None:
    """A version that says it is longer than there are bytes is nothing that a server writes."""
    damaged = bytearray(found("uid=cv23456789", {VERSION: (CSN,)}))
    damaged[-41] = 0x29  # the value says that it is longer than its set

    with pytest.raises(ber.BadBer):
        read(ber.Reader(damaged), Reply())


def test_value_that_goes_beyond_what_holds_it_is_a_fault() -> None:
    """A value that says it is longer than what it stands in is never read short."""
    with pytest.raises(ber.BadBer):
        ber.Reader(ber.octets("abc")[:-1]).next()


@pytest.mark.parametrize("length", [b"\x80", b"\x85\x00\x00\x00\x00\x00"], ids=["without an end", "of five bytes"])
def test_length_that_ldap_does_not_have_is_a_fault(length: bytes) -> None:
    """A value whose end must be searched for, which LDAP forbids, is not taken for an empty one."""
    with pytest.raises(ber.BadBer):
        ber.head(b"\x30" + length, 0)


def test_reference_to_another_server_is_passed_over() -> None:
    """A server that tells where else one could search goes on with its own entries."""
    reply = Reply()

    is_over = read(ber.Reader(ber.tlv(REFERENCE, ber.octets("ldap://khac.gov.vn/"))), reply)

    assert (is_over, reply.entries) == (False, [])


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=150)
UNUSUAL = [{VERSION: (CSN[1:],)}, {"entryDNS": (CSN,)}, {VERSION: (CSN,), "uid": ("x",)}]
TOLD = st.tuples(NAMES, st.sampled_from([{VERSION: (CSN,)}] * 5 + UNUSUAL))


@given(st.lists(TOLD, max_size=12), st.integers(0, 1 << 24), st.data())
def test_walk_reads_the_same_as_any_search(told: list[Told], number: int, data: st.DataObject) -> None:
    """Whatever names a walk meets, wherever what has arrived is cut: what is read at once and what is read one by one
    are together what the server told.
    """
    messages = [message(number, found(*each)) for each in told]
    whole = b"".join(messages)
    cut = data.draw(st.integers(0, len(whole)))
    sights: list[tuple[str, str]] = []

    at = read_sights(whole[:cut], number, sights)

    ends = list(accumulate(map(len, messages), initial=0))
    assert (at, sights) == (ends[len(sights)], [(dn, read[VERSION][0]) for dn, read in told[: len(sights)]])
    if len(sights) < len(told):  # it went on for as long as it could
        is_whole = ends[len(sights) + 1] + ber.LONGEST_LENGTH <= cut
        is_usual = told[len(sights)][1] == {VERSION: (CSN,)} and len(messages[len(sights)]) <= SHORT
        assert not (is_whole and is_usual)


def test_walk_stops_at_the_reply_to_another_request() -> None:
    """An entry with another number than the walk's is not the walk's."""
    sights: list[tuple[str, str]] = []
    messages = [message(number, found("uid=cv23456789", {VERSION: (CSN,)})) for number in (1001, 1002, 1001)]

    at = read_sights(b"".join(messages) + bytes(6), 1001, sights)

    assert (at, len(sights)) == (len(messages[0]), 1)

"""What is read from a server's replies."""

from __future__ import annotations

import pytest

from provisioning.ldap import ber
from provisioning.ldap.messages import ENTRY, VERSION, Reply, read

CSN = "20261123045123.123456Z#000000#000#000000"


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

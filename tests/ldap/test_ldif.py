"""LDIF that `slapadd` reads back as the entries it was made of."""

from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.desired import Entry
from provisioning.ldap.ldif import records

BASE = "dc=gov,dc=vn"


def values_of(written: str, name: str) -> list[str]:
    """Read the values of an attribute back."""
    found = []
    for line in written.splitlines():
        kind, _, rest = line.partition(":")
        if kind == name:
            found.append(b64decode(rest[2:]).decode() if rest.startswith(":") else rest.removeprefix(" "))
    return found


def test_child_stands_after_its_parent() -> None:
    """`slapadd` adds line by line, so a parent comes first, and records are parted by an empty line."""
    child = Entry((("cvDeviceId", "d1"), ("uid", "cv1"), ("ou", "people")), {"cvDeviceId": ("d1",)})
    parent = Entry((("uid", "cv1"), ("ou", "people")), {"uid": ("cv1",)}, (child,))

    written = records(parent, BASE)

    assert written == (
        "dn: uid=cv1,ou=people,dc=gov,dc=vn\nuid: cv1\n\n"
        "dn: cvDeviceId=d1,uid=cv1,ou=people,dc=gov,dc=vn\ncvDeviceId: d1\n\n"
    )


@pytest.mark.parametrize("value", ["Nguyễn Thị Ánh Đào", " begins", "ends ", ":colon", "<less", "two\nlines", "", "#x"])
def test_value_that_is_not_plain_is_read_back(value: str) -> None:
    """What would mean something else in LDIF is written in base64."""
    written = records(Entry((("uid", "cv1"),), {"cn": (value,)}), BASE)

    assert values_of(written, "cn") == [value]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_value_is_read_back(value: str) -> None:
    """Whatever a value holds, it is one line and comes back as it was."""
    written = records(Entry((("uid", "cv1"),), {"cn": (value,)}), BASE)

    assert written.isascii()
    assert values_of(written, "cn") == [value]

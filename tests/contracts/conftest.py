"""The real thing and its stand-in, one after the other, under the same tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from provisioning.ldap import LdapTarget
from provisioning.ldap.connection import Line
from provisioning.ports import TargetSystem
from tests.fakes import FakeTarget
from tests.stack_fixtures import Servers, own_servers, servers

__all__ = ["own_servers", "servers"]


def target_on(servers: Servers, timeout_seconds: int = 5) -> LdapTarget:
    """Give a target over a set of servers' slapd."""
    line = Line(
        uri=servers.slapd.uri,
        bind_dn="cn=provisioner,ou=services,dc=gov,dc=vn",
        password=servers.password("provisioner"),
        ca_file=servers.certificate.authority,
        timeout_seconds=timeout_seconds,
    )
    return LdapTarget(line, "dc=gov,dc=vn")


@pytest.fixture(params=["fake", "slapd"])
def target(request: pytest.FixtureRequest) -> Iterator[TargetSystem]:
    """Give the target system: the fake, then slapd."""
    if request.param == "fake":
        yield FakeTarget()
        return
    real = target_on(request.getfixturevalue("servers").need("slapd"))
    yield real
    real.close()

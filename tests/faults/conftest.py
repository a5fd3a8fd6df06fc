"""An engine on a real slapd of the test's own, which may be stopped, frozen and killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from provisioning.ldap import LdapTarget
from provisioning.ldap.connection import Line
from provisioning.outbox import Outbox
from tests.emptied import common_url, database_url
from tests.engines import Engine
from tests.stack_fixtures import Servers, own_servers, servers

__all__ = ["common_url", "database_url", "own_servers", "servers"]

TIMEOUT_SECONDS = 1


def line_to(servers: Servers, port: int | None = None) -> Line:
    """Say how the service reaches slapd, or a proxy to it."""
    return Line(
        uri=f"ldap://127.0.0.1:{port or servers.ports.ldap}",
        bind_dn="cn=provisioner,ou=services,dc=gov,dc=vn",
        password=servers.password("provisioner"),
        ca_file=servers.certificate.authority,
        timeout_seconds=TIMEOUT_SECONDS,
    )


@pytest.fixture
def slapd(own_servers: Servers) -> Servers:
    """Give a set of servers with slapd running."""
    return own_servers.need("slapd")


Connect = Callable[..., LdapTarget]


@pytest.fixture
def connect(slapd: Servers) -> Iterator[Connect]:
    """Give what makes targets on the test's own slapd, or on a proxy to it; their lines are shut in the end."""
    opened: list[LdapTarget] = []

    def open_target(port: int | None = None, kind: type[LdapTarget] = LdapTarget) -> LdapTarget:
        opened.append(kind(line_to(slapd, port), "dc=gov,dc=vn"))
        return opened[-1]

    yield open_target
    for target in opened:
        target.close()


@pytest.fixture
def engine(outbox: Outbox, connect: Connect) -> Engine:
    """Give an engine on the test's own slapd, whose domains are real already."""
    engine = Engine(outbox, connect())
    engine.settle()
    return engine

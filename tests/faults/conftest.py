"""An engine on a real slapd of the test's own, which may be stopped, frozen and killed, and the counts of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import pytest

from provisioning.ldap import LdapTarget
from provisioning.ldap.connection import Line
from provisioning.outbox import Outbox
from tests.faults.nursery import Nursery, nursery
from tests.faults.table import PROPERTY
from tests.faults.tally import PromisingEngine, Tally
from tests.stack_fixtures import Servers, own_servers, servers

__all__ = ["own_servers", "servers"]

TIMEOUT_SECONDS = 1


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give each test of a fault its counts, which travel in its report; so a test that fails is told as well."""
    if marked := item.get_closest_marker("fault"):
        item.user_properties.append((PROPERTY, {"fault": marked.args[0], "injections": 0, "lost": 0, "doubled": 0}))


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Give the counts of the fault that the test makes."""
    [found] = [value for name, value in request.node.user_properties if name == PROPERTY]
    return Tally(cast("dict[str, str | int]", found))


@pytest.fixture
def times(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """Give what chooses how often a fault is made: so often as a rule, so often with `--long`."""
    is_long = bool(request.config.getoption("--long"))
    return lambda usual, full: full if is_long else usual


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
Times = Callable[[int, int], int]


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
def engine(outbox: Outbox, connect: Connect) -> PromisingEngine:
    """Give an engine on the test's own slapd, whose domains are real already."""
    engine = PromisingEngine(outbox, connect())
    engine.settle()
    return engine


@pytest.fixture
def settings(slapd: Servers, database_url: str) -> dict[str, str]:
    """Give the variables under which a worker process finds the servers."""
    return {**slapd.environment(), "CONGVU_DATABASE_URL": database_url}


@pytest.fixture
def workers(settings: dict[str, str]) -> Iterator[Nursery]:
    """Give a nursery of workers."""
    with nursery(settings) as opened:
        yield opened

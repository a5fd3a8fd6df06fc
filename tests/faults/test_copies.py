"""A copy of the LDAP server that lags behind: no decision is read from it, and nothing is written to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from directory.lifecycle import suspend
from provisioning.ldap import LdapTarget
from stack.slapd import run as offline
from tests.engines import person
from tests.faults.conftest import Connect, line_to
from tests.faults.slapds import DATABASE, NAMES, administering, load, must
from tests.faults.tally import BASE, PromisingEngine, Tally
from tests.stack_fixtures import Servers, open_servers

pytestmark = pytest.mark.faults


@pytest.fixture
def other_servers() -> Iterator[Servers]:
    """Give a second set of servers."""
    yield from open_servers()


def become_copy_of(copy: Servers, provider: Servers) -> None:
    """Make a slapd follow another by syncrepl, which from now on cannot reach it: it answers, and takes no writes."""
    nobody = (
        f'rid=001 provider=ldap://127.0.0.1:1 searchbase="{BASE}" type=refreshOnly interval=01:00:00:00'
        f' bindmethod=simple binddn={_provisioner()} credentials=x retry="60 +"'
    )
    with administering(copy) as connection:
        changes = {
            "olcSyncrepl": [("MODIFY_ADD", [nobody])],
            "olcUpdateRef": [("MODIFY_ADD", [provider.slapd.uri])],
        }
        must(connection, connection.modify, DATABASE, changes)


def _provisioner() -> str:
    return f'"cn=provisioner,ou=services,{BASE}"'


@pytest.mark.fault("F32")
def test_stale_copy_decides_nothing(
    engine: PromisingEngine, slapd: Servers, other_servers: Servers, connect: Connect, tally: Tally, tmp_path: Path
) -> None:
    """A worker that was pointed at a lagging copy is sent away at its first write: the target is paused, nobody is to
    blame, and the provider gets what the book says.
    """
    numbers = engine.hire(*NAMES[:10])
    engine.settle()
    other_servers.need("slapd")
    load(other_servers, offline("slapcat", "-n1", "-F", str(slapd.slapd.config)), tmp_path)
    become_copy_of(other_servers, slapd)
    for number in numbers:
        engine.do(suspend, number, "a reason")
    # The copy has the provider's entries, and so its passwords.
    stale = LdapTarget(replace(line_to(other_servers), password=slapd.password("provisioner")), BASE)
    tally.injected(len(numbers))

    report = engine.reconciler(stale).run()

    seen = stale.observe([person(number) for number in numbers])
    assert report.paused_for is not None
    assert {entry.attributes["cvState"] for entry in seen.values()} == {("active",)}
    stale.close()
    engine.settle()
    tally.close(engine, connect())

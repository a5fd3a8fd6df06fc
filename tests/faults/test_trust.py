"""Clocks, certificates and secrets that are wrong: no lease is broken, no password leaves in clear, no start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from directory.lifecycle import suspend
from provisioning.ports import Unavailable
from stack.layout import Layout
from stack.secret_files import ssha512
from stack.tls import certify, make_certificate
from tests.faults.clocks import children_at, clock_at
from tests.faults.conftest import Connect
from tests.faults.nursery import HOUSE, Nursery, nursery
from tests.faults.slapds import by_hand, must
from tests.faults.tally import BASE, PromisingEngine, Tally
from tests.proxies import proxy_to
from tests.stack_fixtures import Servers, open_servers

pytestmark = pytest.mark.faults


@pytest.fixture
def own_servers() -> Iterator[Servers]:
    """Give servers whose certificate was made two days ago: for a clock that is slow it must be valid already."""
    servers = open_servers()
    with children_at("-2d"):
        opened = next(servers)
    yield opened
    next(servers, None)


@pytest.mark.fault("F13")
@pytest.mark.parametrize("shift", ["+1h", "-1h"])
def test_worker_whose_clock_is_wrong(
    engine: PromisingEngine, settings: dict[str, str], workers: Nursery, connect: Connect, tally: Tally, shift: str
) -> None:
    """A worker whose clock is an hour off takes nobody else's claims and waits out no pause longer: leases and pauses
    are kept by the database's clock.
    """
    with nursery({**settings, **clock_at(shift)}) as astray:
        first = engine.newcomers()
        workers.freeze("provisioning.reconcile.rounds:Reconciler.begin return 1")
        second = engine.newcomers()

        astray.run()
        tally.injected()

        assert {engine.status(number) for number in first} == {None}
        assert {status.state for number in second if (status := engine.status(number))} == {"ok"}
        workers.thaw()
        engine.let_time_pass()
        engine.do(suspend, second[0], "a reason")
        astray.run()
        tally.injected()
    engine.settle()
    tally.close(engine, connect())


@pytest.mark.fault("F37")
def test_expired_certificate_ends_the_talk(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally
) -> None:
    """When the server's certificate has expired nothing secret is said, the target is paused, and all is made real
    once there is a new one.
    """
    engine.hire("Nguyễn Văn An")
    slapd.stop("slapd")
    with children_at("-500d"):
        make_certificate(slapd.layout.folder("tls"))
    slapd.need("slapd")
    with proxy_to(slapd.ports.ldap) as proxy:
        report = engine.reconciler(connect(proxy.entrance)).run()

        assert report.paused_for is not None
        assert b"provisioner" not in proxy.heard
        assert slapd.password("provisioner").encode() not in proxy.heard
    tally.injected()
    with pytest.raises(Unavailable, match="certificate has expired"):
        connect().ping()

    slapd.stop("slapd")
    make_certificate(slapd.layout.folder("tls"))
    slapd.need("slapd")
    engine.settle()
    tally.close(engine, connect())


@pytest.mark.fault("F37")
def test_foreign_certificate_ends_the_talk(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, tmp_path: Path
) -> None:
    """A server whose certificate another authority signed is not signed in to, and never spoken to in plain."""
    engine.hire("Nguyễn Văn An")
    target = connect()
    target.line = replace(target.line, ca_file=certify(Layout(tmp_path)).authority)
    stranger = type(target)(target.line, target.base)
    tally.injected()

    report = engine.reconciler(stranger).run()

    assert report.paused_for is not None
    with pytest.raises(Unavailable, match="certificate"):
        stranger.ping()
    engine.settle()
    tally.close(engine, connect())


@pytest.mark.fault("F35")
@pytest.mark.parametrize("secret", ["field_key", "index_key", "audit_key", "ldap_provisioner"])
def test_worker_does_not_start_without_its_secrets(
    engine: PromisingEngine, slapd: Servers, settings: dict[str, str], connect: Connect, tally: Tally, secret: str
) -> None:
    """A worker that misses one of its secrets ends at once and names the file; with it back all goes on."""
    engine.hire("Nguyễn Văn An")
    file = slapd.secrets / secret
    hidden = file.rename(file.with_suffix(".hidden"))
    tally.injected()
    command = [sys.executable, "-m", "provisioning", "worker"]

    ended = subprocess.run(
        command, cwd=HOUSE, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )

    assert ended.returncode != 0
    assert str(file) in ended.stderr
    hidden.rename(file)
    engine.settle()
    tally.close(engine, connect())


@pytest.mark.fault("F35")
def test_password_that_was_changed_on_the_server_blames_nobody(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally
) -> None:
    """A password that the server takes no more is a fault of the whole: the target is paused until it is right."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.target.close()
    services = f"cn=provisioner,ou=services,{BASE}"
    with by_hand(slapd) as hand:
        must(hand, hand.modify, services, {"userPassword": [("MODIFY_REPLACE", [ssha512("another")])]})
        report = engine.run()
        tally.injected()

        assert report.paused_for is not None
        assert engine.status(number) is None
        must(
            hand,
            hand.modify,
            services,
            {"userPassword": [("MODIFY_REPLACE", [ssha512(slapd.password("provisioner"))])]},
        )
    engine.settle()
    tally.close(engine, connect())

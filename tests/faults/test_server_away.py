"""The LDAP server is away, slow or silent: the queue waits, nobody is to blame, and only the worker waits for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

import pytest
from ldap3 import Connection

from provisioning.ldap import LdapTarget
from provisioning.ldap.connection import Line
from provisioning.ports import Unavailable
from provisioning.reconcile.backoff import TARGET_LONGEST
from tests.faults.conftest import TIMEOUT_SECONDS, Connect, Times
from tests.faults.slapds import NAMES
from tests.faults.tally import PromisingEngine, Tally, people_in
from tests.proxies import Proxy, proxy_to
from tests.stack_fixtures import Servers
from tests.worker.conftest import wait_until

pytestmark = pytest.mark.faults


@dataclass(frozen=True)
class SilentLine(Line):
    """A line that falls silent once it is open, and is then waited on for a moment only: a thousand take no hour."""

    proxy: Proxy

    def open(self) -> Connection:
        """Open it; then nothing is said any more."""
        self.proxy.mode = "fine"
        connection = replace(self, timeout_seconds=TIMEOUT_SECONDS).as_ever()
        self.proxy.mode = "deaf"
        return connection

    def as_ever(self) -> Connection:
        """Open it."""
        return super().open()


@pytest.mark.fault("F01")
def test_slapd_killed_during_an_apply(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, times: Times
) -> None:
    """slapd is killed while a batch is being written, and comes back."""
    watcher = connect()
    for _ in range(times(2, 20)):
        before = people_in(watcher)
        engine.hire(*NAMES)
        engine.let_time_pass()
        round_ = threading.Thread(target=engine.run)
        round_.start()
        while round_.is_alive() and people_in(watcher) == before:
            time.sleep(0.001)

        slapd.kill("slapd")
        tally.injected()
        round_.join()
        slapd.need("slapd")
        watcher.close()
        engine.settle()

    tally.close(engine, connect())


@pytest.mark.fault("F01")
def test_slapd_away_then_back(engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally) -> None:
    """While slapd is away people go on being appointed; however often it was tried, it is tried again within 20 s."""
    numbers = []
    slapd.stop("slapd")
    for name in NAMES[:10]:
        numbers += engine.hire(name)
        engine.let_time_pass()
        report = engine.run()
        tally.injected()
        assert report.paused_for is not None
        assert report.paused_for <= TARGET_LONGEST
    assert [engine.status(number) for number in numbers] == [None] * len(numbers)

    slapd.need("slapd")
    engine.settle()

    tally.close(engine, connect())


@pytest.mark.fault("F02")
def test_slow_server_is_waited_for_no_longer_than_its_time(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, times: Times
) -> None:
    """Answers that come after the time limit pause the target; what they told is found out later."""
    with proxy_to(slapd.ports.ldap) as proxy:
        through = connect(proxy.entrance)
        for _ in range(times(2, 20)):
            through.ping()
            through.apply([])
            engine.hire(*NAMES[:5])
            proxy.delay_seconds = 1.5 * TIMEOUT_SECONDS
            engine.let_time_pass()
            report = engine.reconciler(through).run()
            tally.injected()
            proxy.delay_seconds = 0
            assert report.paused_for is not None

    engine.settle()

    tally.close(engine, connect())


@pytest.mark.fault("F03")
def test_silent_server_frees_the_worker(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally
) -> None:
    """A server that takes connections and says nothing costs one time limit, then the target is paused."""
    with proxy_to(slapd.ports.ldap) as proxy:
        proxy.mode = "deaf"
        engine.hire("Nguyễn Văn An")

        report = engine.reconciler(connect(proxy.entrance)).run()

    tally.injected()
    assert report.paused_for is not None
    engine.settle()
    tally.close(engine, connect())


@pytest.mark.fault("F03")
def test_threads_and_lines_do_not_pile_up(slapd: Servers, connect: Connect, tally: Tally, times: Times) -> None:
    """After many silences the service holds no more threads than before, and no line."""
    before = threading.active_count()
    with proxy_to(slapd.ports.ldap) as proxy:
        usual = connect(proxy.entrance)
        target = LdapTarget(SilentLine(**{**vars(usual.line), "timeout_seconds": 0.01, "proxy": proxy}), usual.base)
        for _ in range(times(50, 1000)):
            with pytest.raises(Unavailable):
                target.ping()
            tally.injected()
        target.close()

        # The proxy's own threads end when both sides of a line have hung up; one is at its door.
        wait_until(lambda: threading.active_count() <= before + 1)

"""Replies that are lost, late, halved or nonsense: what they told is unknown, and found out at the next look."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import update

from directory.credentials.tables import AppPassword
from directory.desired.entries import TOMBSTONE
from directory.lifecycle import reinstate, suspend
from provisioning.ldap import LdapTarget
from provisioning.ports import Change, Outcome
from tests.engines import device, person
from tests.faults.conftest import Connect, Times
from tests.faults.slapds import NAMES
from tests.faults.tally import PromisingEngine, Tally
from tests.proxies import Proxy, proxy_to
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.faults


class MuteAtWriting(LdapTarget):
    """A target whose line loses the server's replies from some write on."""

    proxy: Proxy
    spared = 0
    """Writes that are still answered."""

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Lose the replies, then write."""
        self.spared -= 1
        if self.spared < 0:
            super().apply([])  # the line is open before it falls silent
            self.proxy.mode = "mute"
        return super().apply(changes)


def lose_replies(engine: PromisingEngine, connect: Connect, proxy: Proxy, spared: int = 0) -> None:
    """Do a round whose writes are applied without one reply arriving."""
    through = connect(proxy.entrance, MuteAtWriting)
    assert isinstance(through, MuteAtWriting)
    through.proxy, through.spared = proxy, spared
    engine.let_time_pass()
    assert engine.reconciler(through).run().paused_for is not None
    proxy.mode = "fine"


@pytest.mark.fault("F04")
@pytest.mark.parametrize("spared", [0, 1], ids=["people", "app passwords"])
def test_replies_lost_after_adds(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, times: Times, spared: int
) -> None:
    """The adds of a batch are applied and not one reply arrives: they are found and adopted, no 68 is shown."""
    with proxy_to(slapd.ports.ldap) as proxy:
        for _ in range(times(1, 20)):
            for number in engine.hire(*NAMES[:20]):
                engine.app_password(number)
            lose_replies(engine, connect, proxy, spared)
            tally.injected(20)

            engine.settle()

    tally.close(engine, connect())


@pytest.mark.fault("F05")
def test_replies_lost_after_modifies(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, times: Times
) -> None:
    """Suspensions are applied and not one reply arrives: they are found done, and taken back they are undone."""
    numbers = engine.hire(*NAMES[:20])
    engine.settle()
    with proxy_to(slapd.ports.ldap) as proxy:
        for turn in range(times(2, 20)):
            for number in numbers:
                engine.do(reinstate if turn % 2 else suspend, number, "a reason")
            lose_replies(engine, connect, proxy)
            tally.injected(len(numbers))

            engine.settle()

    tally.close(engine, connect())


@pytest.mark.fault("F05")
def test_replies_lost_after_deletes(engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally) -> None:
    """The entries of app passwords that were revoked long ago go, and that no reply arrives brings nothing back."""
    [number] = engine.hire("Nguyễn Văn An")
    long_ago = engine.now - TOMBSTONE - timedelta(days=1)
    phones = [engine.app_password(number, made_at=long_ago) for _ in range(20)]
    engine.settle()
    with engine.outbox.transaction() as session:
        session.execute(update(AppPassword).values(revoked_at=long_ago))
    engine.touch(number)
    with proxy_to(slapd.ports.ldap) as proxy:
        lose_replies(engine, connect, proxy, spared=1)  # the person's own entry is written first
        tally.injected(len(phones))

    engine.settle()

    seen = connect().observe([person(number)])[person(number)]
    assert not [each for each in phones if device(each, person(number)) in seen.children]
    tally.close(engine, connect())


@pytest.mark.fault("F06")
def test_request_stuck_in_a_frozen_server(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, times: Times
) -> None:
    """A suspension is stuck in a frozen slapd, is taken back in the book, and arrives late: it does not stay."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    for _ in range(times(2, 15)):
        engine.target.ping()
        engine.target.apply([])
        slapd.send("slapd", signal.SIGSTOP)
        engine.do(suspend, number, "a reason")
        assert engine.run().paused_for is not None
        tally.injected()
        engine.do(reinstate, number, "a reason")

        slapd.send("slapd", signal.SIGCONT)
        engine.settle()

        tally.close(engine, connect())


@pytest.mark.fault("F07")
def test_line_cut_in_the_middle_of_a_reply(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, times: Times
) -> None:
    """The line is reset after some byte of the replies: the outcome is unknown, and found out."""
    with proxy_to(slapd.ports.ldap) as proxy:
        for byte in range(1, 1400, times(200, 14)):
            through = connect(proxy.entrance)
            through.ping()
            through.apply([])
            engine.hire(*NAMES[:25])
            proxy.cut_after = proxy.carried + byte
            engine.let_time_pass()
            report = engine.reconciler(through).run()
            assert report.paused_for is not None
            tally.injected()

            engine.settle()

    tally.close(engine, connect())


@pytest.mark.fault("F07")
def test_nonsense_in_place_of_replies(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, times: Times
) -> None:
    """A line on which nonsense arrives is dropped: the outcome is unknown, and found out."""
    with proxy_to(slapd.ports.ldap) as proxy:
        for _ in range(times(3, 50)):
            through = connect(proxy.entrance)
            through.ping()
            through.apply([])
            engine.hire(*NAMES[:5])
            proxy.mode = "garbled"
            engine.let_time_pass()
            report = engine.reconciler(through).run()
            proxy.mode = "fine"
            assert report.paused_for is not None
            tally.injected()

            engine.settle()

    tally.close(engine, connect())

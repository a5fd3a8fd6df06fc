"""Faults of the LDAP server and of the line to it: nothing is lost, nothing doubled, no entry twice."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from ldap3 import MODIFY_REPLACE, NONE, SASL, Connection, Server

from directory.lifecycle import reinstate, suspend
from provisioning.ldap import LdapTarget
from provisioning.ports import Add, Change, Outcome, Unavailable
from provisioning.reconcile import Reconciler
from stack.layout import Layout
from stack.tls import certify
from tests.engines import Engine, person
from tests.faults.checks import assert_all_is_real, people_in
from tests.faults.conftest import Connect
from tests.proxies import Proxy, proxy_to
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.faults
NAMES = [f"Nguyễn Văn {first}{second}" for first in "ABCDEGHKLM" for second in ("n", "nh", "i", "a", "o")]
CONFIG = "olcDatabase={1}mdb,cn=config"


class MuteAtWriting(LdapTarget):
    """A target whose line loses the server's replies from the first write on."""

    proxy: Proxy

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Lose the replies, then write."""
        self.proxy.mode = "mute"
        return super().apply(changes)


def configure(servers: Servers, attribute: str, value: str) -> None:
    """Change a setting of the running slapd."""
    connection = Connection(
        Server(servers.slapd.local_uri, get_info=NONE),
        authentication=SASL,
        sasl_mechanism="EXTERNAL",
        sasl_credentials="",
    )
    connection.bind()
    connection.modify(CONFIG, {attribute: [(MODIFY_REPLACE, [value])]})
    assert connection.result["result"] == 0, connection.result
    connection.unbind()


def test_slapd_killed_during_an_apply(engine: Engine, slapd: Servers, connect: Connect) -> None:
    """slapd is killed while a batch is being written, and comes back."""
    engine.hire(*NAMES)
    watcher = connect()
    round_ = threading.Thread(target=engine.run)
    round_.start()
    while not people_in(watcher):
        time.sleep(0.001)

    slapd.kill("slapd")
    round_.join()
    slapd.need("slapd")
    engine.settle()

    assert_all_is_real(engine, connect())


def test_slapd_away_then_back(engine: Engine, slapd: Servers, connect: Connect) -> None:
    """slapd is stopped before a batch: the target is paused, nobody is to blame, and all goes on when it is back."""
    numbers = engine.hire(*NAMES)
    slapd.stop("slapd")
    report = engine.run()
    assert report.paused_for is not None
    assert engine.status(numbers[0]) is None

    slapd.need("slapd")
    engine.settle()

    assert_all_is_real(engine, connect())


def test_replies_lost_after_adds(engine: Engine, slapd: Servers, connect: Connect) -> None:
    """The adds of a batch are applied and not one reply arrives: they are found and adopted, no 68 is shown."""
    with proxy_to(slapd.ports.ldap) as proxy:
        engine.hire(*NAMES)
        through = connect(proxy.entrance, MuteAtWriting)
        assert isinstance(through, MuteAtWriting)
        through.proxy = proxy
        report = engine.reconciler(through).run()
        assert report.paused_for is not None

    engine.settle()

    assert_all_is_real(engine, connect())


@pytest.mark.parametrize("byte", [1, 7, 100, 1000])
def test_line_cut_in_the_middle_of_a_reply(engine: Engine, slapd: Servers, connect: Connect, byte: int) -> None:
    """The line is reset in the middle of a reply: the outcome is unknown, and found out."""
    with proxy_to(slapd.ports.ldap) as proxy:
        through = connect(proxy.entrance)
        through.ping()
        engine.hire(*NAMES)
        proxy.cut_after = proxy.carried + byte
        report = engine.reconciler(through).run()
        assert report.paused_for is not None

    engine.settle()

    assert_all_is_real(engine, connect())


def test_silent_server_frees_the_worker(engine: Engine, slapd: Servers, connect: Connect) -> None:
    """A server that takes connections and says nothing costs one time limit, then the target is paused."""
    with proxy_to(slapd.ports.ldap) as proxy:
        proxy.mode = "deaf"
        engine.hire("Nguyễn Văn An")

        report = engine.reconciler(connect(proxy.entrance)).run()

    assert report.paused_for is not None
    engine.settle()
    assert_all_is_real(engine, connect())


def test_threads_and_lines_do_not_pile_up(slapd: Servers, connect: Connect) -> None:
    """After many faults the service holds no more threads and no more than one line."""
    before = threading.active_count()
    with proxy_to(slapd.ports.ldap) as proxy:
        target = connect(proxy.entrance)
        for _ in range(5):
            proxy.mode = "deaf"
            with pytest.raises(Unavailable):
                target.ping()
            proxy.mode = "fine"
            target.ping()
        target.close()
        # The proxy's own threads end when both sides of a line have hung up; one is at its door.
        deadline = time.monotonic() + 10
        while threading.active_count() > before + 1 and time.monotonic() < deadline:
            time.sleep(0.02)

        assert threading.active_count() <= before + 1


def test_request_stuck_in_a_frozen_server(engine: Engine, slapd: Servers, connect: Connect) -> None:
    """A suspension is stuck in a frozen slapd, is taken back in the book, and arrives late: it does not stay."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    connect().ping()
    slapd.send("slapd", signal.SIGSTOP)
    engine.do(suspend, number, "a reason")
    assert engine.run().paused_for is not None
    engine.do(reinstate, number, "a reason")

    slapd.send("slapd", signal.SIGCONT)
    engine.settle()

    assert_all_is_real(engine, connect())


def test_read_only_server_fails_nobody(engine: Engine, slapd: Servers, connect: Connect) -> None:
    """A server that is read-only is paused; when it writes again, all is made real."""
    numbers = engine.hire(*NAMES)
    configure(slapd, "olcReadOnly", "TRUE")
    assert engine.run().paused_for is not None
    assert engine.status(numbers[0]) is None

    configure(slapd, "olcReadOnly", "FALSE")
    engine.settle()

    assert_all_is_real(engine, connect())


def test_full_map_fails_nobody(engine: Engine, slapd: Servers, connect: Connect) -> None:
    """A database that is full (code 80) pauses the target; when there is room, all is made real."""
    numbers = engine.hire(*NAMES)
    configure(slapd, "olcDbMaxSize", "65536")
    assert engine.run().paused_for is not None
    assert engine.status(numbers[0]) is None

    configure(slapd, "olcDbMaxSize", "1073741824")
    engine.settle()

    assert_all_is_real(engine, connect())


def test_address_of_a_foreign_entry_is_for_a_person(engine: Engine, slapd: Servers, connect: Connect) -> None:
    """An address that a foreign entry has taken is refused with the reason; the others become real."""
    target = connect()
    foreign = (("uid", "foreign"), ("ou", "people"))
    values = {"cvAddress": ("annv@tinh.gov.vn",), "cvMailboxId": ("foreign",), "uid": ("foreign",)}
    mailbox = {"objectClass": ("inetOrgPerson", "cvMailbox"), "cn": ("x",), "sn": ("x",)}
    state = {"cvState": ("active",), "cvRevision": ("1",)}
    target.apply([Add(foreign, {**values, **mailbox, **state})])
    refused, fine = engine.hire("Nguyễn Văn An", "Trần Văn Bình")

    engine.settle()

    status = engine.status(refused)
    assert status is not None
    assert status.state == "refused"
    assert status.reason is not None
    assert status.reason.startswith("Another entry of the LDAP server has one of these addresses")
    assert person(fine) in target.observe([person(fine)])
    assert foreign in target.observe([foreign])


def test_two_workers_at_once(engine: Engine, slapd: Servers, connect: Connect) -> None:
    """Two workers share the work: each entry is made once, and everybody is welcomed once."""
    engine.hire(*NAMES)
    for worker in (workers := [threading.Thread(target=rounds, args=(engine, connect())) for _ in range(2)]):
        worker.start()
    for worker in workers:
        worker.join()

    engine.settle()

    assert_all_is_real(engine, connect())


def rounds(engine: Engine, target: LdapTarget) -> None:
    """Work until nothing can be claimed, a few at a time."""
    while Reconciler(engine.outbox, target, engine.mail, lambda: engine.now, batch=7).run().claimed:
        pass


def test_foreign_certificate_ends_the_talk(slapd: Servers, connect: Connect, tmp_path: Path) -> None:
    """A server whose certificate another authority signed is not signed in to, and never spoken to in plain."""
    line = replace(connect().line, ca_file=certify(Layout(tmp_path)).authority)
    target = LdapTarget(line, "dc=gov,dc=vn")

    with pytest.raises(Unavailable, match="certificate"):
        target.ping()


def test_wrong_password_pauses_all(engine: Engine, slapd: Servers, connect: Connect) -> None:
    """A password that the server does not take is a fault of the whole: the target is paused, nobody is to blame."""
    [number] = engine.hire("Nguyễn Văn An")
    target = LdapTarget(replace(connect().line, password="wrong"), "dc=gov,dc=vn")

    report = engine.reconciler(target).run()

    assert report.paused_for is not None
    assert engine.status(number) is None

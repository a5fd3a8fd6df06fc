"""PostgreSQL is killed, loses its last commits, is overloaded or full: what was acknowledged stays."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from directory.lifecycle import reinstate, suspend
from provisioning.migrations import migrate
from provisioning.outbox import Outbox, Queue, engine_for
from stack.errors import StackError
from tests.conftest import KEYS, administer
from tests.engines import person
from tests.faults.conftest import Connect, Times
from tests.faults.slapds import NAMES
from tests.faults.tally import PromisingEngine, Tally
from tests.stack_fixtures import Servers
from tests.statements import is_one_waiting
from tests.worker.conftest import PATIENCE_SECONDS, Worker, wait_until

pytestmark = pytest.mark.faults


@pytest.fixture
def postgresql(own_servers: Servers) -> Servers:
    """Give a PostgreSQL of the test's own with the schema, as safe from a crash as in earnest, and slapd."""
    own_servers.durable = True
    own_servers.need("postgresql", "slapd")
    engine = create_engine(own_servers.postgresql.url)
    migrate(engine)
    engine.dispose()
    return own_servers


@pytest.fixture
def book(postgresql: Servers) -> Iterator[Outbox]:
    """Give the outbox on it, as the service opens it; commits wake the worker."""
    outbox = Outbox(engine_for(postgresql.postgresql.url), KEYS, Queue().wake)
    yield outbox
    outbox.engine.dispose()


def kill_postgresql(servers: Servers) -> None:
    """Kill the postmaster with -9; its children notice and go."""
    servers.kill("postgresql")


def start_postgresql(servers: Servers) -> None:
    """Start PostgreSQL again, as soon as the last process of the one that was killed has gone."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            servers.need("postgresql")
        except StackError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


@contextmanager
def hiring(engine: PromisingEngine) -> Iterator[None]:
    """Let people be appointed one after the other for a while; what was not acknowledged was not promised."""
    stopping = threading.Event()

    def go_on() -> None:
        while not stopping.is_set():
            with suppress(DBAPIError):
                engine.hire(*NAMES[:3])

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@pytest.mark.fault("F14")
def test_postgresql_killed_under_load(
    postgresql: Servers, book: Outbox, connect: Connect, tally: Tally, times: Times, tmp_path: Path
) -> None:
    """PostgreSQL is killed while people are appointed and a worker works: both go on by themselves when it is back,
    and who was acknowledged is there once.
    """
    engine = PromisingEngine(book, connect())
    settings = {**postgresql.environment(), "CONGVU_DATABASE_URL": postgresql.postgresql.url}
    worker = Worker(settings, tmp_path / "worker.log")
    with hiring(engine):
        for _ in range(times(3, 20)):
            promised = len(engine.people)
            wait_until(lambda promised=promised: len(engine.people) > promised + 20)  # type: ignore[misc]  # mypy infers no lambda with defaults
            kill_postgresql(postgresql)
            tally.injected()
            start_postgresql(postgresql)

    engine.let_time_pass()  # the leases of rounds that were cut off
    engine.touch(next(iter(engine.people)))
    wait_until(lambda: engine.due() == 0)

    assert worker.stop() == 0
    engine.follow_and_settle()
    tally.close(engine, connect())


def kill_before_it_syncs(servers: Servers, engine: PromisingEngine) -> None:
    """Let a round be recorded, and kill PostgreSQL before that is on its disk: whoever writes it there is frozen."""
    server = (servers.postgresql.data / "postmaster.pid").read_text().split(maxsplit=1)[0]
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    [writer] = [int(each) for each in children if b"walwriter" in Path(f"/proc/{each}/cmdline").read_bytes()]
    os.kill(writer, signal.SIGSTOP)
    report = engine.run()
    kill_postgresql(servers)
    os.kill(writer, signal.SIGKILL)
    assert report.done == report.claimed > 0


@pytest.mark.fault("F14")
@pytest.mark.parametrize("decision", ["newcomers", "shutting"])
def test_round_that_postgresql_forgot_is_done_again(
    postgresql: Servers, book: Outbox, connect: Connect, tally: Tally, times: Times, decision: str
) -> None:
    """A round that PostgreSQL forgot in dying is done again: nothing is written nor anybody welcomed twice by that."""
    engine = PromisingEngine(book, connect())
    engine.settle()
    for _ in range(times(2, 20)):
        getattr(engine, decision)()
        engine.let_time_pass()
        kill_before_it_syncs(postgresql, engine)
        tally.injected()
        before = connect().observe([person(number) for number in engine.people])
        start_postgresql(postgresql)
        book.engine.dispose()
        forgotten = engine.due()

        engine.settle()

        assert forgotten > 0
        assert connect().observe(list(before)) == before
    last = next(reversed(engine.people))
    engine.do(reinstate if engine.people[last] == "suspended" else suspend, last, "a reason")
    engine.settle()
    tally.close(engine, connect())


@pytest.mark.fault("F15")
def test_book_that_lost_its_last_commits_reverts_no_disable(
    engine: PromisingEngine, connect: Connect, cluster: str, tally: Tally, outbox: Outbox
) -> None:
    """After a failover to a copy that lacks the last commits LDAP is ahead: a scan tells it and reverts nothing, and
    a disable stays.
    """
    numbers = engine.hire(*NAMES[:5])
    engine.settle()
    name = str(outbox.engine.url.database)
    outbox.engine.dispose()
    administer(cluster, f"CREATE DATABASE {name}_behind TEMPLATE {name}")
    for number in numbers:
        engine.do(suspend, number, "a reason")
        tally.injected()
    engine.settle()
    tally.close(engine, connect())
    behind = create_engine(cluster.format(f"{name}_behind"))
    late = PromisingEngine(replace(outbox, engine=behind), engine.target, now=engine.now)

    report = late.scan()
    late.settle()

    assert (report.restored, report.asked) == (0, len(numbers))
    tally.close(engine, connect())
    behind.dispose()
    administer(cluster, f"DROP DATABASE {name}_behind WITH (FORCE)")


@pytest.mark.fault("F16")
def test_deadlock_costs_a_worker_its_round(
    engine: PromisingEngine, connect: Connect, tally: Tally, outbox: Outbox
) -> None:
    """A round that PostgreSQL ends because of a deadlock records nothing; what it wrote is found by the next."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    engine.do(suspend, number, "a reason")
    failed = list[OperationalError]()

    def work() -> None:
        try:
            engine.run()
        except OperationalError as error:
            failed.append(error)

    with outbox.engine.connect() as other, other.begin():
        other.execute(text("SET LOCAL deadlock_timeout = '1min'"))
        other.execute(text("UPDATE entry_status SET attempts = attempts"))
        thread = threading.Thread(target=work)
        thread.start()
        wait_until(lambda: is_one_waiting(outbox.engine))
        other.execute(text("UPDATE due SET urgent = urgent"))  # which the round has removed, and not yet committed
        tally.injected()
        thread.join()

    assert [type(error.orig).__name__ for error in failed] == ["DeadlockDetected"]
    engine.settle()
    tally.close(engine, connect())


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Put a small disk (tmpfs) at a folder; without the right to mount, the test is skipped and says so."""
    folder.mkdir(parents=True, exist_ok=True)
    size = f"size={megabytes}m"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting a small disk needs root and the right to mount: this test did not run")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Fill a small disk up to so many bytes; give the file that does."""
    file = folder / "filling"
    state = os.statvfs(folder)
    with file.open("wb") as out:
        out.truncate(0)
        os.posix_fallocate(out.fileno(), 0, max(state.f_bavail * state.f_frsize - leave, 1))
    return file


@pytest.mark.fault("F27")
def test_full_disk_of_slapd_fails_nobody(
    own_servers: Servers, outbox: Outbox, tally: Tally, request: pytest.FixtureRequest
) -> None:
    """While slapd's disk is full the target is paused and nobody is to blame; when there is room all is made real."""
    with small_disk(own_servers.slapd.data, 4):
        connect: Connect = request.getfixturevalue("connect")
        engine = PromisingEngine(outbox, connect())
        engine.settle()
        filling = fill(own_servers.slapd.data, leave=0)
        numbers = engine.hire(*NAMES)
        report = engine.run()
        tally.injected()

        assert report.paused_for is not None
        assert engine.status(numbers[-1]) is None
        filling.unlink()
        own_servers.stop("slapd")  # it may take no more writes until it is started anew
        own_servers.need("slapd")
        engine.settle()
        tally.close(engine, connect())
        own_servers.stop("slapd")


def hire_without_end(engine: PromisingEngine) -> None:
    """Appoint people until it fails."""
    while True:
        engine.hire(*NAMES[:5])


@pytest.mark.fault("F27")
def test_full_disk_of_postgresql_loses_nothing(
    own_servers: Servers, tally: Tally, request: pytest.FixtureRequest
) -> None:
    """When PostgreSQL's disk is full no more is acknowledged; when there is room, all that was is made real."""
    with small_disk(own_servers.layout.root / "postgresql", 160):
        servers: Servers = request.getfixturevalue("postgresql")
        connect: Connect = request.getfixturevalue("connect")
        engine = PromisingEngine(request.getfixturevalue("book"), connect())
        engine.hire(*NAMES[:5])
        filling = fill(servers.postgresql.data, leave=100_000)
        with pytest.raises(DBAPIError):
            hire_without_end(engine)
        tally.injected()
        filling.unlink()
        if servers.supervisor.ended() == "postgresql":
            servers.supervisor.running.pop("postgresql")
            start_postgresql(servers)
        engine.hire(*NAMES[:5])
        engine.settle(rounds=100)

        tally.close(engine, connect())
        servers.stop("postgresql")

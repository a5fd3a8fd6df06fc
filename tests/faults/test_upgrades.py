"""Half-way through an upgrade: the schema moves under a worker, and workers of two versions share one queue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from procrastinate import App
from sqlalchemy import create_engine, text

from provisioning.bootstrap import Service, assemble
from provisioning.config import Settings
from provisioning.jobs import agencies, app_for
from provisioning.jobs.job import Job
from provisioning.migrations import migrate, revisions
from provisioning.outbox import Outbox, Queue
from tests.conftest import KEYS, administer
from tests.faults.conftest import Connect
from tests.faults.slapds import NAMES
from tests.faults.tally import PromisingEngine, Tally
from tests.worker.conftest import Worker, wait_until

pytestmark = pytest.mark.faults
NEWER = "a_kind_of_the_next_version"
EXPANSIONS = (
    *(f"ALTER TABLE {table} ADD COLUMN of_the_next_version text" for table in ("due", "entry_status", "target_status")),
    *(f"ALTER TABLE {table} ADD COLUMN also_new bigint NOT NULL DEFAULT 0" for table in ("accounts", "mailboxes")),
    "CREATE TABLE of_the_next_version (id bigint PRIMARY KEY, account_id bigint REFERENCES accounts)",
    "CREATE INDEX CONCURRENTLY of_the_next_version_idx ON entry_status (at)",
)
"""What a migration may do before every worker is new: expand first, contract in a later release."""


@pytest.fixture
def waking(outbox: Outbox) -> Outbox:
    """Give the outbox whose commits wake the worker."""
    return Outbox(outbox.engine, KEYS, Queue().wake)


@pytest.mark.fault("F39")
def test_schema_moves_on_under_a_worker(
    waking: Outbox, settings: dict[str, str], connect: Connect, tally: Tally, tmp_path: Path
) -> None:
    """A worker goes on while the tables that it works on are expanded, one step of it after each list of people."""
    engine = PromisingEngine(waking, connect())
    worker = Worker(settings, tmp_path / "worker.log")
    changing = create_engine(waking.engine.url, isolation_level="AUTOCOMMIT")
    with changing.connect() as connection:
        for statement in EXPANSIONS:
            engine.hire(*NAMES[:20])
            connection.execute(text(statement))
            tally.injected()

        wait_until(lambda: engine.due() == 0)

        assert worker.stop() == 0
        for table in ("due", "entry_status", "target_status"):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN of_the_next_version"))
        for table in ("accounts", "mailboxes"):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN also_new"))
        connection.execute(text("DROP TABLE of_the_next_version"))
        connection.execute(text("DROP INDEX of_the_next_version_idx"))
    changing.dispose()
    engine.follow_and_settle()
    tally.close(engine, connect())


@pytest.mark.fault("F39")
def test_worker_waits_for_the_migration(
    postgresql_behind: Outbox, settings: dict[str, str], connect: Connect, tally: Tally, tmp_path: Path
) -> None:
    """A worker that is started before the newest migration has run works as soon as it has."""
    worker = Worker({**settings, "CONGVU_DATABASE_URL": url_of(postgresql_behind)}, tmp_path / "worker.log")
    tally.injected()

    migrate(postgresql_behind.engine)

    engine = PromisingEngine(postgresql_behind, connect())
    engine.hire(*NAMES[:20])
    wait_until(lambda: engine.due() == 0)
    assert worker.stop() == 0
    engine.follow_and_settle()
    tally.close(engine, connect())


@pytest.fixture
def postgresql_behind(cluster: str) -> Iterator[Outbox]:
    """Give a book whose schema lacks the newest migration."""
    administer(cluster, "CREATE DATABASE behind")
    engine = create_engine(cluster.format("behind"))
    present, newest = revisions(engine)
    assert (present, newest) != (None, None)
    migrate(engine, f"{int(str(newest)) - 1:04}")
    yield Outbox(engine, KEYS, Queue().wake)
    engine.dispose()
    administer(cluster, "DROP DATABASE behind WITH (FORCE)")


def url_of(outbox: Outbox) -> str:
    """Give the address of a book."""
    return outbox.engine.url.render_as_string(hide_password=False)


@pytest.mark.fault("F39")
def test_old_worker_leaves_new_kinds_of_jobs_to_new_workers(
    waking: Outbox, settings: dict[str, str], connect: Connect, tally: Tally, tmp_path: Path
) -> None:
    """A job of a kind that a worker does not know stays in the queue, however often it is offered, holds up no other,
    and is done once by a worker that knows it.
    """
    engine = PromisingEngine(waking, connect())
    worker = Worker(settings, tmp_path / "worker.log")
    with waking.transaction() as session:
        Queue(App(connector=Queue().app.connector)).app.configure_task(
            NEWER, queue="default", connection=session.connection().connection.driver_connection
        ).defer(number=1)
        tally.injected()
    engine.hire(*NAMES[:20])
    wait_until(lambda: engine.due() == 0)
    wait_until(lambda: was_offered(waking, 1))
    offer_again(waking)
    wait_until(lambda: was_offered(waking, 2))
    assert worker.stop() == 0
    offer_again(waking)

    assert newer_worker(settings) == [1]

    assert not was_offered(waking, 0)
    engine.follow_and_settle()
    tally.close(engine, connect())


def was_offered(outbox: Outbox, times: int) -> bool:
    """Say whether the job of the newer kind waits again, after it was offered at least so often."""
    waits = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name AND status = 'todo' AND attempts >= :times"
    with outbox.transaction() as session:
        return bool(session.scalar(text(waits), {"name": NEWER, "times": times}))


def offer_again(outbox: Outbox) -> None:
    """Take away the wait of the job of the newer kind."""
    with outbox.transaction() as session:
        session.execute(
            text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE task_name = :name"), {"name": NEWER}
        )
        session.execute(
            text('SELECT pg_notify(\'procrastinate_any_queue_v1\', \'{"type": "job_inserted", "job_id": 0}\')')
        )


def newer_worker(settings: dict[str, str]) -> list[int]:
    """Work off the queue with a worker that knows the newer kind; give what it was called with."""
    named = {name.removeprefix("CONGVU_").lower(): value for name, value in settings.items()}
    service: Service = assemble(
        Settings(**{name: value for name, value in named.items() if name in Settings.model_fields})  # type: ignore[arg-type]  # pydantic reads text
    )
    done = list[int]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agencies, "JOBS", (*agencies.JOBS, Job(NEWER, lambda _service, number: done.append(number))))
        app = app_for(service)

    async def work() -> None:
        async with app.open_async():
            await app.run_worker_async(queues=["default"], wait=False, delete_jobs="successful")

    asyncio.run(work())
    service.close()
    return done

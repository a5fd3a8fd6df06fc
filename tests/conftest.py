"""A private PostgreSQL for the tests: the migrated schema once, then a rollback or an empty database for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from directory.base import Actor, system
from directory.keys import Keys
from provisioning.migrations import migrate
from provisioning.outbox import Outbox
from tests.book import House, found_house, house_of, ids_of
from tests.faults.table import pytest_addoption, pytest_collection_modifyitems, pytest_terminal_summary
from tests.ground import Ground, Layer

__all__ = ["pytest_addoption", "pytest_collection_modifyitems", "pytest_terminal_summary"]

BINARIES = Path("/usr/lib/postgresql/15/bin")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, 09:00 in Viet Nam
KEYS = Keys(field=b"f" * 32, index=b"i" * 32, audit=b"a" * 32)


def _as_postgres(*command: str | Path) -> list[str]:
    """PostgreSQL refuses root: run it as the package's user."""
    drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.geteuid() == 0 else []
    return [*drop, *map(str, command)]


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Give the address, without a database name, of a PostgreSQL that lives as long as the tests."""
    folder = Path(tempfile.mkdtemp(prefix="congvu-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    subprocess.run(
        _as_postgres(BINARIES / "initdb", "-D", data, "-U", "congvu", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    options = f"-c listen_addresses= -k {folder} -c fsync=off -c full_page_writes=off -c max_connections=200"
    start = _as_postgres(BINARIES / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL)
    yield f"postgresql+psycopg://congvu@/{{}}?host={folder}"
    subprocess.run(
        _as_postgres(BINARIES / "pg_ctl", "-D", data, "-m", "immediate", "stop"), check=False, stdout=subprocess.DEVNULL
    )
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def schema(cluster: str) -> str:
    """Give the address of a database with the migrated schema and nothing in it; tests roll back on it."""
    administer(cluster, "CREATE DATABASE schema")
    engine = create_engine(cluster.format("schema"))
    migrate(engine)
    engine.dispose()
    administer(cluster, "CREATE DATABASE shared TEMPLATE schema")
    return cluster.format("shared")


@pytest.fixture(scope="session")
def shared_engine(schema: str) -> Iterator[Engine]:
    """Give the engine on which tests roll back."""
    engine = create_engine(schema)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def ground(shared_engine: Engine) -> Iterator[Ground]:
    """Give what the tests of a module stand on, and take it away before those of another come."""
    with shared_engine.connect() as connection, connection.begin() as transaction:
        yield Ground(connection, KEYS)
        transaction.rollback()


@pytest.fixture
def layers(actor: Actor) -> dict[str, Layer]:
    """Give how those fixtures are made that tests of a module share, each upon the ones before it."""
    return {"house": lambda session: ids_of(found_house(session, actor))}


@pytest.fixture
def session(request: pytest.FixtureRequest, ground: Ground, layers: dict[str, Layer]) -> Iterator[Session]:
    """Give a session with the book's keys whose work is rolled back after the test; what it shares is there already."""
    ground.lay({name: layer for name, layer in layers.items() if name in request.fixturenames})
    with ground.session() as session:
        yield session


@pytest.fixture
def house(session: Session, ground: Ground) -> House:
    """Give the agencies of the small book."""
    return house_of(session, ground.made("house"))


# What a test before left at work.
_LEAVE = text("""
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
""")
# Only what holds something is touched: TRUNCATE of all tables makes some hundred new files, a quarter of a second.
_EMPTY = text("""
    DO $$ DECLARE name text; holds boolean; BEGIN
      -- What is never deleted in earnest has triggers that say so.
      SET LOCAL session_replication_role = replica;
      FOR name IN SELECT quote_ident(tablename) FROM pg_tables
          WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO holds;
        IF holds THEN EXECUTE 'DELETE FROM ' || name; END IF;
      END LOOP;
      PERFORM setval(format('%I', sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    END $$
""")


@pytest.fixture(scope="session")
def common_engine(cluster: str, schema: str) -> Engine:
    """Give the engine, and with it the compiled statements, that tests that commit share, one after the other."""
    administer(cluster, "CREATE DATABASE common TEMPLATE schema")
    return create_engine(cluster.format("common"))


@pytest.fixture
def database_url(common_engine: Engine) -> Iterator[str]:
    """Give the address of a database with nothing in it and nobody at it, for what commits."""
    with common_engine.begin() as connection:
        connection.execute(_LEAVE)
        connection.execute(_EMPTY)
    yield common_engine.url.render_as_string(hide_password=False)
    common_engine.dispose()


@pytest.fixture
def outbox(database_url: str, common_engine: Engine) -> Outbox:
    """Give transactions that commit, on a database with nothing in it; wake-ups go nowhere."""
    return Outbox(engine=common_engine, keys=KEYS, wake=lambda _session, _wake_up: None)


@pytest.fixture
def actor() -> Actor:
    """Give the system as actor, at nine o'clock on a Monday morning in Viet Nam."""
    return system(NOW, "test")


def administer(cluster: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    engine = create_engine(cluster.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()

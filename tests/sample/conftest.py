"""The sample, loaded once for the tests that look at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from directory.base import system
from provisioning.outbox import Outbox
from provisioning.sample import Loaded, load
from tests.conftest import KEYS, administer

LOADED_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def secrets_dir(tmp_path: Path) -> Path:
    """Give a folder with the keys of the book."""
    for name, key in {"field_key": KEYS.field, "index_key": KEYS.index, "audit_key": KEYS.audit}.items():
        (tmp_path / name).write_text(key.hex())
    return tmp_path


@pytest.fixture(scope="module")
def filled(cluster: str, schema: str) -> Iterator[tuple[Outbox, Loaded]]:
    """Give transactions on a database with the sample, and what was loaded."""
    administer(cluster, "CREATE DATABASE sample TEMPLATE schema")
    engine = create_engine(cluster.format("sample"))
    outbox = Outbox(engine=engine, keys=KEYS, wake=lambda _session, _wake_up: None)
    yield outbox, load(outbox, system(LOADED_AT, "192.0.2.1"))
    engine.dispose()
    administer(cluster, "DROP DATABASE sample WITH (FORCE)")

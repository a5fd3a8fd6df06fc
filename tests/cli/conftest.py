"""The settings of a service on a test's own slapd and database, and an engine over both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from provisioning.bootstrap import assemble
from provisioning.config import Settings
from tests.engines import Engine
from tests.stack_fixtures import Servers, own_servers

__all__ = ["own_servers"]


@pytest.fixture
def environment(own_servers: Servers, database_url: str) -> dict[str, str]:
    """Give the settings of a service on the test's own slapd and database."""
    return {**own_servers.need("slapd").environment(), "CONGVU_DATABASE_URL": database_url}


@pytest.fixture
def engine(environment: dict[str, str]) -> Iterator[Engine]:
    """Give the book and the target that the command works on; nothing is due."""
    named = {name.removeprefix("CONGVU_").lower(): value for name, value in environment.items()}
    settings = Settings(**{name: value for name, value in named.items() if name in Settings.model_fields})  # type: ignore[arg-type]  # pydantic reads text
    service = assemble(settings)
    # Without the queue: no job is put in.
    engine = Engine(replace(service.outbox, wake=lambda _session, _wake_up: None), service.target)
    engine.settle()
    yield engine
    service.close()

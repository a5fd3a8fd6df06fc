"""Two applications: one on an empty book that nobody writes to, one on a book of the test's own; and their visitors."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from provisioning import logs
from provisioning.app import create_app
from provisioning.bootstrap import Service, assemble
from provisioning.config import Settings
from tests.conftest import KEYS

BASE_URL = "https://portal.example"


@pytest.fixture(scope="session")
def secrets_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the keys of the `outbox` fixture, so that a test can prepare the book."""
    folder = tmp_path_factory.mktemp("secrets")
    secrets = {"field_key": KEYS.field, "index_key": KEYS.index, "audit_key": KEYS.audit, "session_key": b"s" * 32}
    for name, key in secrets.items():
        (folder / name).write_text(key.hex())
    return folder


@pytest.fixture(scope="session")
def empty_service(secrets_dir: Path, schema: str) -> Iterator[Service]:
    """Give the service on an empty book."""
    service = assemble(Settings(database_url=schema, secrets_dir=secrets_dir, base_url=BASE_URL))
    yield service
    service.outbox.engine.dispose()


@pytest.fixture
def empty_app(empty_service: Service) -> Flask:
    """Give an application that no test writes to."""
    return answering(empty_service)


@pytest.fixture
def stranger(empty_app: Flask) -> FlaskClient:
    """Give a browser that nobody has signed in with, on an empty book."""
    return browser(empty_app)


@pytest.fixture
def service(secrets_dir: Path, database_url: str) -> Iterator[Service]:
    """Give the service on the test's own database."""
    service = assemble(Settings(database_url=database_url, secrets_dir=secrets_dir, base_url=BASE_URL))
    yield service
    service.outbox.engine.dispose()


@pytest.fixture
def app(service: Service) -> Flask:
    """Give an application on the test's own database."""
    return answering(service)


@pytest.fixture
def fleeting_app(empty_service: Service) -> Iterator[Flask]:
    """Give an application on the shared database whose every transaction is undone after the test.

    Cheaper than a database of the test's own, and enough for one request after the other.
    """
    with empty_service.outbox.engine.connect() as connection, connection.begin() as transaction:
        connection.begin_nested()  # so that a session's commit and rollback are those of a savepoint
        outbox = replace(empty_service.outbox, engine=cast("Engine", connection))
        yield answering(replace(empty_service, outbox=outbox))
        transaction.rollback()


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Give what is logged while the test runs, and put the loggers back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.configure(written, logging.DEBUG)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def answering(service: Service) -> Flask:
    """Make the application of a service; an error of ours is answered, as it would be in earnest."""
    app = create_app(service)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def browser(app: Flask) -> FlaskClient:
    """Open a browser on the portal's own pages."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client

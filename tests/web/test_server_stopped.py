"""The page of provisioning while the LDAP server is really stopped, and after it has come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from provisioning.bootstrap import Service, assemble
from provisioning.config import Settings
from tests.stack_fixtures import Servers, own_servers
from tests.web.conftest import BASE_URL, answering
from tests.web.pages import Page
from tests.web.people import Somebody, book_of, signed_in

pytestmark = pytest.mark.slow
__all__ = ["own_servers"]


@pytest.fixture
def service(own_servers: Servers, secrets_dir: Path, database_url: str) -> Iterator[Service]:
    """Give the service on the test's own database and its own slapd."""
    given = own_servers.need("slapd").environment()
    named = {name.removeprefix("CONGVU_").lower(): value for name, value in given.items()}
    wanted = {name: value for name, value in named.items() if name.startswith("ldap_")}
    settings = {**wanted, "database_url": database_url, "secrets_dir": secrets_dir, "base_url": BASE_URL}
    made = assemble(Settings.model_validate(settings))
    yield made
    made.close()


@pytest.fixture
def it_staff(service: Service) -> Somebody:
    """Give somebody of the department's IT staff, whose own entry waits."""
    app: Flask = answering(service)
    book_of(app)
    return signed_in(app, "agency_it")


def try_now(service: Service) -> None:
    """Let the engine do a round whatever it was to wait for."""
    with service.outbox.engine.begin() as connection:
        connection.execute(text("UPDATE target_status SET paused_until = NULL"))
    service.reconciler.run()


def test_page_tells_that_the_server_is_stopped_and_what_to_do(
    own_servers: Servers, service: Service, it_staff: Somebody
) -> None:
    """While slapd is stopped the page says so with what to do, keeps what waits, and blames no entry."""
    own_servers.stop("slapd")

    try_now(service)
    page = Page(it_staff.client.get("/provisioning"))

    assert "Máy chủ LDAP không làm việc từ" in page.text
    assert "Hãy kiểm tra máy chủ có đang chạy" in page.text
    assert it_staff.number in page.text
    assert "Bản ghi lỗi" not in page.text


def test_page_is_calm_again_once_the_server_is_back(own_servers: Servers, service: Service, it_staff: Somebody) -> None:
    """When slapd runs again what waited is written by itself, and the page says that all is well."""
    own_servers.stop("slapd")
    try_now(service)

    own_servers.add("slapd")
    try_now(service)
    page = Page(it_staff.client.get("/provisioning"))

    assert "Máy chủ LDAP không làm việc từ" not in page.text
    assert "Mọi bản ghi đã có trên máy chủ" in page.text

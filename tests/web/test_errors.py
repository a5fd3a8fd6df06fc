"""What a visitor is told when something goes wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from provisioning.app import PATIENCE_SECONDS
from provisioning.bootstrap import Service
from provisioning.outbox import engine_for
from tests.web.conftest import BASE_URL, answering, browser
from tests.web.pages import Page
from tests.web.people import fill_in, signed_in

PROGRAM = """
from provisioning.app import create_app
with create_app().extensions["congvu"].outbox.engine.connect() as connection:
    print(connection.connection.driver_connection.patience)
"""
"""Says how long the web waits for an answer, as gunicorn starts it."""


@pytest.fixture
def cut_off(empty_service: Service) -> Iterator[FlaskClient]:
    """Give a visitor with a cookie, while PostgreSQL is away."""
    engine = engine_for("postgresql+psycopg://congvu@/congvu?host=/nowhere")
    app = answering(replace(empty_service, outbox=replace(empty_service.outbox, engine=engine)))
    client = browser(app)
    client.set_cookie(app.extensions["signin"].cookie, "a" * 43, secure=True)
    yield client
    engine.dispose()


def test_away_database_is_told_as_such(cut_off: FlaskClient) -> None:
    """While PostgreSQL is away a page says so, and when to try again."""
    answer = cut_off.get("/officials")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "chưa kết nối được tới danh bạ" in Page(answer).text


def test_away_database_is_told_to_htmx_too(cut_off: FlaskClient) -> None:
    """A search while PostgreSQL is away puts the same message above the page."""
    answer = cut_off.get("/officials?q=an", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Retarget"]) == (503, "#messages")


@pytest.mark.parametrize(("said", "limit"), [("", "15000"), ("&tcp_user_timeout=2000", "2000")])
def test_database_whose_machine_is_gone_holds_no_request_for_ever(database_url: str, said: str, limit: str) -> None:
    """An open connection has the kernel give a machine up that acknowledges nothing; the address may say when."""
    engine = engine_for(database_url + said)

    with engine.connect() as connection:
        found = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]  # psycopg's

    engine.dispose()
    assert found["tcp_user_timeout"] == limit


def test_silent_database_holds_no_request_for_ever() -> None:
    """Where something listens and never answers, a connection is given up by itself: nobody else ends the wait."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = engine_for(f"postgresql+psycopg://congvu@127.0.0.1:{silent.getsockname()[1]}/congvu")
        end = Timer(30, silent.shutdown, (socket.SHUT_RDWR,))
        end.start()

        with pytest.raises(OperationalError, match="timeout expired"):
            engine.connect()

        end.cancel()


def test_frozen_database_holds_no_page_for_ever(schema: str, secrets_dir: Path) -> None:
    """The web waits no longer for an answer than its pages may, on whichever connection (see `test_frozen_book`)."""
    given = {"CONGVU_DATABASE_URL": schema, "CONGVU_SECRETS_DIR": str(secrets_dir), "CONGVU_BASE_URL": BASE_URL}

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**os.environ, **given}, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == str(PATIENCE_SECONDS)


def test_sheets_of_style_need_no_database(cut_off: FlaskClient) -> None:
    """What a page of errors looks like does not depend on PostgreSQL."""
    assert cut_off.get("/static/x/app.css").status_code == 200


def test_refusal_is_a_page_with_its_reason(fleeting_app: Flask) -> None:
    """What the book refuses outside a form is a page that says why, under the refusal's own status."""
    staff = signed_in(fleeting_app, "agency_it")

    answer = fill_in(staff, f"/officials/{staff.official}/suspend", reason="QĐ 1")

    assert answer.status_code == 403
    assert "Bạn không có quyền làm việc này ở đây" in Page(answer).text


def test_refusal_leaves_nothing_behind(fleeting_app: Flask) -> None:
    """After a refusal the book is as it was."""
    staff = signed_in(fleeting_app, "agency_it")

    fill_in(staff, f"/officials/{staff.official}/suspend", reason="QĐ 1")

    assert "Đang hoạt động" in Page(staff.client.get(f"/officials/{staff.official}")).text

"""PostgreSQL stands still while its machine acknowledges packets: no page waits for ever, none promises too much."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from provisioning.bootstrap import Service, assemble
from provisioning.config import Settings
from tests.faults.tally import Tally
from tests.faults.test_book_faults import postgresql
from tests.faults.test_web_faults import FORM, appointed, whole_form
from tests.stack_fixtures import Servers
from tests.web.conftest import BASE_URL, answering, secrets_dir
from tests.web.pages import Page
from tests.web.people import Somebody, signed_in

__all__ = ["postgresql", "secrets_dir"]

pytestmark = [pytest.mark.faults, pytest.mark.fault("F14")]
NAME = "Trần Văn Bình"
LONGEST_SECONDS = 60
"""After so long the book goes on by itself, so that a test of a wait without end fails and does not hang."""


def signal_all(servers: Servers, what: signal.Signals) -> None:
    """Send a signal to PostgreSQL and to each of its children, those that answer connections too."""
    master = servers.supervisor.running["postgresql"].process.pid
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
    for process in (master, *map(int, children)):
        os.kill(process, what)


@pytest.fixture
def frozen(postgresql: Servers) -> Iterator[Servers]:
    """Give servers whose PostgreSQL goes on after the test, whatever came of it."""
    end = Timer(LONGEST_SECONDS, signal_all, (postgresql, signal.SIGCONT))
    end.start()
    yield postgresql
    end.cancel()
    signal_all(postgresql, signal.SIGCONT)


@pytest.fixture
def service(frozen: Servers, secrets_dir: Path) -> Iterator[Service]:
    """Give the service on it, as the web is given it but with less patience."""
    settings = Settings(database_url=frozen.postgresql.url, secrets_dir=secrets_dir, base_url=BASE_URL)
    made = assemble(settings, patience=1)
    yield made
    made.close()


@pytest.fixture
def app(service: Service) -> Flask:
    """Give the application on it."""
    return answering(service)


@pytest.fixture
def staff(app: Flask) -> Somebody:
    """Give somebody who may appoint officials."""
    return signed_in(app, "agency_it")


def test_page_is_given_up_on_an_open_connection(frozen: Servers, app: Flask, staff: Somebody, tally: Tally) -> None:
    """A form that is sent meanwhile says that nothing was changed; sent again afterwards, it is done once."""
    fields = whole_form(staff, NAME)
    signal_all(frozen, signal.SIGSTOP)

    answer = staff.client.post(FORM, data=fields)

    signal_all(frozen, signal.SIGCONT)
    tally.injected()
    again = staff.client.post(FORM, data=fields)
    assert (answer.status_code, again.status_code) == (503, 303)
    assert "Chưa có gì bị thay đổi" in Page(answer).text
    assert appointed(app, NAME) == 1


def test_change_whose_commit_is_not_answered_is_not_denied(
    frozen: Servers, service: Service, app: Flask, staff: Somebody, tally: Tally
) -> None:
    """Where the commit was sent and not answered the page does not say that nothing was changed: here all of it was."""
    fields = whole_form(staff, NAME)
    sent = list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    def freeze(_connection: object) -> None:
        if any("INSERT INTO officials" in statement for statement in sent):
            signal_all(frozen, signal.SIGSTOP)

    event.listen(service.outbox.engine, "before_cursor_execute", note)
    event.listen(service.outbox.engine, "commit", freeze)

    answer = staff.client.post(FORM, data=fields)

    event.remove(service.outbox.engine, "commit", freeze)
    signal_all(frozen, signal.SIGCONT)
    tally.injected()
    again = staff.client.post(FORM, data=fields)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Chưa rõ việc này đã xong hay chưa" in Page(answer).text
    assert "Chưa có gì bị thay đổi" not in Page(answer).text
    assert again.status_code == 303
    assert appointed(app, NAME) == 1


def test_page_that_only_shows_speaks_of_no_change(
    frozen: Servers, service: Service, staff: Somebody, tally: Tally
) -> None:
    """A page that changes nothing says only that the directory cannot be reached, wherever the answer was lost."""

    def freeze(_connection: object) -> None:
        signal_all(frozen, signal.SIGSTOP)

    event.listen(service.outbox.engine, "commit", freeze)

    answer = staff.client.get("/officials")

    event.remove(service.outbox.engine, "commit", freeze)
    tally.injected()
    assert answer.status_code == 503
    assert "Hiện chưa kết nối được tới danh bạ" in Page(answer).text


def test_statement_that_fails_keeps_its_connection(service: Service, tally: Tally) -> None:
    """Only silence costs a connection: one on which PostgreSQL has ended a statement itself is used again."""
    with service.outbox.engine.connect() as connection:
        before = connection.scalar(text("SELECT pg_backend_pid()"))
        tally.injected()
        with pytest.raises(OperationalError):
            connection.execute(text("SET LOCAL statement_timeout = 1; SELECT pg_sleep(0.5)"))

        connection.rollback()

        assert connection.scalar(text("SELECT pg_backend_pid()")) == before

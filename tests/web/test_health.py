"""What those who watch over the service are told."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from provisioning.bootstrap import Service, assemble, clock
from provisioning.config import Settings
from provisioning.ldap import LdapTarget
from provisioning.mail import Doorkeeper, Judge
from provisioning.pings import Answer, Ping, ask_all
from provisioning.ports import Unavailable
from tests.stack_fixtures import Servers, own_servers
from tests.web.conftest import answering

__all__ = ["own_servers"]

Whole = tuple[Servers, Service, Flask]


@pytest.fixture
def whole(
    own_servers: Servers, database_url: str, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Whole]:
    """Give the service on real servers of its own, with a worker that has just said that it lives."""
    own_servers.need("mail")
    given = own_servers.environment() | {"CONGVU_DATABASE_URL": database_url, "CONGVU_SECRETS_DIR": str(secrets_dir)}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    service = assemble()
    heartbeat(service)
    settings = service.settings
    with Doorkeeper(settings.list_senders_host, settings.list_senders_port, Judge(service.outbox, clock)) as keeper:
        thread = Thread(target=keeper.serve_forever)
        thread.start()
        yield own_servers, service, answering(service)
        keeper.shutdown()
        thread.join()
    assert isinstance(service.target, LdapTarget)
    service.target.close()
    service.outbox.engine.dispose()


def heartbeat(service: Service, seconds_ago: int = 0) -> None:
    """Let a worker say, or have said, that it lives."""
    with service.outbox.transaction() as session:
        session.execute(text("DELETE FROM procrastinate_workers"))
        session.execute(
            text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => :ago))"),
            {"ago": seconds_ago},
        )


def ask(app: Flask, *, near: bool = True) -> tuple[int, dict[str, Any]]:
    """Ask whether all is well, from the same machine or from another one."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "127.0.0.1" if near else "192.0.2.7"
    app.extensions.pop("pulse", None)
    answer = client.get("/healthy")
    return answer.status_code, json.loads(answer.get_data())


def failing(found: dict[str, Any]) -> set[str]:
    """Give the parts that do not answer."""
    return {name for name, part in found["parts"].items() if not part["ok"]}


@pytest.mark.slow
def test_all_parts_answer(whole: Whole) -> None:
    """With every server up the answer is 200 and names each part."""
    status, found = ask(whole[2])

    assert (status, found["healthy"], set(found["parts"])) == (
        200,
        True,
        {"database", "queue", "ldap", "dovecot", "postfix", "list-senders", "logs"},
    )


@pytest.mark.slow
@pytest.mark.faults
def test_parts_that_are_gone_are_named(whole: Whole) -> None:
    """Servers that were killed make the answer 503 and are the ones that are named."""
    servers, _, app = whole

    servers.kill("slapd")
    servers.kill("postfix")

    status, found = ask(app)
    assert (status, failing(found)) == (503, {"ldap", "postfix"})


@pytest.mark.slow
@pytest.mark.faults
def test_part_that_hangs_is_not_waited_for(whole: Whole) -> None:
    """A frozen LDAP server is reported after a few seconds, though its own time limit is longer."""
    servers, _, app = whole
    servers.send("slapd", signal.SIGSTOP)

    status, found = ask(app)

    servers.send("slapd", signal.SIGCONT)
    assert (status, failing(found)) == (503, {"ldap"})
    assert found["parts"]["ldap"]["reason"] == "no answer within 3 seconds"


def test_list_senders_that_is_not_there_is_named(service: Service) -> None:
    """Where Postfix is to ask who may send to a list and nobody answers, all is not well."""
    settings = service.settings.model_copy(update={"list_senders_port": 1})

    status, found = ask(answering(replace(service, settings=settings)))

    assert (status, "list-senders" in failing(found)) == (503, True)
    assert "run congvu list-senders" in found["parts"]["list-senders"]["reason"]


def test_logs_that_cannot_be_read_are_named(service: Service, tmp_path: Path) -> None:
    """A log of the mail servers that is not there is named with what the system says."""
    settings = service.settings.model_copy(update={"postfix_log": tmp_path / "mail.log"})

    _, found = ask(answering(Service(**{**vars(service), "settings": settings})))

    assert found["parts"]["logs"]["reason"] == f"the log {tmp_path}/mail.log cannot be read: No such file or directory"


@pytest.mark.parametrize(("seconds_ago", "fails"), [(5, False), (60, True)])
def test_worker_must_have_been_seen_lately(service: Service, app: Flask, seconds_ago: int, *, fails: bool) -> None:
    """A worker that has said nothing for a minute is taken for dead."""
    heartbeat(service, seconds_ago)

    _, found = ask(app)

    assert ("queue" in failing(found)) is fails


def test_missing_database_is_told(secrets_dir: Path) -> None:
    """Without PostgreSQL the page still answers, and says so."""
    url = "postgresql+psycopg://congvu@127.0.0.1:1/nowhere?connect_timeout=1"
    service = assemble(Settings(database_url=url, secrets_dir=secrets_dir, base_url="https://portal.example"))

    status, found = ask(answering(service))

    assert status == 503
    assert {"database", "queue"} <= failing(found)


def test_figures_tell_of_a_missing_database(secrets_dir: Path) -> None:
    """Without PostgreSQL the figures still come, so that an alarm can go off: they say which parts answer."""
    url = "postgresql+psycopg://congvu@127.0.0.1:1/nowhere?connect_timeout=1"
    service = assemble(Settings(database_url=url, secrets_dir=secrets_dir, base_url="https://portal.example"))

    answer = answering(service).test_client().get("/metrics")

    assert answer.status_code == 200
    assert 'congvu_up{part="database"} 0.0' in answer.get_data(as_text=True)


def test_strangers_are_not_told_why(empty_app: Flask) -> None:
    """From elsewhere one sees that a part fails, and not which file or host it is."""
    _, found = ask(empty_app, near=False)

    assert {tuple(sorted(part)) for part in found["parts"].values()} == {("milliseconds", "ok")}


def test_answer_is_given_again_for_a_while(service: Service, app: Flask) -> None:
    """Asked twice in a row the servers are asked once, so that nobody can use the page to hammer them."""
    heartbeat(service)
    first = app.test_client().get("/healthy")
    heartbeat(service, 600)

    second = app.test_client().get("/healthy")

    assert first.get_data() == second.get_data()


def test_postfix_that_nobody_configured_is_not_asked(empty_app: Flask) -> None:
    """Without settings for it a stack without Postfix is not thought ill."""
    _, found = ask(empty_app)

    assert not {"postfix", "list-senders"} & found["parts"].keys()


def test_parts_are_asked_side_by_side() -> None:
    """One part that does not answer takes no time from the others."""
    end = Event()

    answers = ask_all(
        [Ping("silent", lambda: Unavailable("too late") if end.wait(9) else None), Ping("good", list)], 0.2
    )

    end.set()
    assert [(answer.part, answer.failure) for answer in answers] == [
        ("silent", "no answer within 0.2 seconds"),
        ("good", None),
    ]


def test_reason_of_a_part_is_kept() -> None:
    """Why a part fails is what its port said."""

    def refuse() -> None:
        raise Unavailable("no connection to the LDAP server")

    [answer] = ask_all([Ping("ldap", refuse)])

    assert answer == Answer("ldap", answer.seconds, "no connection to the LDAP server")

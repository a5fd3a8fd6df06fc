"""What the logs hold, and what they never hold."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from provisioning import logs
from provisioning.bootstrap import Service
from tests.web.conftest import browser
from tests.web.pages import Page

CANARY = "canary-7f3a91"


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Read the log."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("said", ["a\nb", "a\r\nb", "a\x00b", "a\x1b[31mb", "a\x7fb", "a\u2028b", "a\x85b", "a\u202eb"])
def test_no_line_can_be_forged(stream: io.StringIO, said: str) -> None:
    """Control characters that a stranger sends end up escaped in one line of plain ASCII."""
    logs.log_of("test").info("somebody came", name=said)

    [line] = stream.getvalue().split("\n")[:-1]
    assert (line.isascii() and line.isprintable(), json.loads(line)["name"]) == (True, said)


@pytest.mark.parametrize("name", ["password", "Authorization", "code", "token", "personal_id", "cookie"])
def test_what_is_called_secret_is_not_logged(stream: io.StringIO, name: str) -> None:
    """A value under the name of a secret is left out, also inside of another value."""
    logs.log_of("test").info("somebody came", **{name: CANARY}, form={name: CANARY})

    assert CANARY not in stream.getvalue()


def test_libraries_write_the_same_lines(stream: io.StringIO) -> None:
    """What a library logs is a JSON line too."""
    logging.getLogger("some.library").warning("it said %s", "a\nb")

    [line] = lines(stream)
    assert (line["event"], line["level"], line["logger"]) == ("it said a\nb", "warning", "some.library")


def test_exceptions_stay_in_one_line(stream: io.StringIO) -> None:
    """A traceback is a value of its line, not lines of its own."""
    try:
        raise KeyError
    except KeyError:
        logs.log_of("test").exception("it failed")

    [line] = lines(stream)
    assert "KeyError" in line["exception"]


def test_request_is_named_in_its_lines(empty_app: Flask, stream: io.StringIO) -> None:
    """The number that an answer carries is the one in the log."""
    answer = browser(empty_app).get("/sign-in")

    found = [line["request_id"] for line in lines(stream) if line["event"] == "answered"]
    assert found == [answer.headers["X-Request-Id"]]


def test_query_and_ids_are_not_logged(empty_app: Flask, stream: io.StringIO) -> None:
    """The access log has the view's pattern: neither the question mark's rest nor who or what was looked at."""
    browser(empty_app).get(f"/adoption/{CANARY}?day={CANARY}")

    assert CANARY not in stream.getvalue()
    assert [line["view"] for line in lines(stream) if line["event"] == "answered"] == ["/adoption/<public_id>"]


def test_unknown_address_is_cut(empty_app: Flask, stream: io.StringIO) -> None:
    """An address that no view has is logged, without its query and not at any length."""
    browser(empty_app).get("/" + "x" * 5000 + f"?{CANARY}")

    [line] = [line for line in lines(stream) if line["event"] == "answered"]
    assert (line["status"], len(line["path"]), CANARY in stream.getvalue()) == (404, 200, False)


def test_secrets_of_forms_and_headers_are_not_logged(empty_app: Flask, stream: io.StringIO) -> None:
    """Neither what is typed into the sign-in form nor a token or a cookie is found in the log."""
    client = browser(empty_app)
    token = Page(client.get("/sign-in")).token

    client.set_cookie("congvu-session", CANARY)
    client.post("/sign-in", data={"csrf_token": token, "address": "an@tinh.gov.vn", "password": CANARY, "code": CANARY})
    client.get("/metrics", headers={"Authorization": f"Bearer {CANARY}"}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    client.post("/api/lists", headers={"Authorization": f"Bearer {CANARY}"})

    assert lines(stream)
    assert CANARY not in stream.getvalue()


def test_healthy_visits_are_quiet(app: Flask, stream: io.StringIO) -> None:
    """A watchdog that asks every few seconds fills no log while style sheets and figures are fetched well."""
    app.test_client().get("/metrics")

    assert [line for line in lines(stream) if line["event"] == "answered"] == []


def test_statement_that_fails_tells_no_values(service: Service) -> None:
    """An error of the database does not carry what stood in the statement."""
    statement = text("SELECT CAST(1 AS int) / 0 WHERE :value <> ''")

    with pytest.raises(DBAPIError) as failed, service.outbox.transaction() as session:
        session.execute(statement, {"value": CANARY})

    assert CANARY not in str(failed.value)

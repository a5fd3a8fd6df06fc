"""Nobody learns who has an account from what the portal asks its database: it asks the same for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from tests.web.conftest import browser
from tests.web.visitor import Visitor, official

NAMES = ("annv@tinh.gov.vn", "khongco@tinh.gov.vn", "cv22222222", "không phải địa chỉ")


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@contextmanager
def asked(app: Flask) -> Iterator[list[str]]:
    """Collect which kinds of statements reach PostgreSQL, in their order."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(statement.split(maxsplit=1)[0])

    connection = app.extensions["congvu"].outbox.engine
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(connection, "before_cursor_execute", note)


def test_sign_in_asks_the_same_for_everybody(app: Flask) -> None:
    """A wrong password costs the same statements whether or not there is such an account."""
    known = official(app).know

    costs = {}
    for name in (*NAMES, known.number):
        visitor = Visitor(browser(app))
        form = visitor.open("/sign-in").forms["/sign-in"]
        with asked(app) as sent:
            visitor.client.post("/sign-in", data={**form, "name": name, "password": "wrong"})
        costs[name] = tuple(sent)

    assert len(set(costs.values())) == 1, costs


def test_recovery_asks_the_same_for_everybody(app: Flask) -> None:
    """Beginning a recovery and a wrong code cost the same statements whether or not there is such an account."""
    known = official(app).know

    costs = {}
    for name in (*NAMES, known.number):
        visitor = Visitor(browser(app))
        form = visitor.open("/forgotten").forms["/forgotten"]
        with asked(app) as sent:
            visitor.client.post("/forgotten", data={**form, "name": name})
            visitor.send("/forgotten/app", code="000000")
        costs[name] = tuple(sent)

    assert len(set(costs.values())) == 1, costs

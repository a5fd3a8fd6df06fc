"""Somebody at a browser: opens pages, fills in the forms that they have, follows where they lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from directory.base import Actor
from tests.book import hire
from tests.credentials import PASSWORD, Enrolled, enrol
from tests.web.conftest import browser
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, agency, seed


@dataclass
class Visitor:
    """A browser, and perhaps the official who sits before it."""

    client: FlaskClient
    who: Enrolled | None = None

    def open(self, path: str) -> Page:
        """Load a page, going on to where it leads."""
        return Page(self.client.get(path, follow_redirects=True))

    def send(self, path: str, /, *, to: str | None = None, **values: str | list[str]) -> TestResponse:
        """Load a page, fill in its form and send it; the answer is not followed."""
        page = self.open(path)
        action = to or page.answer.request.path
        return self.client.post(action, data={**page.forms[action], **values})

    @property
    def code(self) -> str:
        """Read the authenticator app."""
        return self.know.code(datetime.now(UTC))

    @property
    def know(self) -> Enrolled:
        """Give what the official knows and holds."""
        assert self.who is not None
        return self.who

    def show_password(self, password: str = PASSWORD, **more: str) -> TestResponse:
        """Sign in with the first factor."""
        return self.send("/sign-in", name=self.know.number, password=password, **more)

    def show_code(self, code: str | None = None) -> TestResponse:
        """Show the second factor."""
        return self.send("/sign-in/second-factor", code=code or self.code)

    def sign_in(self) -> Visitor:
        """Sign in with both factors."""
        self.show_password()
        assert self.show_code().status_code == 303
        return self

    def cookie(self, name: str) -> str | None:
        """Read a cookie that the browser holds."""
        held = self.client.get_cookie(name)
        return held.value if held else None


def system_now(app: Flask) -> Actor:
    """Give the system as actor, with the agencies of the small book founded."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return seed(session)


def official(app: Flask, name: str = "Nguyễn Văn An") -> Visitor:
    """Appoint an official who has enrolled everything, at a browser that is not signed in."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        (account,) = hire(session, now, agency(session, DEPARTMENT), name)
        return Visitor(browser(app), enrol(session, now, account))

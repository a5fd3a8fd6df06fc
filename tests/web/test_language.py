"""The two languages of the pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from markupsafe import Markup

from directory.errors import BadValue, TooManyTries
from provisioning.web.language import COOKIE, day, instant, say
from tests.web.pages import Page


def switch(visitor: FlaskClient, language: str, way_back: str = "/nowhere") -> Page:
    """Use the switch at the top of a page."""
    token = Page(visitor.get("/nowhere")).token
    return Page(visitor.post("/language", data={"csrf_token": token, "language": language, "next": way_back}))


def test_pages_are_vietnamese_at_first(stranger: FlaskClient) -> None:
    """Without a choice a page is Vietnamese and says so to screen readers."""
    answer = stranger.get("/nowhere").get_data(as_text=True)

    assert '<html lang="vi">' in answer
    assert "Không có trang này" in answer


def test_switch_is_remembered(stranger: FlaskClient) -> None:
    """After the switch to English pages are English."""
    switch(stranger, "en")

    assert "There is no such page" in Page(stranger.get("/nowhere")).text


def test_switch_goes_back(stranger: FlaskClient) -> None:
    """The switch leads back to the page it was used on."""
    assert switch(stranger, "en", "/nowhere?q=1").answer.headers["Location"] == "/nowhere?q=1"


def test_switch_does_not_lead_away(stranger: FlaskClient) -> None:
    """The switch never leads to another site."""
    assert switch(stranger, "en", "//evil.example").answer.headers["Location"] == "/"


def test_unknown_language_is_refused(stranger: FlaskClient) -> None:
    """A language that we do not speak is refused."""
    assert switch(stranger, "fr").status == 400


def test_strange_cookie_means_vietnamese(stranger: FlaskClient) -> None:
    """A cookie with another value than ours is as none."""
    stranger.set_cookie(COOKIE, "../en", secure=True)

    assert "Không có trang này" in Page(stranger.get("/nowhere")).text


def test_refusal_is_said_in_vietnamese(empty_app: Flask) -> None:
    """What the book refuses is said in the reader's language with its fields."""
    with empty_app.test_request_context():
        assert "30 giây" in say(TooManyTries(seconds=30))


def test_reason_of_a_refusal_is_said_too(empty_app: Flask) -> None:
    """The words inside a refusal are translated as well."""
    with empty_app.test_request_context():
        assert "12 chữ số" in say(BadValue(field="personal_id", reason="a personal ID number has 12 digits"))


def test_values_in_a_sentence_are_escaped(empty_app: Flask) -> None:
    """A value put into a sentence of a page stays text."""
    with empty_app.test_request_context():
        said = render_template_string("{{ _('Not a valid choice.') }}{{ _('{name}', name=name) }}", name="<script>")

    assert said.endswith("&lt;script&gt;")


def test_markup_in_a_sentence_stays(empty_app: Flask) -> None:
    """A link that a template puts into a sentence stays a link."""
    with empty_app.test_request_context():
        said = render_template_string("{{ _('{name}', name=name) }}", name=Markup("<b>An</b>"))

    assert said == "<b>An</b>"


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, ""), (datetime(2026, 1, 31, 17, 30, tzinfo=UTC), "01/02/2026")],
)
def test_days_are_written_as_in_viet_nam(value: datetime | None, written: str) -> None:
    """A day is dd/mm/yyyy, and an instant falls on its day in Viet Nam."""
    assert day(value) == written


def test_instants_are_written_in_vietnamese_time() -> None:
    """An instant is written in the time of Viet Nam."""
    assert instant(datetime(2026, 1, 31, 17, 30, tzinfo=UTC)) == "00:30 01/02/2026"

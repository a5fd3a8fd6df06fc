"""API tokens on their pages: made with a fresh factor, shown once, revoked."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.web.conftest import BASE_URL
from tests.web.people import ELSEWHERE, agency, signed_in
from tests.web.visitor import Visitor

TOKEN = re.compile(r"cvt_[a-z2-7]{32}")


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


def test_token_is_shown_once(app: Flask) -> None:
    """The page after making it shows the token and where it is used; the list does not."""
    officer = Visitor(signed_in(app, "agency_it").client)
    made = officer.send("/tokens/new", label="import").get_data(as_text=True)

    listed = officer.open("/tokens")

    assert TOKEN.search(made)
    assert BASE_URL in made
    assert not TOKEN.search(listed.answer.get_data(as_text=True))
    assert "import" in listed.text


def test_agency_out_of_reach_cannot_be_chosen(app: Flask) -> None:
    """An agency that the page does not offer is refused."""
    officer = Visitor(signed_in(app, "agency_it").client)
    with app.extensions["congvu"].outbox.transaction() as session:
        outside = agency(session, ELSEWHERE).public_id

    answer = officer.send("/tokens/new", label="import", agency=outside)

    assert answer.status_code == 422


def test_revoked_token_is_gone(app: Flask) -> None:
    """Revoking takes it off the list."""
    officer = Visitor(signed_in(app, "agency_it").client)
    officer.send("/tokens/new", label="import")
    page = officer.open("/tokens")
    (action,) = [path for path in page.forms if path.endswith("/revoke")]

    officer.client.post(action, data=page.forms[action])

    assert "import" not in officer.open("/tokens").text


def test_odd_life_is_refused(app: Flask) -> None:
    """A life that the page does not offer is refused."""
    officer = Visitor(signed_in(app, "agency_it").client)

    assert officer.send("/tokens/new", label="import", days="4000").status_code == 422


def test_who_may_not_make_tokens_sees_no_agency(app: Flask) -> None:
    """Somebody without the right is offered no agency to make a token for."""
    visitor = Visitor(signed_in(app, None).client)

    assert visitor.send("/tokens/new", label="import", agency="x").status_code == 422

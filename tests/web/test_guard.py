"""The guard before every view: declared or refused, one value each, our own forms only."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from provisioning.bootstrap import Service
from provisioning.web.guard import Stage, need_of, needs, refuse_undeclared
from tests.web.conftest import answering, browser
from tests.web.pages import Page


@pytest.fixture
def trial(empty_service: Service) -> FlaskClient:
    """Give a visitor of an application with views of our own making."""
    app = answering(empty_service)
    views = Blueprint("trial", __name__)

    @views.route("/trial/open", methods=["GET", "POST"])
    @needs(Stage.ANYONE)
    def open_to_all() -> str:
        return "seen"

    @views.route("/trial/boxes", methods=["GET", "POST"])
    @needs(Stage.ANYONE, many=("scope",))
    def boxes() -> str:
        return "seen"

    @views.post("/trial/program")
    @needs(Stage.TOKEN)
    def program() -> str:
        return "seen"

    @views.get("/trial/broken")
    @needs(Stage.ANYONE)
    def broken() -> str:
        raise RuntimeError("a secret of the inside")

    app.register_blueprint(views)
    return browser(app)


def token(visitor: FlaskClient) -> str:
    """Give a token that the visitor's forms carry."""
    return Page(visitor.get("/nowhere")).token


def test_every_view_says_who_may_reach_it(empty_app: Flask) -> None:
    """No view of the portal is left undeclared."""
    assert [name for name, view in empty_app.view_functions.items() if need_of(view) is None] == []


def test_start_is_refused_with_an_undeclared_view(empty_app: Flask) -> None:
    """A view that nobody declared keeps the portal from starting."""
    empty_app.add_url_rule("/left-open", "left_open", lambda: "seen")

    with pytest.raises(SystemExit, match="left_open"):
        refuse_undeclared(empty_app)


def test_undeclared_view_is_closed(empty_app: Flask) -> None:
    """A view that was added after the start without a declaration answers nobody."""
    empty_app.add_url_rule("/left-open", "left_open", lambda: "seen")

    assert browser(empty_app).get("/left-open").status_code == 403


@pytest.mark.parametrize("question", ["a=1&a=2", "a=1&a=1", "a=&a="])
def test_repeated_parameter_is_refused(trial: FlaskClient, question: str) -> None:
    """A parameter of the address that comes twice is refused."""
    assert trial.get(f"/trial/open?{question}").status_code == 400


def test_repeated_field_is_refused(trial: FlaskClient) -> None:
    """A field of a form that comes twice is refused."""
    data = {"csrf_token": token(trial), "address": ["an@tinh.gov.vn", "evil@khac.gov.vn"]}

    assert trial.post("/trial/open", data=data).status_code == 400


def test_declared_field_may_come_twice(trial: FlaskClient) -> None:
    """Boxes that a view declared as many may all be ticked."""
    data = {"csrf_token": token(trial), "scope": ["imap", "smtp"]}

    assert trial.post("/trial/boxes", data=data).status_code == 200


def test_form_with_its_token_is_taken(trial: FlaskClient) -> None:
    """A form with the token of its page is taken."""
    assert trial.post("/trial/open", data={"csrf_token": token(trial)}).status_code == 200


@pytest.mark.parametrize("sent", ["", "x", "IjEi.aaaa.bbbb"])
def test_form_without_its_token_is_refused(trial: FlaskClient, sent: str) -> None:
    """A form without the token of its page is refused."""
    token(trial)

    assert trial.post("/trial/open", data={"csrf_token": sent}).status_code == 400


def test_token_of_another_browser_is_refused(trial: FlaskClient) -> None:
    """The token of one browser does not serve in another."""
    stolen = token(browser(trial.application))
    token(trial)

    assert trial.post("/trial/open", data={"csrf_token": stolen}).status_code == 400


@pytest.mark.parametrize("site", ["cross-site", "same-site", "odd"])
def test_form_of_another_site_is_refused(trial: FlaskClient, site: str) -> None:
    """A form that the browser says another site sent is refused, even with a token."""
    answer = trial.post("/trial/open", data={"csrf_token": token(trial)}, headers={"Sec-Fetch-Site": site})

    assert answer.status_code == 403


def test_program_needs_a_token(trial: FlaskClient) -> None:
    """A program without a token is told to bring one, in JSON."""
    answer = trial.post("/trial/program")

    assert (answer.status_code, answer.headers["WWW-Authenticate"], answer.mimetype) == (
        401,
        "Bearer",
        "application/json",
    )


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/nowhere", "GET", 404), ("/trial/program", "GET", 405), ("/trial/broken", "GET", 500)],
)
def test_error_is_a_page_of_ours(trial: FlaskClient, path: str, method: str, status: int) -> None:
    """An error is answered by a page in Vietnamese with a way on."""
    page = Page(trial.open(path, method=method))

    assert (page.status, "Về trang đầu" in page.text, "/" in page.links) == (status, True, True)


def test_error_of_ours_tells_nothing_of_the_inside(trial: FlaskClient) -> None:
    """What broke inside is not told; only the number under which our log tells it."""
    page = Page(trial.get("/trial/broken"))

    assert "secret" not in page.answer.get_data(as_text=True)
    assert page.answer.headers["X-Request-Id"] in page.text


def test_error_for_htmx_is_a_piece_of_a_page(trial: FlaskClient) -> None:
    """A request of htmx gets only the message, to be put above what was typed."""
    answer = trial.get("/nowhere", headers={"HX-Request": "true"})

    assert answer.headers["HX-Retarget"] == "#messages"
    assert "<html" not in answer.get_data(as_text=True)


def test_too_large_a_form_is_refused(empty_app: Flask) -> None:
    """More than the largest staff list is not read."""
    empty_app.config["MAX_CONTENT_LENGTH"] = 100

    assert browser(empty_app).post("/language", data={"language": "x" * 200}).status_code == 413

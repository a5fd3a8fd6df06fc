"""A forgotten password over HTTP: the pages in their order, and the same pages for everybody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from directory.credentials.tables import Recovery
from tests.credentials import OTHER_PASSWORD, PASSWORD
from tests.web.conftest import browser
from tests.web.pages import Page
from tests.web.visitor import Visitor, official

COOKIE = "__Host-congvu-recovery"
STEPS = ("/forgotten/app", "/forgotten/code", "/forgotten/password")


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


def begin(app: Flask, name: str) -> Visitor:
    """Type a name on the first page, with a browser of its own."""
    visitor = Visitor(browser(app))
    visitor.send("/forgotten", name=name)
    return visitor


def ready(app: Flask, whose: Visitor) -> Visitor:
    """Show both proofs."""
    visitor = begin(app, whose.know.number)
    visitor.send("/forgotten/app", code=whose.code)
    visitor.send("/forgotten/code", code=whose.know.codes[0])
    return visitor


def test_forgotten_password_is_replaced(app: Flask) -> None:
    """With the app and a recovery code a new password is set; the old one is refused."""
    an = official(app)

    done = ready(app, an).send(
        "/forgotten/password", password=OTHER_PASSWORD, again=OTHER_PASSWORD, app_passwords="keep"
    )

    assert done.headers["Location"] == "/sign-in"
    assert an.show_password(PASSWORD).status_code == 403
    assert an.show_password(OTHER_PASSWORD).status_code == 303


def test_open_sessions_die(app: Flask) -> None:
    """A browser that was signed in before is signed out by the recovery."""
    an = official(app).sign_in()
    visitor = begin(app, an.know.number)
    visitor.send("/forgotten/app", code=an.know.code(datetime.now(UTC), 1))
    visitor.send("/forgotten/code", code=an.know.codes[0])
    visitor.send("/forgotten/password", password=OTHER_PASSWORD, again=OTHER_PASSWORD, app_passwords="revoke")

    assert an.client.get("/me").headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("path", STEPS)
def test_no_step_without_a_beginning(app: Flask, path: str) -> None:
    """Whoever has no attempt is led to the beginning."""
    official(app)

    assert browser(app).get(path).headers["Location"] == "/forgotten"


@pytest.mark.parametrize("path", STEPS[1:])
def test_steps_cannot_be_skipped(app: Flask, path: str) -> None:
    """A page that is not next leads to the one that is, whether it is opened or its form sent."""
    an = official(app)
    visitor = begin(app, an.know.number)
    data = {
        "csrf_token": visitor.open("/forgotten/app").token,
        "password": OTHER_PASSWORD,
        "again": OTHER_PASSWORD,
        "app_passwords": "keep",
    }
    if path.endswith("code"):
        data = {"csrf_token": data["csrf_token"], "code": an.know.codes[0]}

    answers = [visitor.client.get(path), visitor.client.post(path, data=data)]

    assert [answer.headers["Location"] for answer in answers] == ["/forgotten/app"] * 2


def test_attempt_of_another_browser_is_out_of_reach(app: Flask) -> None:
    """What one browser has proven serves no other."""
    an = official(app)
    ready(app, an)

    thief = begin(app, an.know.number)

    assert thief.client.get("/forgotten/password").headers["Location"] == "/forgotten/app"


def test_finished_attempt_cannot_be_finished_again(app: Flask) -> None:
    """The form of the last step sent a second time changes nothing."""
    an = official(app)
    visitor = ready(app, an)
    token = visitor.cookie(COOKIE) or ""
    form = visitor.open("/forgotten/password").forms["/forgotten/password"]
    data = {**form, "password": OTHER_PASSWORD, "again": OTHER_PASSWORD, "app_passwords": "keep"}
    visitor.client.post("/forgotten/password", data=data)
    visitor.client.set_cookie(COOKIE, token, secure=True)

    again = visitor.client.post("/forgotten/password", data=data | {"password": PASSWORD, "again": PASSWORD})

    assert again.headers["Location"] == "/forgotten"
    assert an.show_password(PASSWORD).status_code == 403


def test_weak_password_may_be_chosen_again(app: Flask) -> None:
    """A weak or mistyped password is refused at its field, and the attempt goes on."""
    an = official(app)
    visitor = ready(app, an)

    answers = [
        visitor.send("/forgotten/password", password=one, again=two, app_passwords="keep").status_code
        for one, two in (("nguyenvanan12", "nguyenvanan12"), (OTHER_PASSWORD, "x"), (OTHER_PASSWORD, OTHER_PASSWORD))
    ]

    assert answers == [422, 422, 303]


def test_app_passwords_must_be_decided(app: Flask) -> None:
    """The question about app passwords has no answer before it is given."""
    visitor = ready(app, official(app))

    answer = visitor.send("/forgotten/password", password=OTHER_PASSWORD, again=OTHER_PASSWORD)

    assert answer.status_code == 422


def said(answer_page: Page, name: str) -> tuple[object, ...]:
    """Give what an answer tells, the name and random parts taken out."""
    answer = answer_page.answer
    random = ("X-Request-Id", "Set-Cookie", "Content-Length")
    text = answer.get_data(as_text=True).replace(name, "NAME")
    for form in answer_page.forms.values():
        text = text.replace(form.get("csrf_token", "-"), "TOKEN")
    return answer.status_code, [pair for pair in answer.headers if pair[0] not in random], text


def test_every_name_walks_the_same_pages(app: Flask) -> None:
    """A known name, a suspended one and one that nobody has are told the same at each step."""
    an, gone = official(app), official(app, "Lê Thị Bình")
    with app.extensions["congvu"].outbox.transaction() as session:
        session.get_one(type(gone.know.account), gone.know.id).state = "suspended"

    walks = set()
    for name in (an.know.number, gone.know.number, "cv22222222", "khongco@tinh.gov.vn", "khong phai dia chi"):
        visitor = Visitor(browser(app))
        started = visitor.send("/forgotten", name=name)
        page = visitor.open("/forgotten/app")
        wrong = Page(visitor.send("/forgotten/app", code="000000"))
        walks.add(str((started.status_code, started.headers["Location"], said(page, name), said(wrong, name))))

    assert len(walks) == 1


def test_cookie_is_short_lived_and_out_of_reach(app: Flask) -> None:
    """The cookie of an attempt lives a quarter of an hour and is tied to the host."""
    an = official(app)
    answer = Visitor(browser(app)).send("/forgotten", name=an.know.number)

    (cookie,) = [header for header in answer.headers.getlist("Set-Cookie") if header.startswith(COOKIE)]
    flags = {flag for flag in cookie.split("; ")[1:] if not flag.startswith("Expires")}
    assert flags == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=900"}


def test_row_keeps_no_token(app: Flask) -> None:
    """What stands in the table opens no attempt."""
    visitor = begin(app, official(app).know.number)
    token = visitor.cookie(COOKIE) or ""

    with app.extensions["congvu"].outbox.transaction() as session:
        (kept,) = session.query(Recovery.digest).one()
    assert token.encode() not in kept
    assert token

"""Signing in over HTTP: what the answers tell, what the cookies are, where the way goes on."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from directory.throttle import Failures
from tests.credentials import OTHER_PASSWORD, PASSWORD
from tests.web.conftest import browser
from tests.web.visitor import Visitor, official, system_now

SESSION = "__Host-congvu-session"
ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https://evil.example",
    "http:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "//evil.example/%2f..",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "evil.example",
    "@evil.example",
    "portal.example@evil.example",
    "https://portal.example@evil.example",
    "https://portal.example.evil.example",
    "//portal.example@evil.example",
    "//evil。example",
    "/／evil.example",
    "／／evil.example",
    "/\x00/evil.example",
    "/\u2028/evil.example",
    "/\u200b/evil.example",
    "?next=//evil.example",
    "#//evil.example",
    "..//evil.example",
    "",
)


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


def test_no_sign_in_leads_to_another_site(app: Flask) -> None:
    """Whatever address the way back names, a sign-in stays on the portal."""
    visitor = official(app)

    led = {}
    for wanted in ELSEWHERE:
        visitor.client = browser(app)
        answer = visitor.show_password(next=wanted)
        led[wanted] = answer.headers.get("Location")

    # An address with a NUL is refused before it is looked at.
    assert {wanted: where for wanted, where in led.items() if where != "/" and "\0" not in wanted} == {}
    assert led["/\x00/evil.example"] is None


def test_sign_in_goes_on_where_it_was(app: Flask) -> None:
    """Whoever opened a page before signing in comes to it after both factors."""
    visitor = official(app)
    way = {"name": visitor.know.number, "password": PASSWORD}
    page = visitor.open("/me/password")
    first = visitor.client.post("/sign-in", data={**page.forms["/sign-in"], **way})

    page = visitor.open(first.headers["Location"])
    data = {**page.forms["/sign-in/second-factor"], "code": visitor.code}
    second = visitor.client.post("/sign-in/second-factor", data=data)

    assert second.headers["Location"] == "/me/password"


def test_cookie_is_tied_to_the_host(app: Flask) -> None:
    """The cookie of a session is out of reach for scripts, plain HTTP and other sites' forms."""
    answer = official(app).show_password()

    (cookie,) = [header for header in answer.headers.getlist("Set-Cookie") if header.startswith(SESSION)]
    assert set(cookie.split("; ")[1:]) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_session_from_before_is_dead_after_each_step(app: Flask) -> None:
    """A token planted or caught before a factor was shown opens nothing after it."""
    visitor = official(app)
    visitor.client.set_cookie(SESSION, "planted", secure=True)
    visitor.show_password()
    first = visitor.cookie(SESSION)
    visitor.show_code()
    second = visitor.cookie(SESSION)

    thief = browser(app)
    thief.set_cookie(SESSION, first or "", secure=True)
    assert len({"planted", first, second}) == 3
    assert thief.get("/me").headers["Location"].startswith("/sign-in")


def test_signing_in_anew_ends_the_session_from_before(app: Flask) -> None:
    """When somebody else signs in with the same browser, the first one's session is over on the server."""
    first, second = official(app), official(app, "Lê Thị Bình")
    first.sign_in()
    token = first.cookie(SESSION)
    second.client = first.client
    token_page = Visitor(first.client).open("/me")
    answer = first.client.post(
        "/sign-in", data={"csrf_token": token_page.token, "name": second.know.number, "password": PASSWORD}
    )

    thief = browser(app)
    thief.set_cookie(SESSION, token or "", secure=True)
    assert answer.status_code == 303
    assert thief.get("/me").headers["Location"].startswith("/sign-in")


def test_signing_out_kills_the_token(app: Flask) -> None:
    """After signing out the token is dead on the server, wherever it was copied to."""
    visitor = official(app).sign_in()
    token = visitor.cookie(SESSION)
    visitor.client.post("/sign-out", data={"csrf_token": visitor.open("/me").token})

    thief = browser(app)
    thief.set_cookie(SESSION, token or "", secure=True)
    assert visitor.cookie(SESSION) is None
    assert thief.get("/me").headers["Location"].startswith("/sign-in")


def told(app: Flask, name: str, password: str) -> tuple[object, ...]:
    """Give everything that an answer to a sign-in tells, the name and random parts taken out."""
    answer = Visitor(browser(app)).send("/sign-in", name=name, password=password)
    kept = [
        (key, value) for key, value in answer.headers if key not in ("X-Request-Id", "Set-Cookie", "Content-Length")
    ]
    text = answer.get_data(as_text=True).replace(name, "NAME")
    token = text.split('name="csrf_token" value="')[1].split('"')[0]
    return answer.status_code, kept, text.replace(token, "TOKEN")


def test_refusals_are_alike(app: Flask) -> None:
    """A wrong password, a suspended account, one without password and a name nobody has are told alike."""
    an, gone, waiting = official(app), official(app, "Lê Thị Bình"), official(app, "Trần Văn Cường")
    with app.extensions["congvu"].outbox.transaction() as session:
        for visitor, state in ((gone, "suspended"), (waiting, "pending")):
            account = session.get_one(type(visitor.know.account), visitor.know.id)
            account.state = state

    answers = {
        str(told(app, name, password))
        for name, password in (
            (an.know.number, OTHER_PASSWORD),
            (gone.know.number, PASSWORD),
            (waiting.know.number, PASSWORD),
            ("cv22222222", PASSWORD),
            ("khongco@tinh.gov.vn", PASSWORD),
        )
    }

    assert len(answers) == 1


def shut_for_a_minute(app: Flask) -> None:
    """Keep the brake shut however slowly this machine goes on."""
    with app.extensions["congvu"].outbox.transaction() as session:
        session.execute(update(Failures).values(open_at=datetime.now(UTC) + timedelta(minutes=1)))


def test_brake_tells_alike(app: Flask) -> None:
    """After five wrong passwords a known and an unknown name get the same answer, right password or not."""
    visitor = official(app)
    for name in (visitor.know.number, "cv22222222"):
        for _ in range(5):
            Visitor(browser(app)).send("/sign-in", name=name, password="wrong")
    shut_for_a_minute(app)

    known, unknown = (told(app, name, PASSWORD) for name in (visitor.know.number, "cv22222222"))

    assert known[0] == 429
    assert seconds_hidden(known) == seconds_hidden(unknown)


def test_form_sent_twice_signs_in_once_and_harms_nothing(app: Flask) -> None:
    """A second factor sent twice leaves the browser signed in."""
    visitor = official(app)
    visitor.show_password()
    page = visitor.open("/sign-in/second-factor")
    data = {**page.forms["/sign-in/second-factor"], "code": visitor.code}

    answers = [visitor.client.post("/sign-in/second-factor", data=data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert visitor.client.get("/me").status_code == 200


def test_two_windows_sign_in_side_by_side(app: Flask) -> None:
    """Two windows that opened the sign-in before can both be used, one after the other."""
    visitor = official(app)
    pages = [visitor.open("/sign-in") for _ in range(2)]

    answers = [
        visitor.client.post(
            "/sign-in", data={**page.forms["/sign-in"], "name": visitor.know.number, "password": PASSWORD}
        )
        for page in pages
    ]

    assert [answer.status_code for answer in answers] == [303, 303]


def seconds_hidden(said: tuple[object, ...]) -> str:
    """Take the seconds left out of an answer: they run while the test does."""
    return re.sub(r"\b\d\d (giây|seconds)", "", str(said))


@pytest.mark.parametrize("field", ["name", "password"])
@pytest.mark.parametrize("shape", ["repeated", "list", "nul"])
def test_odd_shapes_of_a_field_are_refused(app: Flask, field: str, shape: str) -> None:
    """A field that comes twice, as a list or with a NUL never reaches the book."""
    visitor = official(app)
    form = visitor.open("/sign-in").forms["/sign-in"] | {"name": visitor.know.number, "password": PASSWORD}
    odd: dict[str, str | list[str]] = {**form}
    if shape == "list":
        odd[f"{field}[]"] = odd.pop(field)
    else:
        odd[field] = [form[field], "x"] if shape == "repeated" else form[field] + "\0"

    answer = visitor.client.post("/sign-in", data=odd)

    assert answer.status_code == 400


def test_json_is_no_sign_in(app: Flask) -> None:
    """The same values as JSON sign nobody in."""
    visitor = official(app)
    token = visitor.open("/sign-in").token
    values = {"name": visitor.know.number, "password": PASSWORD, "csrf_token": token}

    answer = visitor.client.post("/sign-in", json=values, headers={"X-CSRFToken": token})

    assert answer.status_code == 415
    assert visitor.cookie(SESSION) is None


@pytest.mark.parametrize("path", ["/sign-in", "/forgotten", "/activate"])
def test_forms_need_their_token(app: Flask, path: str) -> None:
    """A form of signing in that another site sent is refused."""
    system_now(app)

    answer = browser(app).post(path, data={"name": "x", "password": "x", "code": "x"})

    assert answer.status_code in (400, 403)


def test_recovery_code_serves_as_second_factor_once(app: Flask) -> None:
    """A recovery code signs in once, and is refused the second time."""
    visitor = official(app)
    answers = []
    for _ in range(2):
        visitor.client = browser(app)
        visitor.show_password()
        answers.append(visitor.show_code(visitor.know.codes[0]).status_code)

    assert answers == [303, 422]


def test_language_switch_keeps_the_way_back(app: Flask) -> None:
    """The sign-in in English says the same and keeps where the way goes on."""
    visitor = official(app)
    page = visitor.open("/me/password")
    visitor.client.post("/language", data={**page.forms["/language"], "language": "en"})

    again = visitor.open("/me/password")

    assert "Sign in" in again.text
    assert again.forms["/sign-in"]["next"] == "/me/password"

"""Enforcement: before the second factor only what leads to it answers; what needs it fresh asks again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pyotp
import pytest
from flask import Flask
from sqlalchemy import delete, update
from werkzeug.routing import AnyConverter, IntegerConverter

from directory.credentials.tables import RecoveryCode, SignInSession, Totp
from provisioning.web.guard import Stage, need_of
from tests.web.pages import Page
from tests.web.visitor import Visitor, official

OPEN = {
    "activation.use_slip",
    "app_passwords.autoconfig",
    "assets.asset",
    "enrolment.app",
    "enrolment.begin",
    "language.switch",
    "recovery.authenticator",
    "recovery.code",
    "recovery.password",
    "recovery.start",
    "signin.second_factor",
    "signin.sign_in",
    "signin.sign_out",
}
"""Every view of a page that answers somebody without a second factor; whoever adds one must name it here."""
PROBES = ("health", "metrics")
"""Views for machines that watch the service; they show nothing of anybody."""


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


def stage_of(app: Flask, endpoint: str) -> Stage:
    """Give who may reach a view."""
    need = need_of(app.view_functions[endpoint])
    assert need is not None
    return need.stage


def closed(app: Flask, stage: Stage) -> list[tuple[str, str]]:
    """Give the methods and paths of every view of a stage, with something in the place of each variable."""
    paths = []
    for rule in app.url_map.iter_rules():
        if stage_of(app, rule.endpoint) is not stage:
            continue
        values: dict[str, object] = {}
        for name, converter in rule._converters.items():  # noqa: SLF001 - only these know what fits
            fits = sorted(converter.items) if isinstance(converter, AnyConverter) else ["x"]
            values[name] = 1 if isinstance(converter, IntegerConverter) else fits[0]
        path = app.url_map.bind("portal.example").build(rule.endpoint, values)
        paths += [(method, path) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return paths


def test_views_before_the_second_factor_are_these(app: Flask) -> None:
    """No view but the listed ones answers somebody who has not shown the second factor."""
    found = {
        name
        for name in app.view_functions
        if stage_of(app, name) in (Stage.ANYONE, Stage.PASSWORD) and not name.startswith(PROBES)
    }

    assert found == OPEN


@pytest.mark.parametrize("is_enrolled", [True, False], ids=["enrolled", "not enrolled"])
def test_password_alone_opens_no_page(app: Flask, *, is_enrolled: bool) -> None:
    """A session that has shown only the password is sent to the second factor by every other view."""
    visitor = official(app)
    if not is_enrolled:
        forget_app(app, visitor)
    visitor.show_password()

    answers = {
        (method, path): visitor.client.open(path, method=method).headers.get("Location", "").partition("?")[0]
        for method, path in closed(app, Stage.FULL)
    }

    assert len(answers) > 20
    assert {where for where, leads in answers.items() if leads != "/sign-in/second-factor"} == set()


def forget_app(app: Flask, visitor: Visitor) -> None:
    """Take the authenticator app and the codes from an official, as before the enrolment."""
    with app.extensions["congvu"].outbox.transaction() as session:
        session.execute(delete(Totp).where(Totp.account_id == visitor.know.id))
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == visitor.know.id))


def secret_on(page: Page) -> str:
    """Read the key that the page shows for typing."""
    return page.answer.get_data(as_text=True).split('id="secret">')[1].split("<")[0]


def test_first_sign_in_leads_to_the_enrolment(app: Flask) -> None:
    """Whoever has no app is shown a QR code and goes on after its first code, with ten recovery codes."""
    visitor = official(app)
    forget_app(app, visitor)
    visitor.show_password()
    page = visitor.open("/")
    code = pyotp.TOTP(secret_on(page)).now()

    answer = visitor.send("/enrol/app", code=code)

    shown = answer.get_data(as_text=True)
    assert shown.count("<li>") >= 10
    assert answer.headers["Cache-Control"] == "no-store"
    assert visitor.client.get("/me").status_code == 200


def test_both_windows_show_the_same_secret(app: Flask) -> None:
    """Two windows of one browser enrol the same secret, so that either can confirm it."""
    visitor = official(app)
    forget_app(app, visitor)
    visitor.show_password()

    secrets = {secret_on(visitor.open("/enrol/app")) for _ in range(2)}

    assert len(secrets) == 1


def test_app_on_the_same_phone_is_one_link_away(app: Flask) -> None:
    """The page leads to the app of the phone that shows it, with what the picture carries."""
    visitor = official(app)
    forget_app(app, visitor)
    visitor.show_password()

    page = visitor.open("/enrol/app")

    address = re.search(r'href="(otpauth://[^"]+)"', page.answer.get_data(as_text=True))
    assert address is not None
    assert pyotp.parse_uri(unescape(address[1])).secret == secret_on(page).replace(" ", "")


def test_secret_is_not_shown_to_another_session(app: Flask) -> None:
    """Another browser with the same password is not shown the secret that the first one enrols."""
    first = official(app)
    forget_app(app, first)
    second = Visitor(app.test_client(), first.who)
    second.client.environ_base.update(first.client.environ_base)
    first.show_password()
    secret = secret_on(first.open("/enrol/app"))

    second.show_password()

    assert secret not in second.open("/enrol/app").answer.get_data(as_text=True)


def test_wrong_first_code_enrols_nothing(app: Flask) -> None:
    """After a wrong code there is no authenticator app and the session is as before."""
    visitor = official(app)
    forget_app(app, visitor)
    visitor.show_password()

    answer = visitor.send("/enrol/app", code="000000")

    with app.extensions["congvu"].outbox.transaction() as session:
        assert session.get(Totp, visitor.know.id) is None
    assert answer.status_code == 422
    assert visitor.client.get("/me").headers["Location"].startswith("/sign-in/second-factor")


def test_enrolled_official_cannot_enrol_over_it_with_a_password(app: Flask) -> None:
    """Whoever has an app and has shown only the password is led to show it, not to a new one."""
    visitor = official(app)
    visitor.show_password()
    token = visitor.open("/sign-in/second-factor").token

    answers = [visitor.client.get("/enrol/app"), visitor.client.post("/enrol/app/begin", data={"csrf_token": token})]

    assert [answer.headers["Location"].partition("?")[0] for answer in answers] == ["/sign-in/second-factor"] * 2


def age_factor(app: Flask, visitor: Visitor) -> None:
    """Let six minutes pass since the second factor was shown."""
    with app.extensions["congvu"].outbox.transaction() as session:
        session.execute(
            update(SignInSession)
            .where(SignInSession.account_id == visitor.know.id)
            .values(factor_at=datetime.now(UTC) - timedelta(minutes=6))
        )


@pytest.mark.parametrize("path", ["/me/app-passwords/new", "/enrol/codes"])
def test_old_factor_is_asked_again(app: Flask, path: str) -> None:
    """What needs a fresh factor asks for it and leads back; then it goes through."""
    visitor = official(app).sign_in()
    age_factor(app, visitor)
    token = visitor.open("/me").token

    asked = visitor.client.post(path, data={"csrf_token": token})
    page = visitor.open(asked.headers["Location"])
    back = visitor.client.post(
        "/sign-in/again",
        data={**page.forms["/sign-in/again"], "code": visitor.know.code(datetime.now(UTC), 1)},
    )

    assert asked.headers["Location"].startswith("/sign-in/again?next=")
    assert back.headers["Location"] == path
    assert visitor.client.get(path).status_code == 200

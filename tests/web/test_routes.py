"""Every route of the portal by every stage of a visitor: nothing is reached before its time."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from provisioning.bootstrap import Service
from provisioning.web.guard import SECOND_FACTOR, SIGN_IN, Stage, need_of
from tests.web.conftest import answering, browser
from tests.web.people import signed_in

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


def routes(app: Flask, *stages: Stage) -> list[tuple[Rule, str, str]]:
    """Give every route of these stages with a method it takes and an address that fits it."""
    found = []
    for rule in app.url_map.iter_rules():
        need = need_of(app.view_functions[rule.endpoint])
        assert need
        if need.stage in stages:
            values = {name: _value(rule, name) for name in rule.arguments}
            with app.test_request_context():
                _, address = rule.build(values) or ("", "")
            found += [(rule, method, address) for method in METHODS if method in (rule.methods or ())]
    return found


def _value(rule: Rule, name: str) -> object:
    """Give a value that an argument of a route takes."""
    converter = rule._converters[name]  # noqa: SLF001 - werkzeug tells nowhere else what an argument takes
    taken: list[str] = sorted(getattr(converter, "items", []))
    return taken[0] if taken else 1 if type(converter).__name__ == "IntegerConverter" else "x"


def leading(client: FlaskClient, app: Flask, *stages: Stage) -> dict[str, int | str]:
    """Give where each route of these stages leads a visitor."""
    return {
        f"{method} {rule.rule}": answer.headers.get("Location", answer.status_code)
        for rule, method, address in routes(app, *stages)
        for answer in [client.open(address, method=method)]
    }


def page_of(app: Flask, endpoint: str) -> str:
    """Give the address of a page without its question."""
    with app.test_request_context():
        path: str = app.url_for(endpoint)
    return path


def test_there_is_something_to_try(app: Flask) -> None:
    """The matrix below tries many routes of each stage."""
    assert [len(routes(app, stage)) > least for stage, least in zip(Stage, (5, 3, 40, 3), strict=True)] == [True] * 4


def test_stranger_is_led_to_sign_in(app: Flask) -> None:
    """Whoever has not signed in is led to do so by every route that needs it."""
    sign_in = page_of(app, SIGN_IN)

    led = leading(browser(app), app, Stage.PASSWORD, Stage.FULL)

    assert {route: where for route, where in led.items() if not str(where).startswith(sign_in)} == {}


def test_password_alone_leads_to_the_second_factor(app: Flask) -> None:
    """Whoever has shown only a password reaches nothing but what leads to the second factor."""
    half = signed_in(app, "operator", at="H36", stage="password")
    second_factor = page_of(app, SECOND_FACTOR)

    led = leading(half.client, app, Stage.FULL)

    assert {route: where for route, where in led.items() if not str(where).startswith(second_factor)} == {}


def test_password_alone_shows_nothing_of_others(app: Flask) -> None:
    """Before the second factor no menu and no page of the portal's work is offered."""
    half = signed_in(app, "operator", at="H36", stage="password")

    answer = half.client.get("/nowhere").get_data(as_text=True)

    assert 'id="menu"' not in answer


@pytest.mark.parametrize("stage", ["password", "full"])
def test_cookie_opens_nothing_for_programs(app: Flask, stage: str) -> None:
    """What is for programs is refused to whoever brings only a cookie."""
    who = signed_in(app, "operator", at="H36", stage=stage)

    assert set(leading(who.client, app, Stage.TOKEN).values()) == {401}


def test_program_is_refused_with_a_made_up_token(app: Flask) -> None:
    """A token that nobody made opens nothing."""
    program = app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = "Bearer congvu_" + "a" * 43

    assert set(leading(program, app, Stage.TOKEN).values()) == {401}


def test_signed_in_form_needs_its_token(app: Flask) -> None:
    """No route that changes anything takes a form without the token of its page."""
    who = signed_in(app, "operator", at="H36")

    answers = {
        f"{method} {rule.rule}": who.client.open(address, method=method).status_code
        for rule, method, address in routes(app, Stage.ANYONE, Stage.PASSWORD, Stage.FULL)
        if method != "GET"
    }

    assert {route: status for route, status in answers.items() if status != 400} == {}


def test_no_route_fails_on_a_made_up_address(service: Service) -> None:
    """An address that names nothing is answered, never with an error of ours."""
    app = answering(service)
    who = signed_in(app, "operator", at="H36")

    led = leading(who.client, app, Stage.ANYONE, Stage.FULL)

    assert {route: status for route, status in led.items() if status == 500} == {}

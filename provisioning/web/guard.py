"""The guard before every view: who may reach it, with which values, and that the form was ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest, Forbidden, Unauthorized, UnsupportedMediaType
from werkzeug.wrappers import Response

from directory.credentials import actor_of_token
from provisioning.web.request import book, is_htmx, source

SIGN_IN = "signin.sign_in"
SECOND_FACTOR = "signin.second_factor"
"""Where someone goes who has shown only a password: to show the second factor, or to enrol one first."""
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., Any])
csrf = CSRFProtect()


class Stage(IntEnum):
    """How far someone must have come to reach a view."""

    ANYONE = 0
    PASSWORD = 1
    """The password was shown: only what leads to the second factor is declared so."""
    FULL = 2
    """The second factor as well."""
    TOKEN = 3
    """A program with an API token; no cookie counts here, so no form of another site can ride on one."""


@dataclass(frozen=True)
class Need:
    """What a view declares: its stage, and the parameters that may come more than once."""

    stage: Stage
    many: frozenset[str]


def needs(stage: Stage, *, many: Iterable[str] = ()) -> Callable[[View], View]:
    """Declare who reaches a view; `many` names the parameters (boxes to tick) that may be repeated."""

    def declare(view: View) -> View:
        view.__dict__["needs"] = Need(stage, frozenset(many))
        return view

    return declare


def need_of(view: Callable[..., Any]) -> Need | None:
    """Give what a view declared, if it did."""
    return getattr(view, "needs", None)


def refuse_undeclared(app: Flask) -> None:
    """Refuse to start with a view that nobody declared: forgetting it must not open it."""
    undeclared = sorted(name for name, view in app.view_functions.items() if need_of(view) is None)
    if undeclared:
        raise SystemExit(f"congvu: these views say not who may reach them (@needs): {', '.join(undeclared)}")


def check() -> Response | None:
    """Let the request through to its view, or answer in its place."""
    if request.endpoint is None:
        return None
    need = need_of(current_app.view_functions[request.endpoint])
    if need is None:
        raise Forbidden
    _one_value_each(need.many)
    if need.stage is Stage.TOKEN:
        _program()
        return None
    answer = _person(need.stage)
    if answer is None and request.method not in SAFE_METHODS:
        _our_own_form()
    return answer


def _one_value_each(many: frozenset[str]) -> None:
    """Refuse a parameter that comes twice, also once in the address: two readers of it could each see another value."""
    if request.args.keys() & request.form.keys():
        raise BadRequest
    for values in (request.args, request.form, request.files):
        for name, given in values.lists():
            if len(given) > 1 and name not in many:
                raise BadRequest
            # PostgreSQL keeps no NUL, and nobody types one.
            if any("\0" in value for value in (name, *given) if isinstance(value, str)):
                raise BadRequest


def _person(stage: Stage) -> Response | None:
    """Send whoever has not come far enough to where the way goes on."""
    if stage is Stage.ANYONE:
        return None
    if not current_user.is_authenticated:
        return _go(url_for(SIGN_IN, next=_way_back()))
    if stage is Stage.FULL and current_user.stage != "full":
        return _go(url_for(SECOND_FACTOR, next=_way_back()))
    return None


def _program() -> None:
    """Refuse a program whose token does not stand, before its view looks at anything else of the request."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or not token:
        raise Unauthorized
    with book() as session:
        g.actor = replace(actor_of_token(session, token.strip(), g.now, source()), request_id=g.request_id)


def _our_own_form() -> None:
    """Refuse a change that another site's page sent: by the browser's own word first, then by the form's token."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden
    # Flask-WTF would read a form's fields out of JSON as well, where a value can be anything but text.
    if request.content_length and request.mimetype not in _FORMS:
        raise UnsupportedMediaType
    csrf.protect()


def _way_back() -> str | None:
    """Give the page to return to after signing in; a form that was sent is not sent again."""
    return request.full_path.rstrip("?") if request.method == "GET" and not is_htmx() else None


def _go(address: str) -> Response:
    """Send the whole page there, also when only a part of it was asked for."""
    if is_htmx():
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)

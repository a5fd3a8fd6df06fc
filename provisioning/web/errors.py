"""What goes wrong becomes a page, a piece of a page or JSON, once and here; nothing of the inside is told."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from directory.errors import DirectoryError, Stale
from provisioning.languages import N_
from provisioning.outbox import OutcomeUnknown
from provisioning.web.guard import SAFE_METHODS, Stage, need_of
from provisioning.web.language import gettext, say
from provisioning.web.request import is_htmx

WORDS = {
    400: (N_("This request cannot be read"), N_("Go back, reload the page and try again.")),
    401: (N_("Sign in first"), N_("This needs a valid token or a signed-in person.")),
    403: (
        N_("This is not open to you"),
        N_("The page was open too long or its form is not ours. Reload it."),
    ),
    404: (N_("There is no such page"), N_("Check the address, or begin again from the start page.")),
    405: (N_("This cannot be done here"), N_("Go back and use the buttons of the page.")),
    413: (N_("This is too large"), N_("Send a smaller file.")),
    415: (N_("This kind of file or content is not taken"), N_("Send what the page asks for.")),
    429: (N_("Too many tries"), N_("Wait a little and try again.")),
    500: (N_("Something went wrong on our side"), N_("Nothing was changed. Tell the operator the number below.")),
    503: (
        N_("The directory cannot be reached now"),
        N_("Nothing was changed. Wait a minute, then reload the page or send again."),
    ),
}
"""By status: what happened, what to do next."""
TITLES = {
    403: N_("You do not have the right to do this"),
    404: N_("There is no such record"),
    409: N_("This cannot be done now"),
    422: N_("A value is not accepted"),
}
"""Titles of the pages on which the book says in its own words why it refused."""
UNKNOWN = (
    N_("It is not known whether this was done"),
    N_(
        "The connection to the directory broke while your change was being written: all of it is there, or nothing. "
        "Look in a minute, and send it again if it is not there. If it was a new password, try to sign in with it."
    ),
)
"""What happened, what to do next, when a change may have been made."""
CROSSED = ("40001", "40P01")
"""What PostgreSQL calls the end of one of two transactions that stood in each other's way."""


def install(app: Flask) -> None:
    """Turn every error of the application into an answer."""
    app.register_error_handler(DirectoryError, refused)
    app.register_error_handler(HTTPException, failed)
    app.register_error_handler(OperationalError, unreachable)
    app.register_error_handler(PoolExhausted, unreachable)


def refused(error: DirectoryError) -> Response:
    """Tell what the book refused and why."""
    title = TITLES.get(error.status) or WORDS.get(error.status, WORDS[500])[0]
    answer = _answer(error.status, type(error).__name__, gettext(title), say(error))
    if "seconds" in error.fields:
        answer.headers["Retry-After"] = str(error.fields["seconds"])
    return answer


def failed(error: HTTPException) -> Response:
    """Tell what is wrong with the request, or only that we failed."""
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:  # A redirect that werkzeug raises is an answer already.
        return make_response(error.get_response())
    title, hint = WORDS.get(status, WORDS[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500])
    answer = _answer(status, type(error).__name__, gettext(title), gettext(hint))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            answer.headers[name] = value
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def unreachable(error: OperationalError | PoolExhausted) -> Response:
    """Tell that PostgreSQL is away, overloaded, or has let somebody else go first who changed the same.

    The statement is told nowhere, it may hold what was typed.
    """
    cause = error.orig if isinstance(error, OperationalError) else error
    if getattr(cause, "sqlstate", None) in CROSSED:
        current_app.logger.warning("somebody else went first: %s", type(cause).__name__)
        return refused(Stale())
    current_app.logger.error("the book cannot be reached: %s", type(cause).__name__)
    if isinstance(error, OutcomeUnknown) and request.method not in SAFE_METHODS:
        title, hint = UNKNOWN
        answer = _answer(HTTPStatus.SERVICE_UNAVAILABLE, type(error).__name__, gettext(title), gettext(hint))
    else:
        answer = failed(ServiceUnavailable())
    answer.headers["Retry-After"] = "5"
    return answer


def _answer(status: int, name: str, title: str, message: str) -> Response:
    """Give the error in the form in which it was asked for."""
    need = need_of(current_app.view_functions[request.endpoint]) if request.endpoint else None
    if need and need.stage is Stage.TOKEN:
        answer = jsonify(error=name, message=message, request_id=g.request_id)
    elif is_htmx():
        piece = current_app.jinja_env.get_template("_error.html")
        answer = make_response(piece.render(title=title, message=message))
        # The message stands above the page; what was there stays, so that nothing typed is lost.
        answer.headers.update({"HX-Retarget": "#messages", "HX-Reswap": "innerHTML", "HX-Reselect": "#error"})
    elif status >= InternalServerError.code:
        # Who asks may be what cannot be read just now: this page needs nobody and nothing.
        page = current_app.jinja_env.get_template("failure.html")
        answer = make_response(page.render(title=title, message=message, number=g.request_id))
    else:
        answer = make_response(render_template("error.html", title=title, message=message))
    answer.status_code = status
    return answer

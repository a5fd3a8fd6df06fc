"""The language of a page: Vietnamese, or English by a switch that a cookie remembers.

Messages have {fields}, like the errors of the book; the values are escaped in templates, the messages are ours.
"""

from __future__ import annotations

from datetime import date, datetime
from gettext import NullTranslations

import flask_babel
from flask import Blueprint, Flask, current_app, redirect, request, url_for
from markupsafe import Markup, escape
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from directory.base import VIETNAM
from directory.errors import DirectoryError
from provisioning.languages import DEFAULT, LANGUAGES, catalogue, translate
from provisioning.web.guard import Stage, needs
from provisioning.web.request import safe_path

COOKIE = "congvu_language"
_YEAR = 365 * 24 * 3600

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
@needs(Stage.ANYONE)
def switch() -> Response:
    """Remember the language that was chosen and go back to where it was."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise BadRequest
    answer = redirect(safe_path(request.form.get("next"), url_for("home.start")), 303)
    answer.set_cookie(
        COOKIE, chosen, max_age=_YEAR, secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax"
    )
    return answer


def language() -> str:
    """Give the language of this request."""
    if "Authorization" in request.headers:  # a program keeps no cookies: it says what its user reads
        return request.accept_languages.best_match(LANGUAGES, DEFAULT) or DEFAULT
    chosen = request.cookies.get(COOKIE, DEFAULT)
    return chosen if chosen in LANGUAGES else DEFAULT


def gettext(message_id: str, **fields: object) -> str:
    """Say a message in the language of this request."""
    said: str = flask_babel.gettext(message_id, **fields)
    return said


def ngettext(singular: str, plural: str, count: int, **fields: object) -> str:
    """Say a message that counts something; its field {number} is the count as the language writes it."""
    said: str = flask_babel.ngettext(singular, plural, count, **fields)
    return said


def lazy_gettext(message_id: str) -> str:
    """Give a message that is said when it is shown: for labels that are written down once, at import."""
    said: str = flask_babel.lazy_gettext(message_id)
    return said


def say(error: DirectoryError) -> str:
    """Say why the book refused, in the language of this request."""
    return translate(error.message_id, language(), **error.fields)


def day(value: date | datetime | None) -> str:
    """Write a day as dd/mm/yyyy; an instant is written as its day in Viet Nam."""
    if isinstance(value, datetime):
        value = value.astimezone(VIETNAM).date()
    return f"{value:%d/%m/%Y}" if value else ""


def instant(value: datetime | None) -> str:
    """Write an instant as hh:mm dd/mm/yyyy in Viet Nam."""
    return f"{value.astimezone(VIETNAM):%H:%M %d/%m/%Y}" if value else ""


def number(value: int) -> str:
    """Write a number as the language does: 1.200 in Vietnamese."""
    written: str = flask_babel.format_decimal(value)
    return written


class _Messages(flask_babel.Domain):  # type: ignore[misc]  # Flask-Babel ships no types
    """Flask-Babel's messages, taken from the catalogues that are merged in memory and with {fields}."""

    def get_translations(self) -> NullTranslations:
        """Give the catalogue of this request's language."""
        return catalogue(str(flask_babel.get_locale() or DEFAULT))

    def gettext(self, string: str, **variables: object) -> str:
        """Say a message."""
        said = self.get_translations().gettext(string)
        return said.format(**variables) if variables else said

    def ngettext(self, singular: str, plural: str, num: int, **variables: object) -> str:
        """Say a message that counts."""
        return self.get_translations().ngettext(singular, plural, num).format(number=number(num), **variables)


def _in_page(message_id: str, **fields: object) -> Markup:
    """Say a message in a template: text and fields are escaped, a field that is Markup stays as it is."""
    return Markup(escape(gettext(message_id))).format(**fields)  # noqa: S704 - escaped here


def _in_page_counted(singular: str, plural: str, count: int, **fields: object) -> Markup:
    """Say a message that counts in a template."""
    said = catalogue(language()).ngettext(singular, plural, count)
    return Markup(escape(said)).format(number=number(count), **fields)  # noqa: S704 - escaped here


def install(app: Flask) -> None:
    """Give the application its languages."""
    babel = flask_babel.Babel(
        app, default_locale=DEFAULT, default_timezone=str(VIETNAM), locale_selector=language, configure_jinja=False
    )
    babel.domain_instance = _Messages()
    app.jinja_env.globals.update(_=_in_page, gettext=_in_page, ngettext=_in_page_counted)
    app.jinja_env.globals.update(language=language, languages=LANGUAGES)
    app.jinja_env.filters.update(day=day, instant=instant, number=number)

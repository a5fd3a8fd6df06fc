"""What is wrong in my record: sent to HR field by field, taken back while it waits."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response
from wtforms import Field, SelectField

from directory.corrections import FIELDS
from directory.lifecycle.corrections import Wish, send_corrections, withdraw_corrections
from provisioning.languages import N_
from provisioning.web.forms import DayField, Form, carried_out, line, options, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book
from provisioning.web.words import choices

blueprint = Blueprint("my_corrections", __name__, url_prefix="/me/record")
_IN_DIGITS = ("personal_id", "phone", "work_phone", "extension")
_SHOULD_SAY = N_("What it should say")
_WHY = N_("Why, and what shows it")


class Text(Form):
    """A field that is a line of text."""

    value = line(_SHOULD_SAY)
    note = line(_WHY, required=True)


class Day(Form):
    """A field that is a day."""

    value = DayField(_SHOULD_SAY)
    note = line(_WHY, required=True)


class Choice(Form):
    """A field of which there are a few values."""

    value = SelectField(lazy_gettext(_SHOULD_SAY))
    note = line(_WHY, required=True)


@blueprint.route("/correct/<field>", methods=["GET", "POST"])
@needs(Stage.FULL)
def send(field: str) -> Response | tuple[str, int]:
    """Say what one field of my record should say."""
    if field not in FIELDS:
        raise PageNotFound
    form = _form(field)

    def act(session: Session) -> None:
        send_corrections(session, actor(), [Wish(field, _typed(field, form.value), form.note.data or "")])

    if carried_out(form, act):
        flash(gettext(N_("The correction is sent. You are told when it is decided.")), "success")
        return redirect(url_for("me.record"), 303)
    return shown("me/correct.html", form, about=field)


@blueprint.post("/corrections/<public_id>/withdraw")
@needs(Stage.FULL)
def withdraw(public_id: str) -> Response:
    """Take one back."""
    with book() as session:
        withdraw_corrections(session, actor(), [public_id])
    flash(gettext(N_("The correction is withdrawn.")), "success")
    return redirect(url_for("me.record"), 303)


def _form(field: str) -> Text | Day | Choice:
    """Make the form that fits a field."""
    if field == "birth_date":
        return Day()
    if field not in ("category", "sex"):
        return Text()
    form = Choice()
    form.value.choices = [*options([("", "–")]), *choices(field)]
    return form


def _typed(field: str, value: Field) -> object:
    """Give what was typed as the book takes it."""
    typed: str | date | None = value.data or None
    return "".join(typed.split()) if isinstance(typed, str) and field in _IN_DIGITS else typed

"""Corrections that officials sent: what waits for HR, one by one, to be accepted or refused."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from directory.credentials.holders import need_fresh_factor
from directory.lifecycle.corrections import Refusal, accept_corrections, read_correction, refuse_corrections
from directory.officials import SEALED
from directory.people import waiting_correction, waiting_corrections
from provisioning.languages import N_
from provisioning.web.forms import Form, line
from provisioning.web.guard import Stage, needs
from provisioning.web.language import day, gettext
from provisioning.web.request import actor, book
from provisioning.web.words import word

blueprint = Blueprint("corrections", __name__, url_prefix="/corrections")


class Reason(Form):
    """Why a correction is not made."""

    reason = line(N_("Why it is refused"), required=True, render_kw={"autocomplete": "off"})


class Accept(Form):
    """Only the token: what is written is what was sent."""


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """List what waits in the actor's agencies, the oldest first."""
    after = request.args.get("after", type=int)
    with book() as session:
        rows, following = waiting_corrections(session, actor(), after)
    return render_template(
        "corrections/index.html",
        rows=rows,
        next_url=following and url_for(".index", after=following),
        first_url=after and url_for(".index"),
    )


@blueprint.get("/<public_id>")
@needs(Stage.FULL)
def show(public_id: str) -> str:
    """Show one: what the record says, what it should say, and why."""
    return _page(public_id, Reason(formdata=None))


@blueprint.post("/<public_id>/accept")
@needs(Stage.FULL)
def accept(public_id: str) -> Response:
    """Write into the record what the official asked for; a refusal of the book has a page of its own."""
    if not Accept().validate():
        raise BadRequest
    with book() as session:
        accept_corrections(session, actor(), [public_id])
    flash(gettext(N_("The record is changed, and the official is told.")), "success")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<public_id>/refuse")
@needs(Stage.FULL)
def refuse(public_id: str) -> Response | tuple[str, int]:
    """Leave the record as it is, and say why."""
    form = Reason()
    if not form.validate():
        return _page(public_id, form), 422
    with book() as session:
        refuse_corrections(session, actor(), [Refusal(public_id, form.reason.data or "")])
    flash(gettext(N_("The correction is refused, and the official is told why.")), "success")
    return redirect(url_for(".index"), 303)


def _page(public_id: str, form: Reason) -> str:
    """Give the page of one that waits; personal data needs a fresh second factor, and one's own waits for others."""
    with book() as session:
        waiting = waiting_correction(session, actor(), public_id)
        if waiting.is_own:
            return render_template("corrections/own.html", waiting=waiting)
        if waiting.field in SEALED:
            need_fresh_factor(actor())
        value, note = read_correction(session, actor(), public_id)
    return render_template(
        "corrections/show.html",
        form=form,
        waiting=waiting,
        present=said(waiting.field, waiting.present),
        value=said(waiting.field, value),
        note=note,
    )


def said(field: str, value: str | None) -> str | None:
    """Say a value as pages do; a mask is a value too."""
    if field in ("category", "sex"):
        return word(field, value)
    if field == "birth_date" and value and value[:4].isdigit():
        return day(date.fromisoformat(value))
    return value

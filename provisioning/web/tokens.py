"""API tokens: what programs such as the import script show in place of a person."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired

from directory.agencies import agency_by_public_id
from directory.credentials import api_tokens, make_api_token, revoke_api_token
from directory.credentials.holders import need_fresh_factor
from directory.errors import BadValue
from directory.grants import Action
from provisioning.languages import N_
from provisioning.web.agency_choice import agency_choices
from provisioning.web.forms import line, options
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.once import MadeAlready, OnceForm, refuse_again
from provisioning.web.request import actor, book, link

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens")

LIVES = {"30": N_("30 days"), "90": N_("90 days"), "180": N_("180 days"), "365": N_("One year")}


class New(OnceForm):
    """One more program."""

    agency = SelectField(lazy_gettext(N_("Agency and everything below it")), [InputRequired()])
    label = line(N_("What it is for"), required=True, limit=60, render_kw={"autocomplete": "off"})
    days = SelectField(
        lazy_gettext(N_("Valid for")),
        choices=options((days, lazy_gettext(said)) for days, said in LIVES.items()),
        default="90",
    )


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """List the tokens in force."""
    with book() as session:
        return render_template("tokens/index.html", tokens=api_tokens(session, actor()))


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def new() -> Response | str | tuple[str, int]:
    """Make a token and show it, this once."""
    need_fresh_factor(actor())
    form = New(agency=request.args.get("agency"))
    with book() as session:
        form.agency.choices = agency_choices(session, actor(), Action.TOKEN, form.agency.data)
    if request.method == "GET":
        return render_template("tokens/new.html", form=form)
    status = 422
    if form.validate_on_submit():
        try:
            with book() as session:
                refuse_again(session)
                agency = agency_by_public_id(session, str(form.agency.data))
                made, token = make_api_token(
                    session, actor(), agency.id, label=str(form.label.data), days=int(str(form.days.data))
                )
                return render_template("tokens/made.html", made=made, token=token, agency=agency, portal=link(""))
        except (BadValue, MadeAlready) as refusal:
            form.refuse(refusal)
            status = refusal.status
    return render_template("tokens/new.html", form=form), status


@blueprint.post("/<public_id>/revoke")
@needs(Stage.FULL)
def revoke(public_id: str) -> Response:
    """Revoke a token."""
    with book() as session:
        revoke_api_token(session, actor(), public_id)
    flash(gettext(N_("The token is revoked. Programs that use it are refused from now on.")), "success")
    return redirect(url_for("tokens.index"), 303)

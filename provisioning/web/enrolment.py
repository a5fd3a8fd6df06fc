"""The authenticator app and the recovery codes: enrolled before anything else, changed later."""

from __future__ import annotations

from dataclasses import replace

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField

from directory.accounts import Account
from directory.credentials import (
    has_totp,
    make_recovery_codes,
    prove_enrolment,
    provisioning_uri,
    secret_being_enrolled,
    start_totp,
)
from directory.credentials.tries import Try
from directory.errors import CodeRefused, FactorNeeded, NotFound, TooManyTries
from provisioning.languages import N_
from provisioning.signin import SESSION, guarded
from provisioning.web.forms import Form
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext, say
from provisioning.web.request import actor, book, safe_path, service
from provisioning.web.signin import code_field

blueprint = Blueprint("enrolment", __name__, url_prefix="/enrol")


class FirstCode(Form):
    """The first code of a new authenticator app."""

    code = code_field(N_("Six-digit code from the app"), inputmode="numeric")
    next = HiddenField()


class Kept(Form):
    """The word that the codes were kept."""

    kept = BooleanField(lazy_gettext(N_("I have printed these codes or written them down")))
    next = HiddenField()


@blueprint.route("/app", methods=["GET", "POST"])
@needs(Stage.PASSWORD)
def app() -> Response | str | tuple[str, int]:
    """Show the QR code of the secret that this session is enrolling, and take its first code."""
    form = FirstCode(next=request.args.get("next"))
    shown = _being_enrolled()
    if shown is None:
        if request.method == "POST":
            flash(gettext(N_("That enrolment is over. Begin it again here.")), "warning")
        return render_template("enrolment/begin.html", next=_onward(form.next.data), form=Kept())
    status = 200
    if form.validate_on_submit():
        code = str(form.code.data)
        try:
            token, codes = guarded(
                service().outbox,
                actor(),
                "code",
                lambda _session: f"account:{current_user.number}",
                lambda session, attempt: _enrol(session, attempt, code),
            )
        except (CodeRefused, TooManyTries) as refusal:
            form.code.data = ""
            form.form_errors.append(say(refusal))
            status = refusal.status
        else:
            return SESSION.give(_codes(codes, form.next.data), token)
    elif request.method == "POST":
        status = 422
    secret, address = shown
    shows = {"secret": secret, "address": address, "picture": qr_code(address)}
    return render_template("enrolment/app.html", form=form, **shows), status


def _being_enrolled() -> tuple[str, str] | None:
    """Give the secret under way and what its QR code carries; whoever has an app shows that one first."""
    with book() as session:
        try:
            secret = secret_being_enrolled(session, actor(), current_user.account_id)
        except NotFound:
            if current_user.stage != "full" and has_totp(session, current_user.account_id):
                raise FactorNeeded from None
            return None
        return secret, provisioning_uri(session, session.get_one(Account, current_user.account_id), secret)


def _enrol(session: Session, attempt: Try, code: str) -> tuple[str, list[str]]:
    """Take the app into use; with a first one come the recovery codes, with a later one the old codes stay."""
    is_first = not has_totp(session, current_user.account_id)
    token = prove_enrolment(session, actor(), attempt, code, stage=current_user.stage)
    fresh = replace(actor(), factor_at=actor().now)
    return token, make_recovery_codes(session, fresh, current_user.account_id) if is_first else []


@blueprint.post("/app/begin")
@needs(Stage.PASSWORD)
def begin() -> Response:
    """Make a new secret; one that is in use stays so until the new one is confirmed."""
    with book() as session:
        start_totp(session, actor(), current_user.account_id)
    return redirect(url_for("enrolment.app", next=_onward(request.form.get("next"))), 303)


@blueprint.route("/codes", methods=["GET", "POST"])
@needs(Stage.FULL)
def codes() -> Response | str:
    """Make ten new recovery codes and show them, this once."""
    if request.method == "GET":
        return render_template("enrolment/new_codes.html", form=Kept())
    with book() as session:
        made = make_recovery_codes(session, actor(), current_user.account_id)
    return _codes(made, url_for("me.index"))


@blueprint.post("/codes/kept")
@needs(Stage.FULL)
def kept() -> Response:
    """Go on once the codes are kept."""
    form = Kept()
    if form.validate_on_submit() and form.kept.data:
        return redirect(_onward(form.next.data), 303)
    flash(gettext(N_("Without recovery codes a lost phone locks you out. Make a new set here and keep it.")), "warning")
    return redirect(url_for("enrolment.codes"), 303)


def _codes(made: list[str], wanted: str | None) -> Response:
    """Show recovery codes, or go on when none were made."""
    onward = _onward(wanted)
    if not made:
        flash(gettext(N_("The new authenticator app is in use. The old one is worthless now.")), "success")
        return redirect(onward, 303)
    page = render_template("enrolment/codes.html", codes=made, form=Kept(next=onward), number=current_user.number)
    return Response(page, mimetype="text/html")


def _onward(wanted: str | None) -> str:
    """Give where the way goes on."""
    return safe_path(wanted, url_for("home.start"))


def qr_code(text: str) -> Markup:
    """Draw a QR code as SVG, with attributes only: the policy allows no style."""
    drawn = segno.make(text, error="m").svg_inline(border=4, light="#fff", dark="#000", svgclass="qr", omitsize=True)
    return Markup(drawn)  # noqa: S704 - made by segno, which encodes the text as squares

"""A forgotten password: the pages of an attempt. Its row says which page is next, the cookie only which row."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.validators import InputRequired

from directory.credentials import (
    finish_recovery,
    prove_authenticator,
    prove_recovery_code,
    recovery_of,
    start_recovery,
    subject_called,
)
from directory.credentials.tries import Try
from directory.errors import CodeRefused, RecoveryOver, TooManyTries, WeakPassword
from provisioning.languages import N_
from provisioning.signin import RECOVERY, guarded
from provisioning.web.activation import same_twice
from provisioning.web.forms import Form, line, options
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext, say
from provisioning.web.request import actor, book, service
from provisioning.web.signin import code_field, password_field

blueprint = Blueprint("recovery", __name__, url_prefix="/forgotten")

_PAGES = {"started": "recovery.authenticator", "authenticator": "recovery.code", "ready": "recovery.password"}
"""The page of each state."""


class Who(Form):
    """Whose password was forgotten."""

    name = line(
        N_("Official address or account number"), required=True, limit=320, render_kw={"autocomplete": "username"}
    )


class AppCode(Form):
    """The first proof."""

    code = code_field(N_("Six-digit code from the app"), inputmode="numeric")


class SavedCode(Form):
    """The second proof."""

    code = code_field(N_("Recovery code"))


class NewPassword(Form):
    """The end: a new password, and what becomes of the mail clients."""

    password = password_field(N_("New password"), "new-password")
    again = password_field(N_("New password again"), "new-password")
    app_passwords = RadioField(
        lazy_gettext(N_("App passwords of your mail clients")),
        [InputRequired()],
        choices=options(
            [
                ("keep", lazy_gettext(N_("Keep them: I only forgot my password"))),
                ("revoke", lazy_gettext(N_("Revoke them all: somebody may know more than they should"))),
            ]
        ),
    )


@blueprint.route("", methods=["GET", "POST"])
@needs(Stage.ANYONE)
def start() -> Response | tuple[str, int]:
    """Begin an attempt. Whoever the name belongs to, or nobody: the next page is the same."""
    form = Who()
    status = 200
    if form.validate_on_submit():
        name = str(form.name.data)
        try:
            token = guarded(
                service().outbox,
                actor(),
                "recovery",
                lambda session: subject_called(session, name),
                lambda session, attempt: start_recovery(session, actor(), attempt, name),
            )
        except TooManyTries as refusal:
            form.form_errors.append(say(refusal))
            status = refusal.status
        else:
            return RECOVERY.give(redirect(url_for("recovery.authenticator"), 303), token)
    elif request.method == "POST":
        status = 422
    return render_template("recovery/start.html", form=form), status


@blueprint.route("/app", methods=["GET", "POST"])
@needs(Stage.ANYONE)
def authenticator() -> Response | tuple[str, int]:
    """First proof: a code of the authenticator app."""
    return _proof("started", AppCode(), "recovery/authenticator.html", prove_authenticator)


@blueprint.route("/code", methods=["GET", "POST"])
@needs(Stage.ANYONE)
def code() -> Response | tuple[str, int]:
    """Second proof: one of the saved recovery codes."""
    return _proof("authenticator", SavedCode(), "recovery/code.html", prove_recovery_code)


Prove = Callable[..., None]


def _proof(state: str, form: AppCode | SavedCode, template: str, prove: Prove) -> Response | tuple[str, int]:
    """Show the page of a proof and take it; an attempt that stands elsewhere is led to its own page."""
    token = _token()
    with book() as session:
        recovery = recovery_of(session, actor(), token)
        subject, stands = recovery.subject, recovery.state
    if stands != state:
        return redirect(url_for(_PAGES[stands]), 303)
    status = 200
    if form.validate_on_submit():
        typed = str(form.code.data)

        def check(session: Session, attempt: Try) -> None:
            prove(session, actor(), attempt, token, typed)

        try:
            guarded(service().outbox, actor(), "code", lambda _session: subject, check)
        except (CodeRefused, TooManyTries) as refusal:
            form.code.data = ""
            form.form_errors.append(say(refusal))
            status = refusal.status
        else:
            return redirect(url_for("recovery.authenticator"), 303)
    elif request.method == "POST":
        status = 422
    return render_template(template, form=form), status


@blueprint.route("/password", methods=["GET", "POST"])
@needs(Stage.ANYONE)
def password() -> Response | tuple[str, int]:
    """Choose the new password; everything signed in with the old one ends."""
    form = NewPassword()
    token = _token()
    with book() as session:
        stands = recovery_of(session, actor(), token).state
    if stands != "ready":
        return redirect(url_for(_PAGES[stands]), 303)
    status = 200
    if form.validate_on_submit() and same_twice(form):
        is_revoking = form.app_passwords.data == "revoke"
        try:
            with book() as session:
                finish_recovery(session, actor(), token, str(form.password.data), revoke_app_passwords_too=is_revoking)
        except WeakPassword as refusal:
            form.password.errors = [say(refusal)]
            status = refusal.status
        else:
            done = N_("Your password is changed and every session is ended. Sign in with the new one.")
            flash(gettext(done), "success")
            return RECOVERY.take(redirect(url_for("signin.sign_in"), 303))
    elif request.method == "POST":
        status = 422
    return render_template("recovery/password.html", form=form), status


@blueprint.errorhandler(RecoveryOver)
def over(refusal: RecoveryOver) -> Response:
    """Begin again when the attempt is over."""
    flash(say(refusal), "warning")
    return redirect(url_for("recovery.start"), 303)


def _token() -> str:
    """Read which attempt this browser began."""
    token = RECOVERY.read()
    if token is None:
        raise RecoveryOver
    return token

"""Signing in: the password, the second factor, the second factor again, and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from directory.credentials import end_session, has_totp, prove_factor, sign_in, subject_called
from directory.errors import CodeRefused, FactorNeeded, NotFound, SignInRefused, TooManyTries
from provisioning.languages import N_
from provisioning.signin import SESSION, browser, guarded
from provisioning.web import errors
from provisioning.web.forms import Form, line
from provisioning.web.guard import Stage, need_of, needs
from provisioning.web.language import gettext, lazy_gettext, say
from provisioning.web.request import actor, book, is_htmx, safe_path, service

blueprint = Blueprint("signin", __name__)

_PASSWORD_AT_MOST = 1024
NAME = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
CODE = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false", "autofocus": True}
"""How a browser helps with a code: it offers the one it knows and corrects nothing."""


def password_field(label: str, autocomplete: str) -> PasswordField:
    """Make a field for a password: as it is typed, pasted or filled in, nothing trimmed."""
    checks = [InputRequired(), Length(max=_PASSWORD_AT_MOST)]
    return PasswordField(lazy_gettext(label), checks, render_kw={"autocomplete": autocomplete})


def code_field(label: str, **options: object) -> StringField:
    """Make a field for a code; its spelling is the book's business."""
    return StringField(lazy_gettext(label), [InputRequired(), Length(max=64)], render_kw={**CODE, **options})


class Credentials(Form):
    """The first factor."""

    name = line(N_("Official address or account number"), required=True, limit=320, render_kw=NAME)
    password = password_field(N_("Password"), "current-password")
    next = HiddenField()


class Factor(Form):
    """The second factor: six digits of the app, or a recovery code."""

    code = code_field(N_("Code"))
    next = HiddenField()


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@needs(Stage.ANYONE)
def show_password() -> Response | tuple[str, int]:
    """Take the first factor. Whoever it is, a refusal looks the same."""
    form = Credentials(next=request.args.get("next"))
    onward = safe_path(form.next.data, url_for("home.start"))
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(onward, 303)
    status = 200
    if form.validate_on_submit():
        name, password = str(form.name.data), str(form.password.data)
        try:
            opened = guarded(
                service().outbox,
                actor(),
                "password",
                lambda session: subject_called(session, name),
                lambda session, attempt: sign_in(session, actor(), attempt, name, password, browser=browser()),
            )
        except (SignInRefused, TooManyTries) as refusal:
            form.form_errors.append(say(refusal))
            status = refusal.status
        else:
            _leave()
            return SESSION.give(redirect(onward, 303), opened.token)
    elif request.method == "POST":
        status = 422
    return render_template("signin/sign_in.html", form=form), status


def _leave() -> None:
    """End the session that this browser had before, if any: nothing of it goes over into the new one."""
    if current_user.is_authenticated:
        try:
            with book() as session:
                end_session(session, actor(), current_user.session_id)
        except NotFound:
            current_app.logger.info("the session had ended already")


@blueprint.route("/sign-in/second-factor", methods=["GET", "POST"])
@needs(Stage.PASSWORD)
def second_factor() -> Response | tuple[str, int]:
    """Take the second factor, or lead to its enrolment whoever has none."""
    if current_user.stage == "full":
        return redirect(safe_path(request.args.get("next"), url_for("home.start")), 303)
    return _take_factor("signin/second_factor.html")


@blueprint.route("/sign-in/again", methods=["GET", "POST"])
@needs(Stage.FULL)
def again() -> Response | tuple[str, int]:
    """Take the second factor again, for what needs it fresh."""
    return _take_factor("signin/again.html")


def _take_factor(template: str) -> Response | tuple[str, int]:
    """Show the form for the second factor, and go on with a new token once it was right."""
    form = Factor(next=request.args.get("next"))
    onward = safe_path(form.next.data, url_for("home.start"))
    with book() as session:
        if not has_totp(session, current_user.account_id):
            return redirect(url_for("enrolment.app", next=onward), 303)
    status = 200
    if form.validate_on_submit():
        code, stage = str(form.code.data), current_user.stage
        try:
            token = guarded(
                service().outbox,
                actor(),
                "code",
                lambda _session: f"account:{current_user.number}",
                lambda session, attempt: prove_factor(session, actor(), attempt, code, stage=stage),
            )
        except (CodeRefused, TooManyTries) as refusal:
            form.code.data = ""
            form.form_errors.append(say(refusal))
            status = refusal.status
        else:
            return SESSION.give(redirect(onward, 303), token)
    elif request.method == "POST":
        status = 422
    return render_template(template, form=form), status


@blueprint.post("/sign-out")
@needs(Stage.PASSWORD)
def sign_out() -> Response:
    """End the session, here and in the book."""
    _leave()
    flash(gettext(N_("You are signed out.")), "success")
    return SESSION.take(redirect(url_for("signin.sign_in"), 303))


@blueprint.app_errorhandler(FactorNeeded)
def ask_again(refusal: FactorNeeded) -> Response:
    """Ask for the second factor and come back; a program, which has none, is only refused."""
    need = need_of(current_app.view_functions[request.endpoint]) if request.endpoint else None
    if need is None or need.stage is Stage.TOKEN:
        return errors.refused(refusal)
    rule = request.url_rule
    back = request.full_path.rstrip("?") if rule and "GET" in (rule.methods or ()) else _where_from()
    address = url_for("signin.again" if current_user.stage == "full" else "signin.second_factor", next=back)
    if is_htmx():
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)


def _where_from() -> str:
    """Give the page of ours that a form was sent from."""
    parts = urlsplit(request.referrer or "")
    here = parts.netloc == urlsplit(request.host_url).netloc
    return safe_path(parts.path if here else None, url_for("me.index"))

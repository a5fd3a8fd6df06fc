"""Activation: the code of a slip and a first password.

The QR code carries the code in the fragment of its address, which no browser sends, so that no log ever has it;
a script of the page puts it into the form.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from directory.credentials import activate, open_session
from directory.credentials.tries import Try
from directory.errors import CodeRefused, TooManyTries, WeakPassword
from provisioning.languages import N_
from provisioning.signin import SESSION, browser, guarded
from provisioning.web.forms import Form
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, say
from provisioning.web.request import actor, service
from provisioning.web.signin import code_field, password_field

blueprint = Blueprint("activation", __name__)


class Activation(Form):
    """What is typed from the slip, and the password of one's own choice."""

    code = code_field(N_("Code on the slip"), data_from_fragment=True)
    password = password_field(N_("New password"), "new-password")
    again = password_field(N_("New password again"), "new-password")


@blueprint.route("/activate", methods=["GET", "POST"])
@needs(Stage.ANYONE)
def use_slip() -> Response | tuple[str, int]:
    """Set the first password, and go on to the second factor."""
    form = Activation()
    status = 200
    if form.validate_on_submit() and same_twice(form):
        try:
            opened = guarded(
                service().outbox,
                actor(),
                "activation",
                lambda _session: "slip",
                lambda session, attempt: _activate(session, attempt, str(form.code.data), str(form.password.data)),
            )
        except (CodeRefused, TooManyTries) as refusal:
            form.form_errors.append(say(refusal))
            status = refusal.status
        except WeakPassword as refusal:
            form.password.errors = [say(refusal)]
            status = refusal.status
        else:
            flash(gettext(N_("Your password is set. One more step protects the account.")), "success")
            return SESSION.give(redirect(url_for("enrolment.app", next=url_for("app_passwords.begin")), 303), opened)
    elif request.method == "POST":
        status = 422
    return render_template("activation/slip.html", form=form), status


def _activate(session: Session, attempt: Try, code: str, password: str) -> str:
    """Activate the account and sign its holder in with what was shown so far; give the token."""
    account = activate(session, actor(), attempt, code, password)
    return open_session(session, actor(), account, browser()).token


def same_twice(form: Form) -> bool:
    """Say whether both fields of a new password hold the same; if not, say so at the second."""
    if form["password"].data == form["again"].data:
        return True
    form["again"].errors = [gettext(N_("The two passwords differ. Type the new one twice."))]
    return False

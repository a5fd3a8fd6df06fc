"""My account: what protects it, where it is signed in, and what the directory says of me."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from directory.credentials import (
    change_password,
    end_session,
    end_sessions,
    open_sessions,
    own_record,
    protection_of,
)
from directory.errors import NotFound, SignInRefused, TooManyTries, WeakPassword
from directory.people import own_corrections
from provisioning.languages import N_
from provisioning.signin import SESSION, guarded
from provisioning.web.activation import same_twice
from provisioning.web.corrections import said
from provisioning.web.forms import Form
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, say
from provisioning.web.request import actor, book, service
from provisioning.web.signin import password_field

blueprint = Blueprint("me", __name__, url_prefix="/me")


class Change(Form):
    """The present password and a new one."""

    current = password_field(N_("Present password"), "current-password")
    password = password_field(N_("New password"), "new-password")
    again = password_field(N_("New password again"), "new-password")


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """Show what protects the account."""
    with book() as session:
        return render_template("me/index.html", protection=protection_of(session, actor()))


@blueprint.get("/record")
@needs(Stage.FULL)
def record() -> str:
    """Show what the directory says of me, completely, and what I said is wrong in it."""
    with book() as session:
        record, corrections = own_record(session, actor()), own_corrections(session, actor())
        return render_template("me/record.html", record=record, corrections=corrections, said=said)


@blueprint.route("/password", methods=["GET", "POST"])
@needs(Stage.FULL)
def password() -> Response | tuple[str, int]:
    """Change the password; all other sessions end."""
    form = Change()
    status = 200
    if form.validate_on_submit() and same_twice(form):
        current, new = str(form.current.data), str(form.password.data)
        try:
            guarded(
                service().outbox,
                actor(),
                "password",
                lambda _session: f"account:{current_user.number}",
                lambda session, attempt: change_password(session, actor(), attempt, current, new),
            )
        except SignInRefused:
            form.current.errors = [gettext(N_("This is not your present password."))]
            status = 422
        except TooManyTries as refusal:
            form.form_errors.append(say(refusal))
            status = refusal.status
        except WeakPassword as refusal:
            form.password.errors = [say(refusal)]
            status = refusal.status
        else:
            flash(gettext(N_("The password is changed, and your other sessions are ended.")), "success")
            return redirect(url_for("me.index"), 303)
    elif request.method == "POST":
        status = 422
    return render_template("me/password.html", form=form), status


@blueprint.get("/sessions")
@needs(Stage.FULL)
def sessions() -> str:
    """List where the account is signed in."""
    with book() as session:
        rows = open_sessions(session, actor(), current_user.account_id)
        return render_template("me/sessions.html", rows=rows, here=current_user.session_id)


@blueprint.post("/sessions/<reference>/end")
@needs(Stage.FULL)
def end(reference: str) -> Response:
    """End one session."""
    with book() as session:
        rows = open_sessions(session, actor(), current_user.account_id)
        wanted = next((row for row in rows if row.reference == reference), None)
        if wanted is None:
            raise NotFound
        end_session(session, actor(), wanted.id)
        is_here = wanted.id == current_user.session_id
    return _out() if is_here else _ended()


@blueprint.post("/sessions/end-others")
@needs(Stage.FULL)
def end_others() -> Response:
    """End all sessions but this one."""
    with book() as session:
        end_sessions(session, actor(), current_user.account_id, but=current_user.session_id)
    return _ended()


@blueprint.post("/sessions/end-all")
@needs(Stage.FULL)
def end_all() -> Response:
    """End all sessions, this one too."""
    with book() as session:
        end_sessions(session, actor(), current_user.account_id)
    return _out()


def _ended() -> Response:
    """Go back to the list."""
    flash(gettext(N_("Ended. Whoever used it must sign in again.")), "success")
    return redirect(url_for("me.sessions"), 303)


def _out() -> Response:
    """Go to the beginning: this browser is signed out as well."""
    flash(gettext(N_("You are signed out.")), "success")
    return SESSION.take(redirect(url_for("signin.sign_in"), 303))

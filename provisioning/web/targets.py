"""The LDAP servers for operators: how each is, what waits for it, and maintenance, during which nothing is written."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateTimeLocalField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import TextInput

from directory.base import VIETNAM
from directory.errors import NotFound
from provisioning.languages import N_
from provisioning.reconcile.targets import Maintenance, TargetHealth, begin_maintenance, end_maintenance, healths
from provisioning.web.forms import Form, carried_out, line, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book, service

blueprint = Blueprint("targets", __name__, url_prefix="/provisioning/servers")

STATES = {
    "working": (N_("Works"), "green"),
    "new": (N_("Nothing written yet"), "blue"),
    "failing": (N_("Does not work"), "amber"),
    "left": (N_("No worker writes"), "red"),
    "maintenance": (N_("Maintenance"), "amber"),
    "unknown": (N_("Not in the settings"), "red"),
}
"""What the states of a target are called, and their colours."""
_MOMENTS = ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"]
_NOT_A_MOMENT = N_("Not a valid datetime value.")  # WTForms' own words


class MaintenanceWish(Form):
    """That nothing is to be written to a target."""

    until = DateTimeLocalField(
        lazy_gettext(N_("Expected back")),
        [Optional()],
        format=_MOMENTS,
        widget=TextInput(),
        render_kw={"inputmode": "numeric", "placeholder": "dd/mm/yyyy hh:mm", "autocomplete": "off"},
    )
    reason = line(N_("Why"), limit=300)
    knows = BooleanField(
        lazy_gettext(N_("I know that whoever leaves or is suspended keeps getting into their mail until then")),
        [InputRequired()],
    )


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """Show each LDAP server that one's agencies depend on."""
    with book() as session:
        servers = healths(session, actor(), service().targets)
        return render_template("provisioning/servers.html", servers=servers, states=STATES, now=actor().now)


@blueprint.route("/<name>/maintenance", methods=["GET", "POST"])
@needs(Stage.FULL)
def maintenance(name: str) -> Response | tuple[str, int]:
    """Say what it means that nothing is written to a server, and begin with it; said again, the later word holds."""
    server = _server(name)
    form = MaintenanceWish()

    def act(session: Session) -> None:
        begin_maintenance(session, actor(), [Maintenance(name, _instant(form.until.data), form.reason.data)])

    if carried_out(form, act):
        flash(
            gettext(N_("Nothing new is written to this server any more. What a worker has begun ends in seconds.")),
            "success",
        )
        return redirect(url_for(".index"), 303)
    return shown("provisioning/maintenance.html", form, server=server)


@blueprint.post("/<name>/resume")
@needs(Stage.FULL)
def resume(name: str) -> Response:
    """Write to a server again, and compare it whole: nobody knows what was done there meanwhile."""
    _server(name)
    with book() as session:
        for each in end_maintenance(session, actor(), [name]):
            service().queue.defer(session, "scan_target", target=each)
    flash(gettext(N_("The server is written to again. What waited is written now.")), "success")
    return redirect(url_for(".index"), 303)


def _server(name: str) -> TargetHealth:
    """Find a server that the actor may keep still."""
    with book() as session:
        for each in healths(session, actor(), service().targets):
            if each.name == name and each.may_hold:
                return each
    raise NotFound


def _instant(typed: datetime | None) -> datetime | None:
    """Read what was typed as a time in Viet Nam."""
    return typed.replace(tzinfo=VIETNAM).astimezone(UTC) if typed else None

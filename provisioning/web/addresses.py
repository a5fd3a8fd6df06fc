"""Further addresses of an official; role mailboxes have such a page of their own."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from directory.errors import NotFound
from directory.lifecycle import Alias, add_alias
from directory.people import record_of
from provisioning.languages import N_
from provisioning.web.forms import Form, carried_out, line, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("addresses", __name__, url_prefix="/officials/<public_id>/addresses")


class NewAddress(Form):
    """One more address."""

    address = line(N_("Address"), required=True, limit=320, render_kw={"inputmode": "email", "autocomplete": "off"})


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def new(public_id: str) -> Response | tuple[str, int]:
    """Give an official's mailbox one more address."""
    form = NewAddress()
    with book() as session:
        record = record_of(session, actor(), public_id)
    mailbox_id = record.mailbox_id
    if mailbox_id is None:
        raise NotFound

    def act(session: Session) -> None:
        add_alias(session, actor(), [Alias(mailbox_id, form.address.data or "")])

    if carried_out(form, act):
        flash(gettext("The address is added. It receives mail within seconds."), "success")
        return redirect(url_for("officials.show", public_id=public_id), 303)
    return shown("addresses/new.html", form, record=record)

"""My recovery contacts: a private address and a number that nobody but me sets."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from directory.credentials.holders import need_fresh_factor
from directory.credentials.recovery_contacts import recovery_contacts, remove_recovery_contact, set_recovery_contact
from provisioning.languages import N_
from provisioning.web.forms import Form, carried_out, line, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("my_contacts", __name__, url_prefix="/me/recovery-contacts")


class NewContact(Form):
    """A contact of one kind."""

    value = line(N_("New contact"), required=True, render_kw={"autocomplete": "off"})


@blueprint.get("")
@needs(Stage.FULL)
def index() -> tuple[str, int]:
    """Show my contacts and from when on they may serve; they are shown to whoever just showed the second factor."""
    need_fresh_factor(actor())
    with book() as session:
        contacts = recovery_contacts(session, actor())
    return shown("me/recovery_contacts.html", NewContact(formdata=None), contacts=contacts, wrong=None)


@blueprint.post("/<any(mail, phone):kind>")
@needs(Stage.FULL)
def put(kind: str) -> Response | tuple[str, int]:
    """Set my contact of a kind."""
    form = NewContact()

    def act(session: Session) -> None:
        set_recovery_contact(session, actor(), kind, form.value.data or "")

    if carried_out(form, act):
        flash(gettext(N_("The contact is recorded. It may serve after seven days; the one before is told.")), "success")
        return redirect(url_for(".index"), 303)
    with book() as session:
        contacts = recovery_contacts(session, actor())
    return shown("me/recovery_contacts.html", form, contacts=contacts, wrong=kind)


@blueprint.post("/<any(mail, phone):kind>/remove")
@needs(Stage.FULL)
def remove(kind: str) -> Response:
    """Remove my contact of a kind."""
    with book() as session:
        remove_recovery_contact(session, actor(), kind)
    flash(gettext(N_("The contact is removed, and told.")), "success")
    return redirect(url_for(".index"), 303)

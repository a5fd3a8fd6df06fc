"""Further addresses: the page of an official, and the form of role mailboxes and mailing lists."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField

from directory.errors import NotFound
from directory.lifecycle import Alias, add_alias, of_another_official_address
from directory.people import record_of
from provisioning.languages import N_
from provisioning.web.consequence_words import said
from provisioning.web.forms import Form, carried_out, line, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("addresses", __name__, url_prefix="/officials/<public_id>/addresses")


class NewAddress(Form):
    """One more address."""

    address = line(N_("Address"), required=True, limit=320, render_kw={"inputmode": "email", "autocomplete": "off"})


class MoreAddress(NewAddress):
    """One more address of a role mailbox, or of a mailing list."""

    is_primary = BooleanField(lazy_gettext(N_("It is the official address from now on")))


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


def give_address(
    owner_id: int, agency_id: int, name: str, official: str | None, back: str, *, is_list: bool = False
) -> Response | tuple[str, int]:
    """Give a role mailbox or a mailing list one more address, after saying what comes of its official one."""
    form = MoreAddress()

    def act(session: Session) -> None:
        add_alias(session, actor(), [Alias(owner_id, form.address.data or "", bool(form.is_primary.data), is_list)])

    if carried_out(form, act):
        flash(gettext("The address is added. It receives mail within seconds."), "success")
        return redirect(back, 303)
    with book() as session:
        follows = of_another_official_address(session, actor(), agency_id, official)
    named = {"name": name, "official": official, "back": back, "is_list": is_list}
    return shown("addresses/more.html", form, follows=said([follows])[0], **named)

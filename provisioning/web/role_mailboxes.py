"""Role mailboxes: the list, one with its holders from and to, new ones, and handing over."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from directory.agencies import agency_by_public_id
from directory.credentials.holders import account_called
from directory.domains import ending_domain
from directory.errors import BadValue
from directory.grants import Action, can
from directory.lifecycle import (
    HandOver,
    RoleOpening,
    close_role_mailbox,
    hand_over,
    open_role_mailbox,
)
from directory.role_mailboxes import role_mailbox, role_mailboxes
from provisioning.languages import N_
from provisioning.reconcile.status import standing
from provisioning.web.addresses import give_address
from provisioning.web.agency_choice import narrowed, offer_agencies
from provisioning.web.forms import DayField, Form, carried_out, line, options, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.once import OnceForm, make_once
from provisioning.web.request import actor, book

blueprint = Blueprint("role_mailboxes", __name__, url_prefix="/role-mailboxes")
LATER = N_("The hand-over is planned. It takes effect by itself on its day.")


class NewRoleMailbox(OnceForm):
    """A role mailbox and who holds it first."""

    agency = SelectField(lazy_gettext(N_("Agency")))
    name = line(N_("Name"), required=True)
    address = line(N_("Official address"), required=True, limit=320, render_kw={"inputmode": "email"})
    holder = line(N_("First holder: official address or account number"), limit=320)


class Handing(Form):
    """Who keeps a role mailbox, and who gets it."""

    keep = SelectMultipleField(
        lazy_gettext(N_("Keeps it")), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    comes = line(N_("New holder: official address or account number"), limit=320)
    since = DayField(N_("From"))


class Closing(Form):
    """Why a role mailbox is closed."""

    reason = line(N_("Reason, such as the number and date of the decision"), required=True)


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """List role mailboxes with those who hold them."""
    return narrowed("role_mailboxes/index.html", role_mailboxes)


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def new() -> Response | tuple[str, int]:
    """Open a role mailbox."""
    form = NewRoleMailbox()
    offer_agencies(form.agency, Action.ROLE_MAILBOX)
    opened: list[str] = []

    def act(session: Session) -> None:
        agency = agency_by_public_id(session, form.agency.data)
        holders = [_account_id(session, form.holder.data, "holder")] if form.holder.data else []
        wish = RoleOpening(agency.id, form.name.data or "", form.address.data or "", holders)
        opened.append(make_once(session, lambda: open_role_mailbox(session, actor(), [wish])[0].public_id))

    if carried_out(form, act):
        flash(gettext("The role mailbox is open. It receives mail within seconds."), "success")
        return redirect(url_for(".show", public_id=opened[0]), 303)
    return shown("role_mailboxes/new.html", form)


@blueprint.get("/<public_id>")
@needs(Stage.FULL)
def show(public_id: str) -> str:
    """Show one role mailbox with everybody who ever held it."""
    with book() as session:
        mailbox = role_mailbox(session, actor(), public_id)
        may_hand_over = can(session, actor(), Action.ROLE_MAILBOX, mailbox.agency_id)
        return render_template(
            "role_mailboxes/show.html",
            mailbox=mailbox,
            standing=standing(session, "mailbox", [mailbox.mailbox_id])[mailbox.mailbox_id],
            ending=ending_domain(session, mailbox.address),
            today=actor().today,
            may_hand_over=may_hand_over,
        )


@blueprint.route("/<public_id>/hand-over", methods=["GET", "POST"])
@needs(Stage.FULL, many=("keep",))
def hand(public_id: str) -> Response | tuple[str, int]:
    """Hand a role mailbox over from those who hold it to those who will."""
    form = Handing()
    with book() as session:
        mailbox = role_mailbox(session, actor(), public_id)
    today = actor().today
    holding = [each for each in mailbox.holders if each.runs_on(today)]
    form.keep.choices = options((each.account_number, f"{each.full_name} · {each.account_number}") for each in holding)
    if request.method == "GET":
        form.keep.data = [each.account_number for each in holding]

    def act(session: Session) -> None:
        staying = {each.account_id for each in holding if each.account_number in (form.keep.data or [])}
        coming = {_account_id(session, form.comes.data, "comes")} if form.comes.data else set()
        hand_over(session, actor(), [HandOver(mailbox.mailbox_id, staying | coming, form.since.data)])

    if carried_out(form, act):
        later = form.since.data is not None and form.since.data > today
        flash(gettext(LATER if later else "The role mailbox is handed over."), "success")
        return redirect(url_for(".show", public_id=public_id), 303)
    return shown("role_mailboxes/hand_over.html", form, mailbox=mailbox)


@blueprint.route("/<public_id>/addresses", methods=["GET", "POST"])
@needs(Stage.FULL)
def add_address(public_id: str) -> Response | tuple[str, int]:
    """Give a role mailbox one more address."""
    with book() as session:
        found = role_mailbox(session, actor(), public_id)
    back = url_for(".show", public_id=public_id)
    return give_address(found.mailbox_id, found.agency_id, found.name, found.address, back)


@blueprint.route("/<public_id>/close", methods=["GET", "POST"])
@needs(Stage.FULL)
def close(public_id: str) -> Response | tuple[str, int]:
    """Close a role mailbox for good, after saying what that brings."""
    form = Closing()
    with book() as session:
        mailbox = role_mailbox(session, actor(), public_id)

    def act(session: Session) -> None:
        close_role_mailbox(session, actor(), [mailbox.mailbox_id], form.reason.data or "")

    if carried_out(form, act):
        flash(gettext("The role mailbox is closed."), "success")
        return redirect(url_for(".show", public_id=public_id), 303)
    return shown("role_mailboxes/close.html", form, mailbox=mailbox, today=actor().today)


def _account_id(session: Session, name: str, field: str) -> int:
    """Find the account that an address or number means."""
    account = account_called(session, name)
    if account is None:
        raise BadValue(field=field, reason="nobody has this address or account number")
    return account.id

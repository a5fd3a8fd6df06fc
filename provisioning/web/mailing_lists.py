"""Mailing lists: those of an agency, one with its members, new ones, their rule, hand work, and closing."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from directory.agencies import Agency, agency_by_public_id
from directory.domains import ending_domain
from directory.errors import BadValue, DirectoryError
from directory.grants import Action, can
from directory.lifecycle import (
    ListChange,
    ListOpening,
    ListRule,
    Membership,
    add_members,
    change_mailing_list,
    close_mailing_list,
    open_mailing_list,
    remove_members,
)
from directory.mailboxes import mailbox_by_public_id
from directory.mailing_lists import Draft, Sheet, mailbox_called, mailing_list, mailing_lists, normal_title, preview
from directory.policies import effective
from provisioning.languages import N_
from provisioning.reconcile.status import standing
from provisioning.web.addresses import give_address
from provisioning.web.agency_choice import narrowed, offer_agencies
from provisioning.web.forms import Form, answered, carried_out, line, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.once import OnceForm, make_once
from provisioning.web.request import actor, book
from provisioning.web.words import choices

blueprint = Blueprint("mailing_lists", __name__, url_prefix="/mailing-lists")
LIMIT = 5000


class Rule(Form):
    """What a list is called, whom its rule makes members, and who may send."""

    name = line(N_("Name"), required=True)
    rule = RadioField(lazy_gettext(N_("Members")), choices=choices("list_rule"), default="staff")
    with_units = BooleanField(lazy_gettext(N_("Of the agencies and units below as well")))
    titles = TextAreaField(lazy_gettext(N_("Beginnings of titles, one a line")), [Optional(), Length(max=LIMIT)])
    senders = RadioField(lazy_gettext(N_("Who may send")), choices=choices("list_senders"), default="members")

    def given(self) -> ListRule:
        """Give what is asked for."""
        return ListRule(
            name=self.name.data or "",
            senders=self.senders.data,
            rule=self.rule.data,
            with_units=bool(self.with_units.data),
            titles=(self.titles.data or "").splitlines(),
        )


class NewList(Rule, OnceForm):
    """A list with its agency and address."""

    agency = SelectField(lazy_gettext(N_("Agency")))
    address: StringField = line(N_("Address of the list"), required=True, limit=320, render_kw={"inputmode": "email"})


class Decision(Form):
    """A mailbox that is in a list, or out of it, whatever the rule says."""

    who = line(N_("Official address or account number"), required=True, limit=320)
    kind = RadioField(lazy_gettext(N_("Decision")), [InputRequired()], choices=choices("by_hand"), default="added")


class Removal(Form):
    """The decision that is taken back, by the mailbox it is about."""

    mailbox = line("", required=True, limit=64)


class Closing(Form):
    """Nothing is asked; the page says what will happen."""


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """List mailing lists."""
    return narrowed("mailing_lists/index.html", mailing_lists)


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def new() -> Response | tuple[str, int]:
    """Open a mailing list."""
    form = NewList()
    offer_agencies(form.agency, Action.MAILING_LIST)
    opened: list[str] = []

    def act(session: Session) -> None:
        agency = agency_by_public_id(session, form.agency.data)
        opening = ListOpening(agency.id, form.address.data or "", form.given())
        opened.append(make_once(session, lambda: open_mailing_list(session, actor(), [opening])[0].public_id))

    if carried_out(form, act):
        flash(gettext("The mailing list is open. It takes mail within seconds."), "success")
        return redirect(url_for(".show", public_id=opened[0]), 303)
    return shown("mailing_lists/new.html", form)


@blueprint.post("/preview")
@needs(Stage.FULL)
def count() -> str:
    """Show whom a rule would make members while the form is being filled in."""
    typed = request.form
    if not request.args.get("list") and not typed.get("agency"):
        return ""  # no agency is chosen yet, so nobody can be shown
    with book() as session:
        try:
            if wanted := request.args.get("list"):
                line_ = mailing_list(session, actor(), wanted, limit=0).line
                agency_id, list_id = line_.agency_id, line_.list_id
            else:
                agency_id, list_id = agency_by_public_id(session, typed.get("agency", "")).id, 0
            titles = [title for each in typed.get("titles", "")[:LIMIT].splitlines() if (title := normal_title(each))]
            draft = Draft(agency_id, typed.get("rule", ""), bool(typed.get("with_units")), titles, list_id)
            return render_template("mailing_lists/_preview.html", found=preview(session, actor(), draft), problem=None)
        except DirectoryError as error:
            return render_template("mailing_lists/_preview.html", found=None, problem=answered(error))


@blueprint.get("/<public_id>")
@needs(Stage.FULL)
def show(public_id: str) -> str:
    """Show one list with its members."""
    after = request.args.get("after")
    with book() as session:
        sheet = mailing_list(session, actor(), public_id, after=after)
        return render_template(
            "mailing_lists/show.html",
            sheet=sheet,
            found=sheet.line,
            after=after,
            standing=standing(session, "mailing_list", [sheet.line.list_id])[sheet.line.list_id],
            ending=ending_domain(session, sheet.line.address),
            may_change=sheet.line.state == "active"
            and can(session, actor(), Action.MAILING_LIST, sheet.line.agency_id),
        )


@blueprint.route("/<public_id>/change", methods=["GET", "POST"])
@needs(Stage.FULL)
def change(public_id: str) -> Response | tuple[str, int]:
    """Change what a list is called, whom it reaches and who may send."""
    found = _seen(public_id).line
    form = Rule(data=vars(found) | {"titles": "\n".join(found.titles)})

    def act(session: Session) -> None:
        change_mailing_list(session, actor(), [ListChange(found.list_id, form.given())])

    if carried_out(form, act):
        flash(gettext("The mailing list is changed."), "success")
        return redirect(url_for(".show", public_id=public_id), 303)
    return shown("mailing_lists/change.html", form, found=found)


@blueprint.route("/<public_id>/members", methods=["GET", "POST"])
@needs(Stage.FULL)
def decide(public_id: str) -> Response | tuple[str, int]:
    """Add a mailbox by hand, or take one out."""
    found = _seen(public_id).line
    form = Decision()

    def act(session: Session) -> None:
        mailbox = mailbox_called(session, actor(), form.who.data or "")
        if mailbox is None:
            raise BadValue(field="who", reason="nobody in your agencies has this address or account number")
        add_members(session, actor(), [Membership(found.list_id, mailbox.id, form.kind.data)])

    if carried_out(form, act):
        flash(gettext("The members are changed."), "success")
        return redirect(url_for(".show", public_id=public_id), 303)
    return shown("mailing_lists/members.html", form, found=found)


@blueprint.post("/<public_id>/members/remove")
@needs(Stage.FULL)
def take_back(public_id: str) -> Response | tuple[str, int]:
    """Take back what was decided by hand about one mailbox."""
    found = _seen(public_id).line
    form = Removal()

    def act(session: Session) -> None:
        mailbox = mailbox_by_public_id(session, form.mailbox.data or "")
        remove_members(session, actor(), [(found.list_id, mailbox.id)])

    if carried_out(form, act):
        flash(gettext("For this mailbox only the rule counts now."), "success")
    return redirect(url_for(".show", public_id=public_id), 303)


@blueprint.route("/<public_id>/addresses", methods=["GET", "POST"])
@needs(Stage.FULL)
def add_address(public_id: str) -> Response | tuple[str, int]:
    """Give a list one more address, which may be its official one from now on."""
    found = _seen(public_id).line
    back = url_for(".show", public_id=public_id)
    return give_address(found.list_id, found.agency_id, found.name, found.address, back, is_list=True)


@blueprint.route("/<public_id>/close", methods=["GET", "POST"])
@needs(Stage.FULL)
def close(public_id: str) -> Response | tuple[str, int]:
    """Say what closing a list brings, and close it."""
    sheet = _seen(public_id)
    form = Closing()

    def act(session: Session) -> None:
        close_mailing_list(session, actor(), [sheet.line.list_id])

    if carried_out(form, act):
        flash(gettext("The mailing list is closed."), "success")
        return redirect(url_for(".show", public_id=public_id), 303)
    with book() as session:
        days = effective(session, session.get_one(Agency, sheet.line.agency_id), "quarantine_days").value
    return shown("mailing_lists/close.html", form, found=sheet.line, count=sheet.count, days=days)


def _seen(public_id: str) -> Sheet:
    """Give a list that the actor may see, without its members."""
    with book() as session:
        return mailing_list(session, actor(), public_id, limit=0)

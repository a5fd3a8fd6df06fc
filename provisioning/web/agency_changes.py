"""What an operator does to an agency: units below it, domains, headcount, roles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from directory.agencies import KINDS, agency_by_public_id
from directory.credentials.holders import account_called
from directory.errors import BadValue, NotFound
from directory.grants import Action, can
from directory.lifecycle import (
    Declaration,
    Founding,
    Granting,
    NewDomain,
    add_domain,
    declare_headcount,
    found_agency,
    grant,
    withdraw,
)
from provisioning.languages import N_
from provisioning.web.forms import DayField, Form, carried_out, line, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book
from provisioning.web.words import choices

blueprint = Blueprint("agency_changes", __name__, url_prefix="/agencies/<public_id>")


@dataclass(frozen=True)
class Named:
    """The agency that a form is about."""

    id: int
    public_id: str
    name: str


class NewAgency(Form):
    """An agency below another."""

    kind = SelectField(lazy_gettext(N_("Kind")), choices=choices("agency", *KINDS[2:]), default="unit")
    name = line(N_("Name"), required=True)
    code = line(N_("Identifier code"), limit=35)
    short_name = line(N_("Short name"), limit=40)
    valid_from = DayField(N_("From"))


class NewMailDomain(Form):
    """A mail domain."""

    domain = line(N_("Domain"), required=True, limit=253)
    is_primary = BooleanField(lazy_gettext(N_("New addresses of the agency are made in it")), default=True)


class NewHeadcount(Form):
    """A declared headcount."""

    posts = IntegerField(lazy_gettext(N_("Number of posts")), [InputRequired(), NumberRange(0, 10_000_000)])
    valid_from = DayField(N_("From"), [InputRequired()])
    decision = line(N_("Decision"))


class NewGrant(Form):
    """A role for somebody."""

    who = line(N_("Official address or account number"), required=True, limit=320)
    role = SelectField(lazy_gettext(N_("Role")), choices=choices("role"))
    valid_from = DayField(N_("From"))
    valid_to = DayField(N_("Until (not included)"))


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def found(public_id: str) -> Response | tuple[str, int]:
    """Found an agency below this one."""
    agency, form = _agency(public_id), NewAgency()

    def act(session: Session) -> None:
        wish = Founding(
            form.kind.data,
            form.name.data or "",
            parent_id=agency.id,
            code=form.code.data,
            short_name=form.short_name.data,
            valid_from=form.valid_from.data,
        )
        found_agency(session, actor(), [wish])

    return _answer("agencies/new.html", agency, form, act, N_("The agency is founded."))


@blueprint.route("/domains/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def domain(public_id: str) -> Response | tuple[str, int]:
    """Add a mail domain."""
    agency, form = _agency(public_id), NewMailDomain()

    def act(session: Session) -> None:
        add_domain(session, actor(), [NewDomain(agency.id, form.domain.data or "", is_primary=form.is_primary.data)])

    return _answer(
        "agencies/domain.html", agency, form, act, N_("The domain is added; it receives mail within seconds.")
    )


@blueprint.route("/headcount", methods=["GET", "POST"])
@needs(Stage.FULL)
def headcount(public_id: str) -> Response | tuple[str, int]:
    """Declare a headcount."""
    agency, form = _agency(public_id), NewHeadcount()

    def act(session: Session) -> None:
        wish = Declaration(agency.id, form.posts.data or 0, form.valid_from.data or actor().today, form.decision.data)
        declare_headcount(session, actor(), [wish])

    return _answer("agencies/headcount.html", agency, form, act, N_("The headcount is declared."))


@blueprint.route("/grants/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def give(public_id: str) -> Response | tuple[str, int]:
    """Give somebody a role over this agency and all below it."""
    agency, form = _agency(public_id), NewGrant()

    def act(session: Session) -> None:
        account = account_called(session, form.who.data or "")
        if account is None:
            raise BadValue(field="who", reason="nobody has this address or account number")
        wish = Granting(account.id, form.role.data, agency.id, form.valid_from.data, form.valid_to.data)
        grant(session, actor(), [wish])

    return _answer("agencies/grant.html", agency, form, act, N_("The role is given."))


@blueprint.post("/grants/<int:grant_id>/withdraw")
@needs(Stage.FULL)
def take(public_id: str, grant_id: int) -> Response:
    """Withdraw a role from today on."""
    with book() as session:
        withdraw(session, actor(), [grant_id])
    flash(gettext("The role is withdrawn."), "success")
    return redirect(url_for("agencies.show", public_id=public_id), 303)


def _agency(public_id: str) -> Named:
    """Find the agency of the address, among those the actor may see."""
    with book() as session:
        agency = agency_by_public_id(session, public_id)
        if not can(session, actor(), Action.VIEW, agency.id):
            raise NotFound
        return Named(agency.id, agency.public_id, agency.name)


def _answer(
    template: str, agency: Named, form: Form, act: Callable[[Session], None], done: str, **more: object
) -> Response | tuple[str, int]:
    """Show a form about an agency, or carry it out and go back to the agency."""
    if carried_out(form, act):
        flash(gettext(done), "success")
        return redirect(url_for("agencies.show", public_id=agency.public_id), 303)
    return shown(template, form, agency=agency, **more)

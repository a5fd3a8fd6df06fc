"""What an operator does to an agency: units below it, headcount, roles."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from directory.agencies import KINDS
from directory.credentials.holders import account_called
from directory.errors import BadValue, NotFound
from directory.grants import RANK
from directory.lifecycle import (
    Declaration,
    Founding,
    Granting,
    declare_headcount,
    found_agency,
    grant,
    withdraw,
)
from directory.roles import roles_at
from provisioning.languages import N_
from provisioning.web.agency_forms import agency_seen, answered_about
from provisioning.web.forms import DayField, Form, line
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.once import OnceForm, make_once
from provisioning.web.request import actor, book
from provisioning.web.words import choices

BELOW_OPERATOR = [role for role, rank in RANK.items() if rank < RANK["operator"]]
"""Only operators give roles, and each only what is below the own one."""
blueprint = Blueprint("agency_changes", __name__, url_prefix="/agencies/<public_id>")


class NewAgency(OnceForm):
    """An agency below another."""

    kind = SelectField(lazy_gettext(N_("Kind")), choices=choices("agency", *KINDS[2:]), default="unit")
    name = line(N_("Name"), required=True)
    code = line(N_("Identifier code"), limit=35)
    short_name = line(N_("Short name"), limit=40)
    valid_from = DayField(N_("From"))


class NewHeadcount(Form):
    """A declared headcount."""

    posts = IntegerField(lazy_gettext(N_("Number of posts")), [InputRequired(), NumberRange(0, 10_000_000)])
    valid_from = DayField(N_("From"), [InputRequired()])
    decision = line(N_("Decision"))


class NewGrant(Form):
    """A role for somebody."""

    who = line(N_("Official address or account number"), required=True, limit=320)
    role = SelectField(lazy_gettext(N_("Role")), choices=choices("role", *BELOW_OPERATOR))
    valid_from = DayField(N_("From"))
    valid_to = DayField(N_("Until (not included)"))


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def found(public_id: str) -> Response | tuple[str, int]:
    """Found an agency below this one."""
    agency, form = agency_seen(public_id), NewAgency()

    def act(session: Session) -> None:
        wish = Founding(
            form.kind.data,
            form.name.data or "",
            parent_id=agency.id,
            code=form.code.data,
            short_name=form.short_name.data,
            valid_from=form.valid_from.data,
        )
        make_once(session, lambda: found_agency(session, actor(), [wish])[0].public_id)

    return answered_about("agencies/new.html", agency, form, act, N_("The agency is founded."))


@blueprint.route("/headcount", methods=["GET", "POST"])
@needs(Stage.FULL)
def headcount(public_id: str) -> Response | tuple[str, int]:
    """Declare a headcount."""
    agency, form = agency_seen(public_id), NewHeadcount()

    def act(session: Session) -> None:
        wish = Declaration(agency.id, form.posts.data or 0, form.valid_from.data or actor().today, form.decision.data)
        declare_headcount(session, actor(), [wish])

    return answered_about("agencies/headcount.html", agency, form, act, N_("The headcount is declared."))


@blueprint.route("/grants/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def give(public_id: str) -> Response | tuple[str, int]:
    """Give somebody a role over this agency and all below it."""
    agency, form = agency_seen(public_id), NewGrant()

    def act(session: Session) -> None:
        account = account_called(session, form.who.data or "")
        if account is None:
            raise BadValue(field="who", reason="nobody has this address or account number")
        wish = Granting(account.id, form.role.data, agency.id, form.valid_from.data, form.valid_to.data)
        grant(session, actor(), [wish])

    return answered_about("agencies/grant.html", agency, form, act, N_("The role is given."))


@blueprint.post("/grants/<int:grant_id>/withdraw")
@needs(Stage.FULL)
def take(public_id: str, grant_id: int) -> Response:
    """Withdraw a role that somebody has over this agency, from today on."""
    agency = agency_seen(public_id)
    with book() as session:
        if grant_id not in {each.grant_id for each in roles_at(session, actor(), agency.id)}:
            raise NotFound
        withdraw(session, actor(), [grant_id])
    flash(gettext("The role is withdrawn."), "success")
    return redirect(url_for("agencies.show", public_id=public_id), 303)

"""What an agency is called, which code it has, below which other it stands, and who leads it."""

from __future__ import annotations

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired

from directory.agencies import agency_by_public_id
from directory.grants import Action
from directory.officials import official_by_public_id
from directory.reorganisation import Leading, Move, Recoding, Renaming, lead, move, recode, rename, staff_of
from directory.tallies import tallies
from provisioning.languages import N_
from provisioning.web.agency_choice import agency_choices
from provisioning.web.agency_forms import agency_seen, answered_about
from provisioning.web.forms import DayField, Form, line, options
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("agency_identity", __name__, url_prefix="/agencies/<public_id>")
DUTIES = {"head": N_("Head of the agency"), "it_contact": N_("IT contact")}


class NewName(Form):
    """What an agency is called from a day on."""

    name = line(N_("Name"), required=True)
    short_name = line(N_("Short name"), limit=40)
    since = DayField(N_("From"))
    decision = line(N_("Decision"))


class NewCode(Form):
    """Another identifier code."""

    code = line(N_("Identifier code"), required=True, limit=35)


class NewPlace(Form):
    """Below which agency one stands from a day on."""

    parent = SelectField(lazy_gettext(N_("Below the agency")), [InputRequired()])
    since = DayField(N_("From"))
    decision = line(N_("Decision"))


class NewLeader(Form):
    """Who has a duty from a day on."""

    official = SelectField(lazy_gettext(N_("Official")))
    since = DayField(N_("From"))


@blueprint.route("/rename", methods=["GET", "POST"])
@needs(Stage.FULL)
def name(public_id: str) -> Response | tuple[str, int]:
    """Rename an agency; the name of before stays in what is told of days before."""
    agency = agency_seen(public_id)
    form = NewName(data={"name": agency.name, "short_name": agency.short_name})

    def act(session: Session) -> None:
        wish = Renaming(agency.id, form.name.data or "", form.short_name.data, form.since.data, form.decision.data)
        rename(session, actor(), [wish])

    return answered_about("agencies/rename.html", agency, form, act, N_("The new name is recorded."))


@blueprint.route("/code", methods=["GET", "POST"])
@needs(Stage.FULL)
def code(public_id: str) -> Response | tuple[str, int]:
    """Give an agency another code."""
    agency = agency_seen(public_id)
    form = NewCode(data={"code": agency.code})

    def act(session: Session) -> None:
        recode(session, actor(), [Recoding(agency.id, form.code.data or "")])

    return answered_about("agencies/code.html", agency, form, act, N_("The code is changed."))


@blueprint.route("/move", methods=["GET", "POST"])
@needs(Stage.FULL)
def place(public_id: str) -> Response | tuple[str, int]:
    """Say what moving an agency brings, and move it."""
    agency, form = agency_seen(public_id), NewPlace()
    with book() as session:
        form.parent.choices = agency_choices(session, actor(), Action.AGENCY, request.values.get("parent"))
        counts = tallies(session, actor(), [agency.id]).get(agency.id)

    def act(session: Session) -> None:
        parent = agency_by_public_id(session, form.parent.data)
        move(session, actor(), [Move(agency.id, parent.id, form.since.data, form.decision.data)])

    return answered_about("agencies/move.html", agency, form, act, N_("The move is recorded."), counts=counts)


@blueprint.route("/<any(head, it_contact):duty>", methods=["GET", "POST"])
@needs(Stage.FULL)
def leader(public_id: str, duty: str) -> Response | tuple[str, int]:
    """Name who leads the agency, or whom one asks there about accounts and mail."""
    agency, form = agency_seen(public_id), NewLeader()
    with book() as session:
        staff = staff_of(session, actor(), agency.id)
    nobody = ("", gettext("nobody"))
    form.official.choices = options([nobody, *((each.public_id, each.label) for each in staff)])
    if not form.is_submitted():
        form.official.data = next((each.public_id for each in staff if duty in each.duties), "")

    def act(session: Session) -> None:
        chosen = official_by_public_id(session, form.official.data).id if form.official.data else None
        lead(session, actor(), [Leading(agency.id, duty, chosen, form.since.data)])  # type: ignore[arg-type]  # the route lets in no other duty

    return answered_about(
        "agencies/leader.html",
        agency,
        form,
        act,
        N_("It is recorded who it is."),
        duty=DUTIES[duty],
        has_staff=bool(staff),
    )

"""Pages of leaving the service, of taking that back, and of coming back."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.validators import InputRequired

from directory.agencies import agency_by_public_id
from directory.errors import BadValue
from directory.grants import Action
from directory.lifecycle import Leaving, Rehiring, leave, rehire, stay
from directory.people import Record
from provisioning.languages import N_
from provisioning.web.agency_choice import offer_agencies
from provisioning.web.decisions import Deciding, Decision, NewPost, decided, record_for
from provisioning.web.forms import DayField, line, options
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("leaving", __name__, url_prefix="/officials/<public_id>")
WHEN = (("at_once", N_("At once")), ("on", N_("After the last day in service")))
LEAVE = Decision(
    "leave",
    N_("Leave the service"),
    N_("Decide the leaving"),
    N_("The leaving is decided."),
    is_danger=True,
    hints={
        "last_day": N_("dd/mm/yyyy. The account works to the end of this day and is closed by itself at midnight."),
        "forward_to": N_("The address of a successor or of a role mailbox. Leave it empty to let mail be refused."),
        "reason": N_("It stands in the audit beside your name."),
    },
)
REHIRE = Decision(
    "rehire",
    N_("Rehire"),
    N_("Rehire"),
    N_("The official is back. Print an activation slip."),
    depends_on="agency",
    hints={
        "agency": N_("Only agencies in which you may appoint are offered."),
        "valid_from": N_("Empty: today."),
        "address": N_("Empty: the address of before if it is still theirs, else the first free one by the pattern."),
    },
)


class Departure(Deciding):
    """When an official leaves, where the mail goes, and by which decision."""

    when = RadioField(lazy_gettext(N_("When")), validators=[InputRequired()])
    last_day = DayField(N_("Last day in service"))
    forward_to = line(N_("Mail goes on to"), limit=320, render_kw={"inputmode": "email"})
    reason = line(N_("Reason, such as the number and date of the decision"), required=True)


class Return(NewPost):
    """The post to which somebody comes back."""

    address = line(N_("Official address"), limit=320, render_kw={"inputmode": "email"})


@blueprint.route("/leave", methods=["GET", "POST"])
@needs(Stage.FULL)
def go(public_id: str) -> Response | tuple[str, int]:
    """Let an official leave, at once or after a last day."""
    record = record_for(public_id)
    form = Departure(**_decided_already(record))
    form.when.choices = options((value, gettext(label)) for value, label in WHEN)
    if record.account_id is None:
        del form.forward_to

    def act(session: Session) -> None:
        if (form.when.data == "on") != (form.last_day.data is not None):
            raise BadValue(field="last_day", reason="a day is needed to leave after it, and none to leave at once")
        forward_to = form.forward_to.data if record.account_id is not None else None
        reason, seen = form.reason.data or "", form.seen.data or None
        leave(session, actor(), [Leaving(record.official_id, form.last_day.data, forward_to, reason, seen)])

    return decided(LEAVE, form, record, act)


def _decided_already(record: Record) -> dict[str, object]:
    """Give what a leaving to come says, so that changing its day drops nothing else."""
    if record.leaves_on is None:
        return {}
    return {"when": "on", "last_day": record.leaves_on - timedelta(days=1), "forward_to": record.forward_to}


@blueprint.post("/stay")
@needs(Stage.FULL)
def remain(public_id: str) -> Response:
    """Take back a leaving whose day has not come."""
    record = record_for(public_id)
    with book() as session:
        stay(session, actor(), [record.official_id])
    flash(gettext("The leaving is taken back; nothing changes."), "success")
    return redirect(url_for("officials.show", public_id=public_id), 303)


@blueprint.route("/rehire", methods=["GET", "POST"])
@needs(Stage.FULL)
def come_back(public_id: str) -> Response | tuple[str, int]:
    """Bring somebody who left back to the same account."""
    record = record_for(public_id)
    form = Return(title=record.title, rank=record.rank)
    offer_agencies(form.agency, Action.APPOINT, record.agency_public_id)
    if record.account_id is None:
        del form.address

    def act(session: Session) -> None:
        goal = agency_by_public_id(session, form.agency.data)
        address = form.address.data if record.account_id is not None else None
        post = Rehiring(
            record.official_id, goal.id, form.title.data or "", form.rank.data, form.valid_from.data, address
        )
        rehire(session, actor(), [post])

    return decided(REHIRE, form, record, act)

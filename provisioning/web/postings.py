"""Pages of the posts beside the primary one: given, and ended earlier or later than planned."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField

from directory.agencies import agency_by_public_id
from directory.errors import NotFound, NotPlanned
from directory.grants import Action
from directory.lifecycle import PostEnd, Posting, assign, call_off, end_posts
from provisioning.languages import N_
from provisioning.web.agency_choice import offer_agencies
from provisioning.web.decisions import Decision, decided, record_for
from provisioning.web.forms import DayField, Form, line
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book
from provisioning.web.words import choices

blueprint = Blueprint("postings", __name__, url_prefix="/officials/<public_id>/posts")
GIVE = Decision(
    "post",
    N_("Give another post"),
    N_("Give the post"),
    N_("The post is given."),
    hints={
        "agency": N_("Only agencies in which you may appoint are offered."),
        "valid_from": N_("Empty: today."),
        "last_day": N_("A secondment has one: the official is back on the day after. Other posts may go on without."),
    },
)
END = Decision(
    "end_post",
    N_("End the post"),
    N_("Set the last day"),
    N_("The last day of the post is set."),
    hints={"last_day": N_("Earlier or later than planned. Empty: the post is held no longer from today on.")},
)


class Gift(Form):
    """A post beside the primary one."""

    kind = SelectField(lazy_gettext(N_("Kind")), choices=choices("post", "concurrent", "secondment", "acting"))
    agency = SelectField(lazy_gettext(N_("Agency")))
    title = line(N_("Post"))
    rank = line(N_("Rank"), limit=40)
    valid_from = DayField(N_("From"))
    last_day = DayField(N_("Last day"))


class End(Form):
    """The last day of a post."""

    last_day = DayField(N_("Last day"))


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def give(public_id: str) -> Response | tuple[str, int]:
    """Give an official a concurrent or acting post, or second them."""
    record, form = record_for(public_id), Gift()
    offer_agencies(form.agency, Action.APPOINT, record.agency_public_id)

    def act(session: Session) -> None:
        goal = agency_by_public_id(session, form.agency.data)
        post = Posting(
            record.official_id,
            goal.id,
            form.kind.data,
            form.title.data or "",
            form.rank.data,
            form.valid_from.data,
            form.last_day.data,
        )
        assign(session, actor(), [post])

    return decided(GIVE, form, record, act)


@blueprint.route("/<int:post_id>/end", methods=["GET", "POST"])
@needs(Stage.FULL)
def end(public_id: str, post_id: int) -> Response | tuple[str, int]:
    """End a post, or put its planned end on another day."""
    record = record_for(public_id)
    post = next((each for each in record.posts if each.appointment_id == post_id and each.kind != "primary"), None)
    if post is None:
        raise NotFound
    form = End()

    def act(session: Session) -> None:
        end_posts(session, actor(), [PostEnd(post_id, form.last_day.data)])

    return decided(END, form, record, act)


@blueprint.post("/<int:post_id>/call-off")
@needs(Stage.FULL)
def forget(public_id: str, post_id: int) -> Response:
    """Call off a post to come: a planned transfer, or a post beside the primary one."""
    record = record_for(public_id)
    post = next((each for each in record.posts if each.appointment_id == post_id), None)
    if post is None or post.valid_to == post.valid_from:
        raise NotPlanned
    with book() as session:
        if post.kind == "primary":
            call_off(session, actor(), [post_id])
        elif post.valid_from > actor().today:
            end_posts(session, actor(), [PostEnd(post_id)])
        else:
            raise NotPlanned
    flash(gettext("It is called off; what held before goes on."), "success")
    return redirect(url_for("officials.show", public_id=public_id), 303)

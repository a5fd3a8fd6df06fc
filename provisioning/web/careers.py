"""What happens to an official after the appointment: corrected, transferred, suspended, reinstated."""

from __future__ import annotations

from collections.abc import Callable, Collection

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from directory.agencies import agency_by_public_id
from directory.base import Actor
from directory.errors import NotFound
from directory.grants import Action
from directory.lifecycle import Opening, Transfer, open_accounts, reinstate, suspend, transfer
from directory.people import record_of
from provisioning.languages import N_
from provisioning.web.agency_choice import offer_agencies
from provisioning.web.decisions import Deciding, Decision, NewPost, decided, record_for
from provisioning.web.forms import Form, line
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("careers", __name__, url_prefix="/officials/<public_id>")


TURNS: dict[str, tuple[Callable[[Session, Actor, Collection[int], str], object], Decision]] = {
    "suspend": (
        suspend,
        Decision(
            "suspend",
            N_("Suspend the account"),
            N_("Suspend now"),
            N_("The account is suspended."),
            is_danger=True,
            hints={"reason": N_("It stands in the audit beside your name.")},
        ),
    ),
    "reinstate": (
        reinstate,
        Decision(
            "reinstate",
            N_("Reinstate the account"),
            N_("Reinstate now"),
            N_("The account is reinstated."),
            hints={"reason": N_("It stands in the audit beside your name.")},
        ),
    ),
}
MOVE = Decision(
    "transfer",
    N_("Transfer"),
    N_("Transfer"),
    N_("The official is transferred."),
    depends_on="agency",
    hints={
        "agency": N_("Only agencies in which you may appoint are offered."),
        "valid_from": N_("Empty: today."),
    },
)


class Reason(Form):
    """Why an account changes its state."""

    reason = line(N_("Reason, such as the number and date of the decision"), required=True)


class Move(NewPost, Deciding):
    """The post at another agency."""


@blueprint.route("/transfer", methods=["GET", "POST"])
@needs(Stage.FULL)
def move(public_id: str) -> Response | tuple[str, int]:
    """Move an official to another agency; the account stays, and the address if the policy says so."""
    record = record_for(public_id)
    form = Move(title=record.title, rank=record.rank)
    offer_agencies(form.agency, Action.APPOINT, is_preset=False)

    def act(session: Session) -> None:
        goal = agency_by_public_id(session, form.agency.data)
        title, seen = form.title.data or "", form.seen.data or None
        wish = Transfer(record.official_id, goal.id, title, form.rank.data, form.valid_from.data, seen)
        transfer(session, actor(), [wish])

    return decided(MOVE, form, record, act)


@blueprint.route("/<any(suspend, reinstate):turn>", methods=["GET", "POST"])
@needs(Stage.FULL)
def turn(public_id: str, turn: str) -> Response | tuple[str, int]:
    """Explain what a change of state brings, and make it after the reason is given."""
    verb, decision = TURNS[turn]
    form = Reason()
    record = record_for(public_id)
    account_id = record.account_id
    if account_id is None:
        raise NotFound

    def act(session: Session) -> None:
        verb(session, actor(), [account_id], form.reason.data or "")

    return decided(decision, form, record, act)


@blueprint.post("/account")
@needs(Stage.FULL)
def open_account(public_id: str) -> Response:
    """Open an account for an official who is on the list without one."""
    with book() as session:
        record = record_of(session, actor(), public_id)
        open_accounts(session, actor(), [Opening(record.official_id)])
    flash(gettext("The account is made. Its entry and mailbox follow within seconds."), "success")
    return redirect(url_for("officials.show", public_id=public_id), 303)

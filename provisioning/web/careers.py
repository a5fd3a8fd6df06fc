"""What happens to an official after the appointment: corrected, transferred, suspended, reinstated, retired."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField

from directory.agencies import agency_by_public_id
from directory.base import Actor
from directory.errors import NotFound
from directory.grants import Action
from directory.lifecycle import Opening, Transfer, open_accounts, reinstate, retire, suspend, transfer
from directory.people import Record, record_of
from provisioning.languages import N_
from provisioning.web.agency_choice import agency_choices
from provisioning.web.forms import DayField, Form, carried_out, line, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("careers", __name__, url_prefix="/officials/<public_id>")


@dataclass(frozen=True)
class Turn:
    """A change of an account's state that its page first explains."""

    verb: Callable[[Session, Actor, Collection[int], str], Any]
    title: str
    button: str
    done: str
    consequences: tuple[str, ...]
    is_danger: bool = False


TURNS = {
    "suspend": Turn(
        suspend,
        N_("Suspend the account"),
        N_("Suspend now"),
        N_("The account is suspended."),
        (
            N_("All open sessions end at once; signing in to the portal is refused."),
            N_("Mail programs are refused within seconds; open mail sessions end within a minute."),
            N_("Mail still arrives and is kept. Nothing is deleted; you can reinstate the account at any time."),
        ),
        is_danger=True,
    ),
    "reinstate": Turn(
        reinstate,
        N_("Reinstate the account"),
        N_("Reinstate now"),
        N_("The account is reinstated."),
        (
            N_("Signing in works again with the same password and second factor."),
            N_("App passwords that were not revoked work again."),
        ),
    ),
    "retire": Turn(
        retire,
        N_("Close the account"),
        N_("Close for good"),
        N_("The account is closed."),
        (
            N_("Posts, roles and held role mailboxes end today."),
            N_("Sessions, app passwords and tokens end at once and cannot be brought back."),
            N_("Mail is refused from now on; what is in the mailbox is kept but nobody can open it."),
            N_("The addresses go into quarantine and are given to nobody else until it is over."),
        ),
        is_danger=True,
    ),
}


class Reason(Form):
    """Why an account changes its state."""

    reason = line(N_("Reason, such as the number and date of the decision"), required=True)


class Move(Form):
    """The post at another agency."""

    agency = SelectField(lazy_gettext(N_("To the agency")))
    title = line(N_("Post there"))
    rank = line(N_("Rank"), limit=40)
    valid_from = DayField(N_("From"))


@blueprint.route("/transfer", methods=["GET", "POST"])
@needs(Stage.FULL)
def move(public_id: str) -> Response | tuple[str, int]:
    """Move an official to another agency; account, mailbox and addresses stay."""
    form = Move()
    with book() as session:
        record = record_of(session, actor(), public_id)
        form.agency.choices = agency_choices(session, actor(), Action.APPOINT, request.values.get("agency"))

    def act(session: Session) -> None:
        goal = agency_by_public_id(session, form.agency.data)
        wish = Transfer(record.official_id, goal.id, form.title.data or "", form.rank.data, form.valid_from.data)
        transfer(session, actor(), [wish])

    return _carried_out("officials/transfer.html", form, record, act, N_("The official is transferred."))


@blueprint.route("/<any(suspend, reinstate, retire):turn>", methods=["GET", "POST"])
@needs(Stage.FULL)
def turn(public_id: str, turn: str) -> Response | tuple[str, int]:
    """Explain what a change of state brings, and make it after the reason is given."""
    taken = TURNS[turn]
    form = Reason()
    with book() as session:
        record = record_of(session, actor(), public_id)

    account_id = record.account_id
    if account_id is None:
        raise NotFound

    def act(session: Session) -> None:
        taken.verb(session, actor(), [account_id], form.reason.data or "")

    return _carried_out("officials/turn.html", form, record, act, taken.done, turn=taken)


@blueprint.post("/account")
@needs(Stage.FULL)
def open_account(public_id: str) -> Response:
    """Open an account for an official who is on the list without one."""
    with book() as session:
        record = record_of(session, actor(), public_id)
        open_accounts(session, actor(), [Opening(record.official_id)])
    flash(gettext("The account is made. Its entry and mailbox follow within seconds."), "success")
    return redirect(url_for("officials.show", public_id=public_id), 303)


def _carried_out(
    template: str, form: Form, record: Record, act: Callable[[Session], None], done: str, **more: object
) -> Response | tuple[str, int]:
    """Show a form about an official, or carry it out and go back to the official."""
    if carried_out(form, act):
        flash(gettext(done), "success")
        return redirect(url_for("officials.show", public_id=record.public_id), 303)
    return shown(template, form, record=record, **more)

"""The agencies that a form offers: all of them while they are few, else those that are found by what is typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest
from wtforms import SelectField

from directory.agencies import Agency, agency_by_public_id, is_open
from directory.base import Actor
from directory.grants import Action, scope
from directory.search import Found, agencies_called, find_agencies
from provisioning.web.forms import options
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("agency_choice", __name__, url_prefix="/agency-choice")
MOST = 40
"""More than so many are found by typing; a list of them would have to be read to its end."""
SHOWN = 20
_NAME = re.compile(r"^[a-z_]{1,30}$")


class Choices(list[Any]):
    """What a select offers. With an `action`, the macro `field` lets one search for the agency instead."""

    def __init__(self, choices: Iterable[Any], action: Action | None = None) -> None:
        super().__init__(choices)
        self.action = action

    def after(self, *pairs: tuple[str, str]) -> Choices:
        """Give the same choices with others before them, such as none at all."""
        return Choices([*options(pairs), *self], self.action)


def agency_choices(session: Session, actor: Actor, action: Action, wanted: str | None) -> Choices:
    """Give the open agencies in which the actor may do this, below each other; if they are many, only the wanted one.

    Whoever gives them to a select needs nothing else: the page shows a list, or a field to search in.
    """
    statement = select(Agency).where(scope(actor, action), is_open(actor.today))
    found = session.scalars(statement.order_by(Agency.path).limit(MOST + 1)).all()
    if len(found) > MOST:
        return searched_choices(session, actor, action, [wanted] if wanted else [])
    depth = min((agency.path.count(".") for agency in found), default=0)
    return Choices(
        options((agency.public_id, "\u2003" * (agency.path.count(".") - depth) + agency.name) for agency in found)
    )


def searched_choices(session: Session, actor: Actor, action: Action, wanted: Collection[str]) -> Choices:
    """Give the wanted agencies, as far as the actor may do this there, as choices of a field to search in."""
    found = agencies_called(session, actor, action, wanted) if wanted else []
    return Choices(options((each.public_id, placed(each)) for each in found), action)


def placed(agency: Found) -> str:
    """Name an agency with those above it: units of one name are told apart by where they stand."""
    return f"{agency.name} ({agency.above})" if agency.above else agency.name


def offer_agencies(field: SelectField, action: Action, otherwise: str | None = None, *, is_preset: bool = True) -> None:
    """Offer in a field the agencies in which the actor may do this; the one that the way here named is chosen.

    Where nothing is preset, and none was named, none is chosen: what one overlooks must not send somebody anywhere.
    """
    wanted = request.values.get(field.name) or otherwise
    with book() as session:
        choices = agency_choices(session, actor(), action, wanted)
    if not is_preset and choices.action is None:
        choices = choices.after(("", gettext("Choose the agency")))
    field.choices = choices
    if request.method == "GET" and wanted:
        field.data = wanted


def narrowed(template: str, read: Callable[..., object]) -> str:
    """Show a page of what `read` gives of all the actor's agencies, or of the one that the address names."""
    wanted, after = request.args.get("agency"), request.args.get("after", type=int)
    with book() as session:
        agency = agency_by_public_id(session, wanted) if wanted else None
        found = read(session, actor(), agency.id if agency else None, after=after)
        return render_template(template, found=found, agency=agency, after=after)


@blueprint.get("")
@needs(Stage.FULL, many=("into", "beside"))
def search() -> str:
    """Show what is found, as boxes or buttons of a form's field; what is ticked already stays in front."""
    name, action = request.args.get("name", ""), request.args.get("action", "")
    if not _NAME.match(name) or action not in set(Action):
        raise BadRequest
    text, ticked = request.args.get("q", ""), request.args.getlist(name)
    with book() as session:
        chosen = agencies_called(session, actor(), Action(action), ticked) if ticked else []
        found = find_agencies(session, actor(), Action(action), text, SHOWN + 1)
    known = {each.public_id for each in chosen}
    return render_template(
        "agencies/_choices.html",
        name=name,
        kind="checkbox" if request.args.get("many") else "radio",
        chosen=chosen,
        found=[each for each in found[:SHOWN] if each.public_id not in known],
        has_more=len(found) > SHOWN,
    )

"""The telephone list: everybody who is signed in finds colleagues; no page of it has personal data."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency, agency_by_public_id
from directory.appointments import posts_of
from directory.grants import Action, can
from directory.people import Asked, agencies_called, browse, colleague, search
from provisioning.web.guard import Stage, needs
from provisioning.web.request import actor, book

blueprint = Blueprint("people", __name__, url_prefix="/people")
MOST_LETTERS = 100


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """Find colleagues; without a question, the people of one's own agency."""
    text, title, within = (request.args.get(name, "").strip()[:MOST_LETTERS] for name in ("q", "title", "in"))
    after = request.args.get("after")
    with book() as session:
        browse(session, actor())
        is_asked = bool(text or title or within)
        agency = agency_by_public_id(session, within) if within else None if is_asked else _own_agency(session)
        found = search(session, actor(), Asked(text, title, agency.id if agency else None, after))
        asked: dict[str, Any] = {"q": text or None, "title": title or None, "in": agency.public_id if agency else None}
        return render_template(
            "people/index.html",
            found=found,
            text=text,
            title=title,
            agency=agency,
            offered=[each for each in agencies_called(session, actor(), text) if each != agency],
            asked=asked,
            is_asked=is_asked,
            next_url=found.after and url_for(".index", **asked, after=found.after),
            first_url=after and url_for(".index", **asked),
        )


@blueprint.get("/<public_id>")
@needs(Stage.FULL)
def show(public_id: str) -> str:
    """Show one colleague: where they work, and how they are reached there."""
    with book() as session:
        browse(session, actor())
        seats = colleague(session, actor(), public_id)
        agency = agency_by_public_id(session, seats[0].agency_public_id)
        has_record = can(session, actor(), Action.VIEW, agency.id)
        return render_template("people/show.html", seats=seats, person=seats[0], has_record=has_record)


def _own_agency(session: Session) -> Agency | None:
    """Give the agency at which whoever asks works."""
    official_id = session.scalars(select(Account.official_id).where(Account.id == current_user.account_id)).one()
    post = posts_of(session, [official_id], actor().today).get(official_id)
    return session.get_one(Agency, post.agency_id) if post else None

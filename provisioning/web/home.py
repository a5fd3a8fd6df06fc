"""The start page: what is yours to do, and how your own mailbox is."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_login import current_user

from directory import adoption
from directory.credentials import own_record, protection_of
from directory.grants import Action
from directory.staff_lists import review
from directory.tallies import in_view
from provisioning.reconcile import status
from provisioning.web.adoption import RATES
from provisioning.web.duties import duties
from provisioning.web.guard import Stage, needs
from provisioning.web.list_words import STATES
from provisioning.web.menu import actions, how_many_wait
from provisioning.web.request import actor, book

blueprint = Blueprint("home", __name__)
LISTS_LOOKED_AT, AGENCIES_SHOWN = 5, 3
UNDER_WAY = ("reading", "unread", "planned", "applying")
"""Lists in these states wait for somebody, or for the worker."""


@blueprint.get("/")
@needs(Stage.FULL)
def start() -> str:
    """Show what waits for whoever signed in."""
    allowed, account_id = actions(), current_user.account_id
    with book() as session:
        lists = review.lists(session, actor(), limit=LISTS_LOOKED_AT) if Action.IMPORT in allowed else []
        figures = in_view(session, actor()) if Action.VIEW in allowed else None
        kept = adoption.overview(session, actor()) if Action.ADOPTION in allowed else []
        return render_template(
            "home/start.html",
            own=own_record(session, actor()),
            protection=protection_of(session, actor()),
            standing=status.standing(session, "account", [account_id])[account_id],
            duties=duties(session, actor(), allowed, figures, how_many_wait("corrections.index")) if figures else None,
            counted_at=figures.counted_at if figures else None,
            lists=[each for each in lists if each.state in UNDER_WAY],
            states=STATES,
            kept=kept[:AGENCIES_SHOWN],
            rates=RATES,
        )

"""The start page: what is yours to do, and how your own mailbox is."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from directory import adoption
from directory.credentials import own_record, protection_of
from directory.grants import Action
from directory.staff_lists import review
from directory.tallies import Counts, in_view
from provisioning.reconcile import status
from provisioning.web.adoption import RATES
from provisioning.web.guard import Stage, needs
from provisioning.web.language import ngettext
from provisioning.web.list_words import STATES
from provisioning.web.menu import actions, how_many_wait
from provisioning.web.request import actor, book

blueprint = Blueprint("home", __name__)
LISTS_LOOKED_AT, AGENCIES_SHOWN = 5, 3
UNDER_WAY = ("reading", "unread", "planned", "applying")
"""Lists in these states wait for somebody, or for the worker."""


@dataclass(frozen=True)
class Duty:
    """Something that waits for the actor: how many, said in words, and where it is done."""

    action: Action
    number: int
    text: str
    address: str


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
            duties=_duties(session, allowed, figures) if figures else None,
            counted_at=figures.counted_at if figures else None,
            lists=[each for each in lists if each.state in UNDER_WAY],
            states=STATES,
            kept=kept[:AGENCIES_SHOWN],
            rates=RATES,
        )


def _duties(session: Session, allowed: frozenset[Action], figures: Counts) -> list[Duty]:
    """Give what waits in the actor's agencies and is the actor's to do."""
    # long because it is a table of what may wait.
    refused = status.refused(session, actor()) if Action.PROVISIONING in allowed else 0
    corrections = how_many_wait("corrections.index")
    duties = [
        Duty(
            Action.PROVISIONING,
            refused,
            ngettext("entry failed", "entries failed", refused),
            url_for("provisioning.index"),
        ),
        Duty(
            Action.CREDENTIAL,
            figures.pending,
            ngettext("account waits for its slip", "accounts wait for their slips", figures.pending),
            url_for("slips.index"),
        ),
        Duty(
            Action.APPOINT,
            figures.without_account,
            ngettext("official without an account", "officials without an account", figures.without_account),
            url_for("officials.index", state="none"),
        ),
        Duty(
            Action.APPOINT,
            corrections,
            ngettext("correction waits for a decision", "corrections wait for a decision", corrections),
            url_for("corrections.index"),
        ),
        Duty(
            Action.ROLE_MAILBOX,
            figures.without_holder,
            ngettext("role mailbox without a holder", "role mailboxes without a holder", figures.without_holder),
            url_for("role_mailboxes.index"),
        ),
        Duty(
            Action.SUSPEND,
            figures.suspended,
            ngettext("suspended account", "suspended accounts", figures.suspended),
            url_for("officials.index", state="suspended"),
        ),
    ]
    return [duty for duty in duties if duty.number and duty.action in allowed]

"""Entries that stood on an LDAP server before, and the accounts that they may be of: an operator decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from directory.base import Actor
from provisioning.reconcile import linking
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, ngettext
from provisioning.web.request import actor, book

blueprint = Blueprint("links", __name__, url_prefix="/provisioning/links")

COLOURS = {"certain": "green", "likely": "blue", "unsure": "amber"}


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """Show what was proposed, the doubtful ones first, and what was confirmed and has changed since."""
    confidence = _confidence()
    with book() as session:
        counts = linking.count(session, actor())
        return render_template(
            "provisioning/links.html",
            confidence=confidence,
            counts={each: counts.get(("proposed", each), 0) for each in linking.CONFIDENCES},
            confirmed=sum(number for (state, _), number in counts.items() if state == "confirmed"),
            lines=linking.links(session, actor(), confidence=confidence),
            confidences=linking.CONFIDENCES,
            reasons=linking.REASONS,
            colours=COLOURS,
            moving=linking.targets_moving(session, actor()),
        )


@blueprint.post("/confirm")
@needs(Stage.FULL, many=("link",))
def confirm() -> Response:
    """Make the chosen entries those of their accounts."""
    return _decide(
        linking.confirm,
        lambda number: ngettext(
            "{number} entry is linked. What is ours is added to it once the server's maintenance ends.",
            "{number} entries are linked. What is ours is added to them once the server's maintenance ends.",
            number,
        ),
    )


@blueprint.post("/refuse")
@needs(Stage.FULL, many=("link",))
def refuse() -> Response:
    """Say that the chosen entries are not these accounts'."""
    return _decide(
        linking.refuse,
        lambda number: ngettext("{number} proposal is refused.", "{number} proposals are refused.", number),
    )


def _decide(verb: Callable[[Session, Actor, Sequence[str]], int], told: Callable[[int], str]) -> Response:
    """Decide about what was chosen; without anything chosen, say so."""
    if refs := request.form.getlist("link"):
        with book() as session:
            number = verb(session, actor(), refs)
        if number:
            flash(told(number), "success")
        if number < len(set(refs)):
            flash(
                gettext("What is linked already is not refused. Whoever runs the server undoes it: congvu link undo."),
                "warning",
            )
    else:
        flash(gettext("Nothing was chosen. Choose at least one entry."), "warning")
    return redirect(url_for("links.index", confidence=_confidence()), 303)


def _confidence() -> str | None:
    """Read how sure the proposals are that are wanted; without a word all of them."""
    wanted = request.args.get("confidence")
    if wanted is not None and wanted not in linking.CONFIDENCES:
        raise BadRequest
    return wanted

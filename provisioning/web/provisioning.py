"""The state of provisioning: what waits, what fails and why, how the LDAP server is; and trying again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from directory.due import TABLES
from provisioning.languages import N_
from provisioning.reconcile import drift, status
from provisioning.web.guard import Stage, needs
from provisioning.web.language import ngettext
from provisioning.web.request import actor, book

blueprint = Blueprint("provisioning", __name__, url_prefix="/provisioning")

KINDS = {
    "account": N_("Official"),
    "mailbox": N_("Role mailbox"),
    "domain": N_("Mail domain"),
    "mailing_list": N_("Mailing list"),
    "agency": N_("Agency"),
    "group": N_("Group of an agency"),
}
"""What the subjects of entries are."""


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """Show what is not real yet in one's agencies, and why."""
    with book() as session:
        return render_template(
            "provisioning/index.html",
            figures=status.overview(session, actor()),
            failing=status.failing(session, actor()),
            waiting=status.waiting(session, actor()),
            drifts=drift.drifts(session, actor()),
            foreign=drift.foreign(session, actor()),
            scanned=drift.scans(session).get("full"),
            kinds=KINDS,
            now=actor().now,
        )


@blueprint.post("/try-again")
@needs(Stage.FULL, many=("entry",))
def try_again() -> Response:
    """Have entries tried again that failed."""
    refs = [_ref(each) for each in request.form.getlist("entry")]
    with book() as session:
        status.try_again(session, actor(), refs)
    flash(
        ngettext("{number} entry will be tried again.", "{number} entries will be tried again.", len(refs)), "success"
    )
    return redirect(url_for("provisioning.index"), 303)


@blueprint.post("/restore")
@needs(Stage.FULL, many=("entry",))
def restore() -> Response:
    """Have entries that others changed written anew: those named, or all that wait for a decision."""
    refs = [_ref(each) for each in request.form.getlist("entry")]
    with book() as session:
        number = drift.restore(session, actor(), refs or None)
    flash(ngettext("{number} entry will be written anew.", "{number} entries will be written anew.", number), "success")
    return redirect(url_for("provisioning.index"), 303)


def _ref(text: str) -> tuple[str, str]:
    """Read which entry a button names: `account:cv…`, `mailbox:…`, `domain:…`."""
    subject, colon, ref = text.partition(":")
    if not colon or subject not in TABLES:
        raise BadRequest
    return subject, ref

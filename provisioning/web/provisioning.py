"""The state of provisioning: what waits, what fails and why, how the LDAP server is; and trying again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from directory.due import TABLES
from provisioning.reconcile import drift, linking, status
from provisioning.reconcile.targets import healths
from provisioning.web.entry_words import KINDS, advice, attribute
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, ngettext
from provisioning.web.request import actor, book, service

blueprint = Blueprint("provisioning", __name__, url_prefix="/provisioning")


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """Show what is not real yet in one's agencies, and why."""
    with book() as session:
        return render_template(
            "provisioning/index.html",
            figures=status.overview(session, actor()),
            causes=status.causes(session, actor()),
            counted=status.COUNTED,
            advice=advice,
            waiting=status.waiting(session, actor()),
            drifts=drift.drifts(session, actor()),
            foreign=drift.foreign(session, actor()),
            linkable=linking.waiting(session, actor()),
            servers=healths(session, actor(), service().targets, is_counted=False),
            kinds=KINDS,
            attribute=attribute,
            now=actor().now,
        )


@blueprint.post("/try-again")
@needs(Stage.FULL, many=("entry",))
def try_again() -> Response:
    """Have entries tried again that failed."""
    refs = _chosen()
    if not refs:
        return redirect(url_for("provisioning.index"), 303)
    with book() as session:
        status.try_again(session, actor(), refs)
    _tell_tried(len(refs))
    return redirect(url_for("provisioning.index"), 303)


@blueprint.post("/restore")
@needs(Stage.FULL, many=("entry",))
def restore() -> Response:
    """Have entries that others changed written anew."""
    if refs := _chosen():
        with book() as session:
            number = drift.restore(session, actor(), refs)
        _tell_restored(number)
        _tell_settled(len(set(refs)) - number)
    return redirect(url_for("provisioning.index"), 303)


@blueprint.post("/restore-all")
@needs(Stage.FULL)
def restore_all() -> Response:
    """Have all entries written anew that were too many at once."""
    with book() as session:
        number = drift.restore(session, actor(), None)
    _tell_restored(number)
    _tell_settled(not number)
    return redirect(url_for("provisioning.index"), 303)


@blueprint.post("/take-over")
@needs(Stage.FULL, many=("entry",))
def take_over() -> Response:
    """Take names that others wrote into entries over into the records of officials."""
    if refs := _chosen():
        with book() as session:
            number = drift.take_over(session, actor(), refs)
        told = ngettext("{number} name was taken over into the record.", "{number} names were taken over.", number)
        if number:
            flash(told, "success")
        _tell_settled(len(set(refs)) - number)
    return redirect(url_for("provisioning.index"), 303)


@blueprint.post("/try-all-again")
@needs(Stage.FULL)
def try_all_again() -> Response:
    """Have all entries tried again that failed for a reason."""
    with book() as session:
        number = status.try_all_again(session, actor(), request.form.get("reason", ""))
    if number:
        _tell_tried(number)
    else:
        flash(gettext("None of your entries fails for this reason any more."), "info")
    return redirect(url_for("provisioning.index"), 303)


def _tell_tried(number: int) -> None:
    flash(ngettext("{number} entry will be tried again.", "{number} entries will be tried again.", number), "success")


def _tell_restored(number: int) -> None:
    told = ngettext("{number} entry will be written anew.", "{number} entries will be written anew.", number)
    if number:
        flash(told, "success")


def _tell_settled(number: int) -> None:
    """Say of how many nothing was done, because somebody else or a comparison was there first."""
    told = ngettext(
        "{number} difference was settled already since this page was opened. Nothing more is needed there.",
        "{number} differences were settled already since this page was opened. Nothing more is needed there.",
        number,
    )
    if number:
        flash(told, "info")


def _chosen() -> list[tuple[str, str]]:
    """Read which entries were chosen; without any, say so."""
    refs = [_ref(each) for each in request.form.getlist("entry")]
    if not refs:
        flash(gettext("Nothing was chosen. Choose at least one entry."), "warning")
    return refs


def _ref(text: str) -> tuple[str, str]:
    """Read which entry a button names: `account:cv…`, `mailbox:…`, `domain:…`."""
    subject, colon, ref = text.partition(":")
    if not colon or subject not in TABLES:
        raise BadRequest
    return subject, ref

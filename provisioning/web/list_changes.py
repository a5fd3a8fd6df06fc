"""What a person says of a plan: what its columns are, what stands in a row, who is meant, who has left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response

from directory.errors import DirectoryError, NotFound
from directory.staff_lists import leavers, review
from directory.staff_lists.candidates import candidates_of, chosen, note_refused, row_shown
from directory.staff_lists.corrections import Correction, correct
from directory.staff_lists.hints import FIELDS, IGNORED, Hints
from directory.staff_lists.layout import guess_shown
from directory.staff_lists.submission import understand_as
from directory.staff_lists.tables import StaffList
from provisioning.languages import N_
from provisioning.web import list_words
from provisioning.web.forms import answered
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, ngettext
from provisioning.web.request import actor, book

blueprint = Blueprint("list_changes", __name__, url_prefix="/lists/<public>")

_HIGHEST = 100_000_000


@blueprint.context_processor
def _words() -> dict[str, object]:
    """Give the templates of lists their words."""
    return {"list_words": list_words}


@dataclass(frozen=True)
class Named:
    """The list that a page is about."""

    public_id: str
    file_name: str


@blueprint.route("/columns", methods=["GET", "POST"])
@needs(Stage.FULL)
def columns(public: str) -> str | Response | tuple[str, int]:
    """Show how the columns were understood, with examples, and have the list read again as a person says."""
    _refuse_others(public)
    error = None
    if request.method == "POST":
        try:
            with book() as session:
                understand_as(session, actor(), _mine(session, public), Hints.from_json(_hints()))
            return redirect(url_for("lists.show", public=public), 303)
        except DirectoryError as refusal:
            error = answered(refusal)
    with book() as session:
        staff_list = _mine(session, public)
        page = render_template(
            "lists/columns.html",
            list=staff_list,
            guess=guess_shown(session, actor(), staff_list),
            hints=Hints.from_json(staff_list.hints),
            fields=[IGNORED, *FIELDS],
            error=error,
        )
    return (page, 422) if error else page


def _hints() -> dict[str, Any]:
    """Put together what the page says; `Hints` refuses whatever is none."""
    hints: dict[str, Any] = {"columns": {}, "encodings": _confirmed()}
    for name, value in request.form.items():
        part, _, column = name.partition("-")
        if part == "field" and column:
            hints["columns"][column] = value
        elif part == "encoding" and column:
            hints["encodings"] |= {column: value} if value else {}
        elif name == "sheet":
            hints["sheet"] = value.strip() or None
        elif name == "header" and value.strip():
            hints["header"] = _whole(value.strip())
        elif name == "dates":
            hints["repairs"] = [value] if value else []
        elif name not in ("csrf_token", "header", "confirm"):
            raise BadRequest
    return hints


def _confirmed() -> dict[str, str]:
    """Give the letters that one button says are right, as the page proposed them: `B=TCVN3 D=TCVN3`."""
    said = [each.partition("=") for each in request.form.get("confirm", "").split()]
    return {column: encoding for column, _, encoding in said}


@blueprint.route("/rows/<int:number>", methods=["GET", "POST"])
@needs(Stage.FULL)
def row(public: str, number: int) -> str | Response | tuple[str, int]:
    """Show one row in full, with those who may be meant; take what a person says of it."""
    if number >= _HIGHEST:
        raise PageNotFound
    _refuse_others(public, number)
    error = None
    if request.method == "POST":
        try:
            with book() as session:
                staff_list = _mine(session, public)
                correct(session, actor(), staff_list, [_correction(session, staff_list, number)])
            flash(gettext(N_("The row is planned anew.")), "success")
            return redirect(url_for("lists.show", public=public, kind="person") + "#rows", 303)
        except DirectoryError as refusal:
            error = answered(refusal)
    with book() as session:
        staff_list = _mine(session, public)
        page = render_template(
            "lists/row.html",
            list=staff_list,
            row=row_shown(session, actor(), staff_list, number),
            candidates=candidates_of(session, actor(), staff_list, number),
            error=error,
        )
    return (page, 422) if error else page


def _refuse_others(public: str, number: int | None = None) -> None:
    """Turn away whoever the list is not open to, and write down which row, or (None) that its columns were wanted."""
    try:
        with book() as session:
            _mine(session, public)
    except NotFound:
        with book() as session:
            note_refused(session, actor(), public, number)
        raise


def _correction(session: Session, staff_list: StaffList, number: int) -> Correction:
    """Read what a form says of a row."""
    fixes: dict[str, str] = {}
    choice, takes_back, left_out, is_person = None, False, False, False
    for name, value in request.form.items():
        part, _, field = name.partition("-")
        if part == "fix" and field:
            fixes[field] = value.strip()
        elif name == "choice":
            choice, takes_back = chosen(session, actor(), staff_list, number, value) if value else None, not value
        elif name == "left_out":
            left_out = True
        elif name == "is_person":
            is_person = True
        elif name != "csrf_token":
            raise BadRequest
    return Correction(number, fixes, choice, left_out, takes_back, is_person)


@blueprint.post("/leavers")
@needs(Stage.FULL)
def confirm(public: str) -> Response:
    """Confirm leavers, one or all, or take that back."""
    said, which = request.form.get("answer"), request.form.get("row")
    if said not in ("yes", "no") or set(request.form) - {"answer", "row", "csrf_token"}:
        raise BadRequest
    with book() as session:
        rows = [_whole(which)] if which is not None else None
        changed = leavers.confirm(session, actor(), _mine(session, public), rows, yes=said == "yes")
    told = (
        ngettext("{number} leaver is confirmed.", "{number} leavers are confirmed.", changed)
        if said == "yes"
        else ngettext("{number} official stays.", "{number} officials stay.", changed)
    )
    flash(told, "success")
    return redirect(url_for("lists.show", public=public, kind="leave") + "#rows", 303)


@blueprint.post("/second")
@needs(Stage.FULL)
def second(public: str) -> Response:
    """Say, as the second person, that the confirmed leavers are right."""
    version = request.form.get("version", "")
    if set(request.form) - {"version", "csrf_token"}:
        raise BadRequest
    try:
        with book() as session:
            leavers.second(session, actor(), _mine(session, public), _whole(version))
    except DirectoryError as refusal:
        flash(answered(refusal), "danger")
    else:
        flash(gettext(N_("You confirmed the leavers as the second person.")), "success")
    return redirect(url_for("lists.show", public=public), 303)


def _mine(session: Session, public: str) -> StaffList:
    return review.list_by_public_id(session, actor(), public)


def _whole(text: str) -> int:
    """Read a whole number that a form sends."""
    if not text.isascii() or not text.isdigit() or int(text[:12]) >= _HIGHEST:
        raise BadRequest
    return int(text)

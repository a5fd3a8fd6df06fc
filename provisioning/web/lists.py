"""Staff lists: upload one, review its plan, have it applied, take its outcome."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField, FileRequired
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as Redirect
from wtforms import SelectField
from wtforms.validators import InputRequired

from directory.agencies import agency_by_public_id
from directory.errors import DirectoryError
from directory.grants import Action, may
from directory.staff_lists import apply, review
from directory.staff_lists.plan import Upload, plan
from directory.staff_lists.tables import KINDS, StaffList
from provisioning.languages import N_
from provisioning.sheets.reader import read
from provisioning.sheets.writer import TYPES
from provisioning.web import list_words
from provisioning.web.agency_choice import agency_choices
from provisioning.web.forms import Form, line
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book, service

blueprint = Blueprint("lists", __name__, url_prefix="/lists")

_MIB = 1024 * 1024


@blueprint.context_processor
def _words() -> dict[str, object]:
    """Give the templates of lists their words."""
    return {"list_words": list_words}


class NewList(Form):
    """A file, and the agency it is a list of."""

    agency = SelectField(lazy_gettext(N_("Agency")), [InputRequired()])
    file = FileField(lazy_gettext(N_("File")), [FileRequired()], render_kw={"accept": ".xlsx,.xls,.ods,.csv"})
    sheet = line(N_("Sheet"), limit=100, render_kw={"autocomplete": "off"})


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """Show the lists of one's agencies, the latest first."""
    before = _whole("before")
    with book() as session:
        found = review.lists(session, actor(), before, review.PAGE + 1)
        more = found[review.PAGE - 1].id if len(found) > review.PAGE else None
        return render_template("lists/index.html", lists=found[: review.PAGE], more=more, is_first=before is None)


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def new() -> str | Redirect | tuple[str, int]:
    """Take a file, read it and plan it; nothing of the directory changes yet."""
    form = NewList(agency=request.args.get("agency"))
    with book() as session:
        form.agency.choices = agency_choices(session, actor(), Action.IMPORT, form.agency.data)
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                return redirect(url_for("lists.show", public=_planned(form)), 303)
            except DirectoryError as refusal:
                form.refuse(refusal)
                status = refusal.status
    limit = service().settings.upload_bytes // _MIB
    return render_template("lists/new.html", form=form, limit=limit), status


def _planned(form: NewList) -> str:
    """Read the file and plan it; give the list's public id. The file is read outside any transaction."""
    with book() as session:
        agency_id = agency_by_public_id(session, form.agency.data).id
        may(session, actor(), Action.IMPORT, agency_id)
    content = form.file.data.read()
    sheets = read(content)
    with book() as session:
        digest = hashlib.sha256(content).hexdigest()
        made = plan(session, actor(), Upload(agency_id, form.file.data.filename, digest, sheets, form.sheet.data))
        return made.public_id


@blueprint.get("/<public>")
@needs(Stage.FULL)
def show(public: str) -> str:
    """Show what the rows come to; while the list is applied, how far; afterwards, what became of them."""
    kind = request.args.get("kind")
    if kind is not None and kind not in (*KINDS, "failed"):
        raise BadRequest
    after = _whole("after")
    with book() as session:
        staff_list = review.list_by_public_id(session, actor(), public)
        counts = review.counts(session, staff_list)
        return render_template(
            "lists/show.html",
            list=staff_list,
            counts=counts,
            progress=_progress(counts),
            page=review.review(session, staff_list, kind=kind, after=after or 0),
            kind=kind,
            is_first=after is None,
        )


@blueprint.get("/<public>/progress")
@needs(Stage.FULL)
def progress(public: str) -> Response:
    """Give the progress for the page that asks for it; when all is done, the page is to be shown anew."""
    with book() as session:
        staff_list = review.list_by_public_id(session, actor(), public)
        counts = review.counts(session, staff_list)
        answer = Response(render_template("lists/_progress.html", list=staff_list, progress=_progress(counts)))
        if staff_list.state != "applying":
            answer.headers["HX-Refresh"] = "true"
        return answer


def _progress(counts: dict[str, review.Count]) -> review.Count:
    """Add up the rows that apply has to do."""
    to_do = [counts[kind] for kind in ("create", "change", "move")]
    return review.Count(
        rows=sum(each.rows for each in to_do),
        done=sum(each.done for each in to_do),
        failed=sum(each.failed for each in to_do),
    )


@blueprint.post("/<public>/apply")
@needs(Stage.FULL)
def start(public: str) -> Redirect:
    """Have a plan applied."""
    with book() as session:
        apply.start(session, actor(), _mine(session, public))
    return redirect(url_for("lists.show", public=public), 303)


@blueprint.post("/<public>/cancel")
@needs(Stage.FULL)
def cancel(public: str) -> Redirect:
    """Put a plan aside."""
    with book() as session:
        apply.cancel(session, actor(), _mine(session, public))
    flash(gettext(N_("The plan is put aside. Nothing was changed.")), "success")
    return redirect(url_for("lists.index"), 303)


@blueprint.get("/<public>/outcome.<kind>")
@needs(Stage.FULL)
def outcome(public: str, kind: str) -> Response:
    """Give the outcome as a file to send back to the unit."""
    if kind not in TYPES:
        raise NotFound
    with book() as session:
        staff_list = _mine(session, public)
        content = list_words.outcome_file(session, staff_list, kind)
    name = f"outcome-{public}.{kind}"
    return Response(
        content, content_type=TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _mine(session: Session, public: str) -> StaffList:
    return review.list_by_public_id(session, actor(), public)


def _whole(name: str) -> int | None:
    """Give a parameter that is a whole number, if it is there."""
    text = request.args.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:  # noqa: PLR2004 - a key that no table reaches
        raise BadRequest
    return int(text)

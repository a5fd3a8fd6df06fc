"""Staff lists: upload one, review its plan, have it applied, take its outcome."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField, FileRequired
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as Redirect
from wtforms import BooleanField, IntegerField, RadioField, SelectField
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import HiddenInput

from directory.agencies import agency_by_public_id
from directory.errors import DirectoryError
from directory.grants import Action, can, may
from directory.staff_lists import apply, leavers, review
from directory.staff_lists.layout import guess_of
from directory.staff_lists.refusals import PlanChanged, SecondPersonNeeded, WarningsUnread
from directory.staff_lists.submission import Submission, submit
from directory.staff_lists.tables import KINDS, StaffList
from provisioning.languages import N_
from provisioning.sheets.writer import TYPES
from provisioning.web import list_words
from provisioning.web.agency_choice import agency_choices
from provisioning.web.forms import Form, answered, line, options
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
    mode = RadioField(
        lazy_gettext(N_("What the list is")),
        choices=options((mode, lazy_gettext(told)) for mode, told in list_words.MODES.items()),
        default="additions",
    )
    source = line(N_("HR system"), limit=60, render_kw={"autocomplete": "off"})


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
    """Take a file; a job reads and plans it, and nothing of the directory changes yet."""
    form = NewList(agency=request.args.get("agency"))
    with book() as session:
        form.agency.choices = agency_choices(session, actor(), Action.IMPORT, form.agency.data)
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                return redirect(_submitted(form), 303)
            except DirectoryError as refusal:
                form.refuse(refusal)
                status = refusal.status
    limit = service().settings.upload_bytes // _MIB
    return render_template("lists/new.html", form=form, limit=limit), status


def _submitted(form: NewList) -> str:
    """Take the file of a form; give the page of its list, which says so where the file was there already."""
    content = form.file.data.read()
    with book() as session:
        agency = agency_by_public_id(session, form.agency.data)
        may(session, actor(), Action.IMPORT, agency.id)
        submission = Submission(
            agency.id,
            form.file.data.filename or "",
            hashlib.sha256(content).hexdigest(),
            mode=form.mode.data,
            source=form.source.data or "",
        )
        found = submit(session, actor(), submission, content)
        was_there = found.uploaded_at < actor().now
        return url_for("lists.show", public=found.public_id, again=1 if was_there else None)


@blueprint.get("/<public>")
@needs(Stage.FULL)
def show(public: str) -> str:
    """Show how far a list is: being read, its plan to be reviewed, or what came of it."""
    kind, sort = request.args.get("kind"), request.args.get("sort", "row")
    if (kind is not None and kind not in review.FILTERS) or sort not in review.SORTS:
        raise BadRequest
    after = _whole("after")
    with book() as session:
        staff_list = review.list_by_public_id(session, actor(), public)
        counts = review.counts(session, staff_list)
        return render_template(
            "lists/show.html",
            list=staff_list,
            counts=counts,
            kinds=KINDS,
            progress=review.to_do(session, staff_list),
            rows_read=review.rows_read(session, staff_list),
            questions=review.questions(counts),
            warned=apply.warnings(session, staff_list),
            confirmed=leavers.confirmed(session, staff_list),
            excess=leavers.excess(session, actor(), staff_list),
            may_second=leavers.may_second(session, actor(), staff_list),
            guess=guess_of(session, staff_list),
            may_hand_slips=can(session, actor(), Action.CREDENTIAL, staff_list.agency_id),
            page=review.review(session, staff_list, kind=kind, sort=sort, after=after or 0),
            kind=kind,
            sort=sort,
            is_first=after is None,
            is_again="again" in request.args,
        )


@blueprint.get("/<public>/progress")
@needs(Stage.FULL)
def progress(public: str) -> Response:
    """Give the progress for the page that asks for it; when all is done, the page is to be shown anew."""
    with book() as session:
        staff_list = review.list_by_public_id(session, actor(), public)
        answer = Response(
            render_template(
                "lists/_progress.html",
                list=staff_list,
                progress=review.to_do(session, staff_list),
                rows_read=review.rows_read(session, staff_list),
            )
        )
        if staff_list.state not in ("reading", "applying"):
            answer.headers["HX-Refresh"] = "true"
        return answer


class Start(Form):
    """What whoever applies a plan has seen of it."""

    version = IntegerField(validators=[InputRequired(), NumberRange(min=0)], widget=HiddenInput())
    warnings = BooleanField()


@blueprint.post("/<public>/apply")
@needs(Stage.FULL)
def start(public: str) -> Redirect:
    """Have a plan applied."""
    form = Start()
    if not form.validate():
        raise BadRequest
    try:
        with book() as session:
            staff_list = _mine(session, public)
            apply.start(session, actor(), staff_list, version=form.version.data, has_read=form.warnings.data)
    except (PlanChanged, SecondPersonNeeded, WarningsUnread) as refusal:
        flash(answered(refusal), "danger")
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

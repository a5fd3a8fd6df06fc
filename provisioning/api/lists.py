"""Staff lists for programs such as scripts/import_staff.py: upload, plan, apply, outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType

from directory.base import Actor
from directory.staff_lists import apply, leavers, review
from directory.staff_lists.hints import ColumnGuess, Hints
from directory.staff_lists.layout import guess_of
from directory.staff_lists.refusals import BadHints
from directory.staff_lists.submission import Submission, agency_listed, submit, understand_as
from directory.staff_lists.tables import StaffList
from provisioning.api.program import program
from provisioning.sheets.writer import TYPES
from provisioning.web import list_words as words
from provisioning.web.guard import Stage, needs
from provisioning.web.request import book, link

UPLOADS = frozenset(
    {
        "application/octet-stream",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "application/vnd.oasis.opendocument.spreadsheet",
        "text/csv",
    }
)
MOST_ROWS = 500
_DIGITS = 9
"""No list has more rows, and no plan more versions."""

blueprint = Blueprint("api_lists", __name__, url_prefix="/api/lists")


@blueprint.post("")
@needs(Stage.TOKEN)
def upload() -> tuple[Response, int]:
    """Take a list, sent as the body or as the field `file` of a form; a job reads and plans it.

    The answer says where to ask how far it is: as long as `state` is `reading`, there is no plan yet.
    """
    with book() as session:  # the right first: reading a file costs more than asking
        agency_id = agency_listed(session, program(session), _said("agency")).id
    name, content = _file()
    submission = Submission(
        agency_id,
        name,
        hashlib.sha256(content).hexdigest(),
        mode=_said("mode", "additions"),
        source=_said("source", ""),
        hints={**_hints(), **({"sheet": sheet} if (sheet := _said("sheet", "")) else {})},
    )
    with book() as session:
        asking = program(session)
        made = submit(session, asking, submission, content)
        answer = jsonify(_summary(session, asking, made))
        answer.headers["Location"] = url_for("api_lists.show", public=made.public_id)
        return answer, 202


@blueprint.post("/<public>/columns")
@needs(Stage.TOKEN)
def understand(public: str) -> tuple[Response, int]:
    """Have the list read again with what `hints` says of its sheet, header and columns."""
    hints = Hints.from_json(_hints())
    with book() as session:
        asking = program(session)
        staff_list = review.list_by_public_id(session, asking, public)
        understand_as(session, asking, staff_list, hints)
        return jsonify(_summary(session, asking, staff_list)), 202


@blueprint.get("/<public>")
@needs(Stage.TOKEN)
def show(public: str) -> Response:
    """Tell the state, the counts and how far apply has come."""
    with book() as session:
        asking = program(session)
        return jsonify(_summary(session, asking, review.list_by_public_id(session, asking, public)))


@blueprint.get("/<public>/rows")
@needs(Stage.TOKEN)
def rows(public: str) -> Response:
    """Give rows with their reasons; `after` is the `next` of the page before."""
    kind = request.args.get("kind")
    if kind is not None and kind not in review.FILTERS:
        raise BadRequest
    after, limit = _whole("after", 0), min(_whole("limit", 100), MOST_ROWS)
    with book() as session:
        staff_list = review.list_by_public_id(session, program(session), public)
        page = review.review(session, staff_list, kind=kind, after=after, limit=max(1, limit))
        return jsonify(rows=[_row(row) for row in page.rows], next=page.after)


@blueprint.post("/<public>/apply")
@needs(Stage.TOKEN)
def start(public: str) -> tuple[Response, int]:
    """Start applying a plan; a worker does it. Starting it twice starts it once.

    `warnings=read` says that somebody has read the warnings about rows; `version` is the plan that was seen.
    """
    version, has_read = _said("version", ""), _said("warnings", "") == "read"
    if version and (not version.isascii() or not version.isdigit() or len(version) > _DIGITS):
        raise BadRequest
    with book() as session:
        actor = program(session)
        staff_list = review.list_by_public_id(session, actor, public)
        apply.start(session, actor, staff_list, version=int(version) if version else None, has_read=has_read)
        return jsonify(_summary(session, actor, staff_list)), 202


@blueprint.get("/<public>/outcome.<kind>")
@needs(Stage.TOKEN)
def outcome(public: str, kind: str) -> Response:
    """Give the outcome as a file, a line a row."""
    if kind not in TYPES:
        raise NotFound
    with book() as session:
        staff_list = review.list_by_public_id(session, program(session), public)
        content = words.outcome_file(session, staff_list, kind)
    return Response(content, content_type=TYPES[kind])


def _said(name: str, default: str | None = None) -> str:
    """Give a parameter of the address or of the form; two different ones are a contradiction."""
    in_address, in_form = request.args.get(name), request.form.get(name)
    if in_address is not None and in_form is not None:
        raise BadRequest
    value = in_address if in_address is not None else in_form if in_form is not None else default
    if value is None:
        raise BadRequest
    return value


def _hints() -> dict[str, Any]:
    """Give what is said of the list's columns, a JSON object as text; `Hints` says what it may hold."""
    try:
        hints = json.loads(_said("hints", "{}"))
    except (ValueError, RecursionError) as error:
        raise BadHints(about="hints") from error
    if not isinstance(hints, dict):
        raise BadHints(about="hints")
    return hints


def _file() -> tuple[str, bytes]:
    """Give the name and the bytes of the file that was sent."""
    if request.mimetype == "multipart/form-data":
        sent = request.files.get("file")
        if sent is None:
            raise BadRequest
        return sent.filename or "", sent.read()
    if request.mimetype not in UPLOADS:
        raise UnsupportedMediaType
    return _said("file_name", ""), request.get_data(cache=False)


def _whole(name: str, default: int) -> int:
    """Give a parameter that is a whole number."""
    text = request.args.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise BadRequest
    return int(text)


def _summary(session: Session, asking: Actor, staff_list: StaffList) -> dict[str, Any]:
    """Tell a list as a program wants it."""
    counts = review.counts(session, staff_list)
    todo = review.to_do(session, staff_list)
    refusal = staff_list.refusal
    guess = guess_of(session, staff_list)
    return {
        "id": staff_list.public_id,
        "state": staff_list.state,
        "version": staff_list.version,
        "mode": staff_list.mode,
        "source": staff_list.source,
        "rows_read": review.rows_read(session, staff_list),
        "refusal": refusal and {"error": refusal["error"], "message": words.told(refusal)},
        "agency": staff_list.agency.code,
        "agency_name": staff_list.agency.name,
        "file_name": staff_list.file_name,
        "sheet": staff_list.sheet,
        "sha256": staff_list.sha256,
        "counts": {kind: {"rows": c.rows, "done": c.done, "failed": c.failed} for kind, c in counts.items()},
        "person": review.questions(counts),
        "warnings": apply.warnings(session, staff_list),
        "leavers": _leavers(session, asking, staff_list, counts["leave"].rows),
        "to_do": todo.rows,
        "done": todo.done,
        "failed": todo.failed,
        "columns": [_column(each) for each in (guess.columns if guess else ())],
        "new_units": staff_list.new_units,
        "notes": [words.told(note) for note in staff_list.notes],
        "page": link(url_for("lists.show", public=staff_list.public_id)),
    }


def _leavers(session: Session, asking: Actor, staff_list: StaffList, proposed: int) -> Mapping[str, Any]:
    """Tell how many a full list leaves out, and how far they are confirmed."""
    return {
        "proposed": proposed,
        "confirmed": leavers.confirmed(session, staff_list),
        "needs_second": leavers.excess(session, asking, staff_list) is not None,
    }


def _column(guess: ColumnGuess) -> Mapping[str, Any]:
    """Tell what a column was taken for; its examples are of people and stay on the page."""
    return {
        "column": guess.letters,
        "field": guess.field,
        "name": words.field_name(guess.field),
        "heading": guess.heading,
        "confidence": guess.confidence,
    }


def _row(row: review.ReviewRow) -> Mapping[str, Any]:
    """Tell a row as a program wants it; sealed values are masked already."""
    return {
        "row": row.number,
        "kind": row.kind,
        "name": row.name,
        "unit": row.unit,
        "changes": words.changes_of(row),
        "reasons": [
            {"level": reason["level"], "field": reason["about"], "message": words.told(reason)}
            for reason in row.reasons
        ],
        "state": words.state_of(row),
        "failure": words.told(row.failure) if row.failure else None,
        "account": row.account,
        "address": row.address,
    }

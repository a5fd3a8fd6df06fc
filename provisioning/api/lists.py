"""Staff lists for programs such as scripts/import_staff.py: upload, plan, apply, outcome."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType

from directory.agencies import agency_by_code
from directory.grants import Action, may
from directory.staff_lists import apply, review
from directory.staff_lists.plan import Upload, plan
from directory.staff_lists.tables import KINDS, StaffList
from provisioning.api.program import program
from provisioning.sheets.reader import read
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

blueprint = Blueprint("api_lists", __name__, url_prefix="/api/lists")


@blueprint.post("")
@needs(Stage.TOKEN)
def upload() -> tuple[Response, int]:
    """Read a list, sent as the body or as the field `file` of a form, and plan it."""
    with book() as session:  # the right first: reading a file costs more than asking
        agency = agency_by_code(session, _said("agency"))
        may(session, program(session), Action.IMPORT, agency.id)
        agency_id = agency.id
    name, content = _file()
    digest = hashlib.sha256(content).hexdigest()
    sheets = read(content)
    with book() as session:
        made = plan(session, program(session), Upload(agency_id, name, digest, sheets, _said("sheet", "") or None))
        return jsonify(_summary(session, made)), 201


@blueprint.get("/<public>")
@needs(Stage.TOKEN)
def show(public: str) -> Response:
    """Tell the state, the counts and how far apply has come."""
    with book() as session:
        return jsonify(_summary(session, review.list_by_public_id(session, program(session), public)))


@blueprint.get("/<public>/rows")
@needs(Stage.TOKEN)
def rows(public: str) -> Response:
    """Give rows with their reasons; `after` is the `next` of the page before."""
    kind = request.args.get("kind")
    if kind is not None and kind not in (*KINDS, "failed"):
        raise BadRequest
    after, limit = _whole("after", 0), min(_whole("limit", 100), MOST_ROWS)
    with book() as session:
        staff_list = review.list_by_public_id(session, program(session), public)
        page = review.review(session, staff_list, kind=kind, after=after, limit=max(1, limit))
        return jsonify(rows=[_row(row) for row in page.rows], next=page.after)


@blueprint.post("/<public>/apply")
@needs(Stage.TOKEN)
def start(public: str) -> tuple[Response, int]:
    """Start applying a plan; a worker does it. Starting it twice starts it once."""
    with book() as session:
        actor = program(session)
        staff_list = review.list_by_public_id(session, actor, public)
        apply.start(session, actor, staff_list)
        return jsonify(_summary(session, staff_list)), 202


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
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - no list has more rows
        raise BadRequest
    return int(text)


def _summary(session: Session, staff_list: StaffList) -> dict[str, Any]:
    """Tell a list as a program wants it."""
    counts = review.counts(session, staff_list)
    to_do = [counts[kind] for kind in ("create", "change", "move")]
    return {
        "id": staff_list.public_id,
        "state": staff_list.state,
        "agency": staff_list.agency.code,
        "agency_name": staff_list.agency.name,
        "file_name": staff_list.file_name,
        "sheet": staff_list.sheet,
        "sha256": staff_list.sha256,
        "counts": {kind: {"rows": c.rows, "done": c.done, "failed": c.failed} for kind, c in counts.items()},
        "to_do": sum(each.rows for each in to_do),
        "done": sum(each.done for each in to_do),
        "failed": sum(each.failed for each in to_do),
        "columns": [
            {"field": name, "name": words.field_name(name), "heading": column["heading"]}
            for name, column in staff_list.columns.items()
        ],
        "new_units": staff_list.new_units,
        "notes": [words.told(note) for note in staff_list.notes],
        "page": link(url_for("lists.show", public=staff_list.public_id)),
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
        "state": "failed" if row.failure else "done" if row.is_done else "waiting",
        "failure": words.told(row.failure) if row.failure else None,
        "account": row.account,
        "address": row.address,
    }

"""Pages of merging two records of one person: who might be the same, and the warning before it is done."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField
from wtforms.validators import InputRequired

from directory.errors import NotFound
from directory.lifecycle import Merging, merge
from directory.people import find
from provisioning.languages import N_
from provisioning.web.decisions import Decision, decided, record_for
from provisioning.web.forms import Form, line
from provisioning.web.guard import Stage, needs
from provisioning.web.language import lazy_gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("merging", __name__, url_prefix="/officials/<public_id>/merge")
MERGE = Decision(
    "merge",
    N_("Merge two records"),
    N_("Merge for good"),
    N_("The records are merged."),
    is_danger=True,
    hints={"reason": N_("It stands in the audit beside your name.")},
)


class Union(Form):
    """Why two records are one, and that it is sure."""

    reason = line(N_("How you know that both records are of the same person"), required=True)
    is_sure = BooleanField(
        lazy_gettext(N_("Both records are of the same person; I know that this cannot be undone.")),
        validators=[InputRequired()],
    )


@blueprint.get("")
@needs(Stage.FULL)
def choose(public_id: str) -> str:
    """Show the officials of the same name, or of what is searched, with whom the record may be merged."""
    record = record_for(public_id)
    text = request.args.get("q", "").strip() or record.full_name
    with book() as session:
        found = [*find(session, actor(), text).people, *find(session, actor(), text, state="disabled").people]
        others = {person.public_id: person for person in found if person.public_id != public_id}
        return render_template("officials/merge.html", record=record, others=list(others.values()), text=text)


@blueprint.route("/<other_id>", methods=["GET", "POST"])
@needs(Stage.FULL)
def confirm(public_id: str, other_id: str) -> Response | tuple[str, int]:
    """Merge another record into this one."""
    if other_id == public_id:
        raise NotFound
    record, other = record_for(public_id), record_for(other_id)
    form = Union()

    def act(session: Session) -> None:
        merge(session, actor(), [Merging(record.official_id, other.official_id, form.reason.data or "")])

    return decided(MERGE, form, record, act, about=other)

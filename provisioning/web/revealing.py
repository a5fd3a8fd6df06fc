"""One field of personal data in clear: asked for with a reason and a fresh second factor, shown this once."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from directory.credentials.holders import need_fresh_factor
from directory.errors import NotAllowed, NotFound
from directory.grants import Action, may
from directory.lifecycle.revealing import Refusal, Revealing, note_refused, reveal
from directory.people import Record, masked_of, record_of
from provisioning.languages import N_
from provisioning.web.forms import Form, carried_out, line, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import day
from provisioning.web.request import actor, book

blueprint = Blueprint("revealing", __name__, url_prefix="/officials/<public_id>/reveal")


class Why(Form):
    """What the field is needed for."""

    reason = line(N_("What it is needed for"), required=True, render_kw={"autocomplete": "off"})


@blueprint.route("/<any(personal_id, birth_date, phone, personal_mail):field>", methods=["GET", "POST"])
@needs(Stage.FULL)
def one(public_id: str, field: str) -> str | tuple[str, int]:
    """Ask for the reason, then show the field; the answer is kept by no browser and no proxy."""
    try:
        with book() as session:
            record = record_of(session, actor(), public_id)
            may(session, actor(), Action.REVEAL, record.agency_id)
            mask = masked_of(session, actor(), record).get(field)
    except (NotAllowed, NotFound):
        _note(public_id, field, "no_right")
        raise
    if mask is None:
        raise NotFound
    need_fresh_factor(actor())
    form, values = Why(), list[str]()

    def act(session: Session) -> None:
        values.extend(reveal(session, actor(), [Revealing(record.official_id, field, form.reason.data or "")]))

    if carried_out(form, act):
        return _revealed(record, field, values[0])
    if form.reason.errors or form.form_errors:
        _note(public_id, field, "no_reason" if form.reason.errors else "day_spent")
    return shown("officials/reveal.html", form, record=record, field=field, mask=mask, value=None)


def _note(public_id: str, field: str, refusal: Refusal) -> None:
    """Write a refused try down."""
    with book() as session:
        note_refused(session, actor(), public_id, field, refusal)


def _revealed(record: Record, field: str, value: str) -> str:
    """Show the value, this once."""
    said = day(date.fromisoformat(value)) if field == "birth_date" else value
    return render_template("officials/reveal.html", record=record, field=field, value=said, form=None, mask=None)

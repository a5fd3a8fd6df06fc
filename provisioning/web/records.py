"""What the directory says of an official, changed by hand: with what looks wrong, and what others changed meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, SelectField

from directory.errors import BadValue, ChangedMeanwhile, DirectoryError
from directory.lifecycle import Change, change
from directory.lifecycle.changes import seen_in
from directory.lifecycle.doubts import Doubt, doubts_about_changes
from directory.lifecycle.name_parts import PARTS
from directory.naming import split_name
from directory.officials import SEALED
from directory.people import Record, masked_of, record_of
from provisioning.languages import N_
from provisioning.web.corrections import said
from provisioning.web.forms import DayField, Form, answered, line, options, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book
from provisioning.web.words import choices, word

blueprint = Blueprint("records", __name__, url_prefix="/officials")
_PLAIN = ("full_name", *PARTS, "title", "rank", "category", "staff_number", "work_phone", "extension")


class Changed(Form):
    """New values; what is personal is shown masked, so an empty field leaves it as it is."""

    full_name = line(N_("Full name"), required=True, limit=100, render_kw={"autocomplete": "off"})
    family = line(N_("Family name"), limit=100, render_kw={"autocomplete": "off"})
    middle = line(N_("Middle name"), limit=100, render_kw={"autocomplete": "off"})
    given = line(N_("Given name"), limit=100, render_kw={"autocomplete": "off"})
    title = line(N_("Post"))
    rank = line(N_("Rank"), limit=40)
    category = SelectField(lazy_gettext(N_("Category")), choices=choices("category"))
    sex = SelectField(lazy_gettext(N_("Sex")), choices=[*options([("", "–")]), *choices("sex")])
    staff_number = line(N_("Staff number"), limit=60)
    work_phone = line(N_("Telephone at work"), limit=20, render_kw={"inputmode": "tel"})
    extension = line(N_("Extension"), limit=6, render_kw={"inputmode": "numeric"})
    personal_id = line(N_("Personal ID number (CCCD)"), limit=20, render_kw={"inputmode": "numeric"})
    birth_date = DayField(N_("Birth date"))
    phone = line(N_("Phone"), limit=20, render_kw={"inputmode": "tel"})
    personal_mail = line(N_("Personal e-mail"))
    clear_phone = BooleanField(lazy_gettext(N_("Remove the phone number")))
    clear_personal_mail = BooleanField(lazy_gettext(N_("Remove the personal e-mail")))
    confirmed = BooleanField(lazy_gettext(N_("I have checked it; it is right so")))
    seen = HiddenField()

    def fields(self) -> dict[str, object]:
        """Give the new values."""
        values: dict[str, object] = {name: self[name].data for name in _PLAIN} | {"sex": self.sex.data or None}
        values |= {name: self[name].data for name in SEALED if self[name].data}
        return values | {name: None for name in ("phone", "personal_mail") if self[f"clear_{name}"].data}


@blueprint.route("/<public_id>/change", methods=["GET", "POST"])
@needs(Stage.FULL)
def correct(public_id: str) -> Response | tuple[str, int]:
    """Correct what the directory says of an official."""
    with book() as session:
        record = record_of(session, actor(), public_id)
        masked = masked_of(session, actor(), record)
        now = seen_in(session, actor(), record.official_id)
    form = Changed(data=now | dict.fromkeys(SEALED))
    doubts: list[Doubt] = []
    if form.is_submitted() and form.validate():
        try:
            doubts = _change(record, form)
        except ChangedMeanwhile as error:
            form.form_errors.append(_told(error, now))
        except DirectoryError as error:
            form.refuse(error)
        else:
            if not doubts:
                flash(gettext(N_("The record is changed.")), "success")
                return redirect(url_for("officials.show", public_id=public_id), 303)
    # What is saved next is compared with what is shown now.
    form.seen.data = json.dumps(now, ensure_ascii=False, sort_keys=True)
    return shown("officials/change.html", form, record=record, masked=masked, doubts=doubts)


@blueprint.post("/name-parts")
@needs(Stage.FULL)
def name_parts() -> str:
    """Propose how a name is parted, while it is being typed; what cannot be read proposes nothing."""
    form = Changed(formdata=None)
    try:
        name = split_name(request.form.get("full_name", ""))
    except BadValue:
        return render_template("officials/_name_parts.html", form=form)
    for part in PARTS:
        form[part].data = getattr(name, part)
    return render_template("officials/_name_parts.html", form=form)


def _change(record: Record, form: Changed) -> list[Doubt]:
    """Write what was typed, unless something looks wrong in it that nobody has confirmed."""
    wish = Change(record.official_id, form.fields(), _seen(form))
    with book() as session:
        doubts = [] if form.confirmed.data else doubts_about_changes(session, actor(), [wish])
        if not doubts:
            change(session, actor(), [wish])
    return doubts


def _seen(form: Changed) -> dict[str, str | None]:
    """Read what stood in the fields when they were opened."""
    try:
        seen: Any = json.loads(form.seen.data or "")
    except ValueError:
        raise BadRequest from None
    if not isinstance(seen, dict) or not all(value is None or isinstance(value, str) for value in seen.values()):
        raise BadRequest
    return seen


def _told(error: ChangedMeanwhile, now: Mapping[str, str | None]) -> str:
    """Say what somebody else changed, and what stands there now."""
    names = str(error.fields["fields"]).split(", ")
    lines = (word("field", name) + ("" if name in SEALED else f" → {said(name, now[name]) or '–'}") for name in names)
    error.fields["fields"] = "; ".join(lines)
    return answered(error)

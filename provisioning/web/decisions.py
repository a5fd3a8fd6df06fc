"""Decisions about an official: a page with a form that first says what it brings, and the way back to the official."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectField
from wtforms.validators import InputRequired

from directory.agencies import agency_by_public_id
from directory.errors import DecidedMeanwhile
from directory.lifecycle import consequences, standings
from directory.people import Record, record_of
from provisioning.languages import N_
from provisioning.web.consequence_words import said
from provisioning.web.forms import DayField, Form, carried_out, line, shown
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book


class Deciding(Form):
    """A form of a decision that is refused when somebody else decided meanwhile."""

    seen = HiddenField()
    """Where the official stood when the form was opened."""


class NewPost(Form):
    """The primary post that somebody takes up from a day on."""

    agency = SelectField(lazy_gettext(N_("To the agency")), [InputRequired()])
    title = line(N_("Post there"))
    rank = line(N_("Rank"), limit=40)
    valid_from = DayField(N_("From"))


@dataclass(frozen=True)
class Decision:
    """What the page of a decision says beside its consequences."""

    verb: str
    title: str
    button: str
    done: str
    is_danger: bool = False
    planned: str = N_("It is planned, and takes effect by itself on its day.")
    """Said in place of `done` where the form names a day to come."""
    depends_on: str | None = None
    """The field on whose choice it depends what the decision brings; `agency` by the policies there."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """Hints of fields, by name."""


def decided(
    decision: Decision,
    form: Form,
    record: Record,
    act: Callable[[Session], object],
    *,
    about: Record | None = None,
    new_address: bool | None = None,
) -> Response | tuple[str, int]:
    """Show a decision with what it brings, or carry it out and go back.

    `about`: to whom it brings that, if not to the official; `new_address`: whether one was chosen, or to keep it.
    """

    def act_once(session: Session) -> None:
        try:
            act(session)
        except DecidedMeanwhile:
            if isinstance(form, Deciding):
                form.seen.data = None  # the answer shows what holds now; sent again it is meant
            raise

    if carried_out(form, act_once):
        flash(gettext(decision.planned if _is_to_come(form) else decision.done), "success")
        return redirect(url_for("officials.show", public_id=record.public_id), 303)
    wanted = request.values.get("agency")
    with book() as session:
        brought = consequences(
            session,
            actor(),
            decision.verb,
            (about or record).official_id,
            agency_id=agency_by_public_id(session, wanted).id if wanted and decision.depends_on == "agency" else None,
            into_id=record.official_id if about else None,
            new_address=new_address,
        )
        if isinstance(form, Deciding) and not form.seen.data:
            form.seen.data = standings(session, [record.official_id])[record.official_id]
    page = "officials/decision.html"
    return shown(page, form, record=record, decision=decision, consequences=said(brought), about=about)


def _is_to_come(form: Form) -> bool:
    """Say whether what a form asks for begins on a day to come."""
    since = form["valid_from"].data if "valid_from" in form else None
    return since is not None and since > actor().today


def record_for(public_id: str) -> Record:
    """Read the record of an official in a transaction of its own."""
    with book() as session:
        return record_of(session, actor(), public_id)

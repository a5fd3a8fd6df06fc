"""Agencies that end: who goes on in their place is asked, what it brings is counted, then it is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from directory.agencies import agency_by_public_id
from directory.errors import DirectoryError, NotFound
from directory.grants import Action
from directory.reorganisation import (
    Consequences,
    Hand,
    Plan,
    call_off,
    consequences,
    history_of,
    reorganise,
    try_again,
)
from provisioning.languages import N_
from provisioning.web.agency_choice import searched_choices
from provisioning.web.agency_forms import Named, agency_seen
from provisioning.web.forms import DayField, Form, answered, carried_out, line, options, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("reorganisation", __name__, url_prefix="/agencies/<public_id>")
_RECORDED = N_("It is recorded. What it brings is carried out on its day, or now if that day has come.")
THINGS = {"unit": "units", "mailbox": "mailboxes", "domain": "domains"}
"""What each successor may get of its own."""
_TITLES = {"unit": N_("Agencies below"), "mailbox": N_("Role mailboxes"), "domain": N_("Mail domains")}


class Question(Form):
    """Which agencies end, and which go on; it changes nothing, and stands in the address of the next page."""

    class Meta(Form.Meta):
        """A question carries no token."""

        csrf = False

    beside = SelectMultipleField(lazy_gettext(N_("Agencies that end together with it")))
    into = SelectMultipleField(lazy_gettext(N_("Agencies that go on in their place")))
    since = DayField(N_("First day on which they are no more"), [InputRequired()])
    decision = line(N_("Decision"))
    receives_until = DayField(N_("Their domains receive until"))

    @property
    def day(self) -> date:
        """The day on which it happens."""
        return self.since.data or actor().today

    def chosen(self, name: str) -> list[tuple[str, str]]:
        """Give the agencies that are named in a field, each with its name."""
        return [(choice.value, str(choice.label)) for choice in self[name].choices]

    def validate(self, extra_validators: dict[str, Sequence[Any]] | None = None) -> bool:
        """Check the shape of what stands in the address; what was sent below it is another form's."""
        return bool(super(Form, self).validate(extra_validators))


@blueprint.get("/end")
@needs(Stage.FULL, many=("into", "beside"))
def ask(public_id: str) -> str:
    """Ask what should become of an agency."""
    agency = agency_seen(public_id)
    return render_template("agencies/end.html", agency=agency, form=_question(agency, request.args))


@blueprint.route("/end/review", methods=["GET", "POST"])
@needs(Stage.FULL, many=("into", "beside"))
def review(public_id: str) -> Response | str | tuple[str, int]:
    """Count what it would bring, let each thing go where it should, and carry it out once it is confirmed."""
    agency = agency_seen(public_id)
    question = _question(agency, request.args)
    if not question.validate():
        return render_template("agencies/end.html", agency=agency, form=question), 422
    into = question.chosen("into")
    with book() as session:
        ids = [agency.id, *(agency_by_public_id(session, each).id for each, _ in question.chosen("beside"))]
        try:
            brings = consequences(session, actor(), ids, question.day)
        except DirectoryError as refused:
            question.refuse(refused)
            return render_template("agencies/end.html", agency=agency, form=question), 422
    form = _confirmation(brings, into)

    def act(session: Session) -> None:
        reorganise(session, actor(), [_plan(session, question, form, brings, into)])

    if carried_out(form, act):
        flash(
            gettext("It is recorded. What it brings is carried out on its day, or now if that day has come."), "success"
        )
        return redirect(url_for("agencies.show", public_id=public_id), 303)
    hands = [(title, [each for each in form if each.name.startswith(f"{kind}-")]) for kind, title in _TITLES.items()]
    return shown(
        "agencies/end_review.html", form, agency=agency, question=question, brings=brings, into=into, hands=hands
    )


@blueprint.post("/plans/<plan>/<any('call-off', retry):what>")
@needs(Stage.FULL)
def change(public_id: str, plan: str, what: str) -> Response:
    """Call off what is planned, or try again what failed on its day."""
    verb, done = {
        "call-off": (call_off, N_("It is called off. Nothing was changed.")),
        "retry": (try_again, N_("It is carried out.")),
    }[what]
    agency = agency_seen(public_id)
    try:
        with book() as session:
            if plan not in {each.public_id for each in history_of(session, actor(), agency.id).planned}:
                raise NotFound
            verb(session, actor(), [plan])
    except DirectoryError as refused:
        flash(answered(refused), "danger")
    else:
        flash(gettext(done), "success")
    return redirect(url_for("agencies.show", public_id=public_id), 303)


def _question(agency: Named, given: Any) -> Question:  # noqa: ANN401 - what stands in the address
    """Make the first form; only agencies that the actor may change can be named in it."""
    form = Question(given)
    with book() as session:
        for field in (form.beside, form.into):
            wanted = [each for each in given.getlist(field.name) if each != agency.public_id]
            field.choices = searched_choices(session, actor(), Action.AGENCY, wanted)
            field.data = [choice.value for choice in field.choices]
    return form


def _confirmation(brings: Sequence[Consequences], into: Sequence[tuple[str, str]]) -> Form:
    """Make the second form: who gets what of a division, and whether roles go on."""
    fields: dict[str, Any] = {}
    if into:
        fields["keeps_roles"] = BooleanField(
            lazy_gettext(N_("Those with a role over the agencies that end get it over the one that goes on"))
        )
    if len(into) > 1:
        heir = lazy_gettext(N_("Who gets the officials, and all that is not named below"))
        fields["heir"] = RadioField(heir, [InputRequired()], choices=options(into), default=into[0][0])
        for each in brings:
            for kind, things in THINGS.items():
                for thing in getattr(each, things):
                    rest = ("", lazy_gettext(N_("as all else")))
                    whose = f"{thing.name} ({each.name})" if len(brings) > 1 else thing.name
                    fields[f"{kind}-{thing.key}"] = SelectField(whose, choices=options([rest, *into]), default="")
    made: Form = type("Confirmation", (Form,), fields)()
    return made


def _plan(
    session: Session,
    question: Question,
    form: Form,
    brings: Sequence[Consequences],
    into: Sequence[tuple[str, str]],
) -> Plan:
    """Give the verb's request from both forms."""
    ids = {public_id: agency_by_public_id(session, public_id).id for public_id, _ in into}
    heir = form["heir"].data if "heir" in form else next(iter(ids), None)
    successors = [ids[heir], *(id_ for public_id, id_ in ids.items() if public_id != heir)] if heir else []
    hands = [
        Hand(ids[form[name].data], **{f"{kind}_id": thing.id})
        for each in brings
        for kind, things in THINGS.items()
        for thing in getattr(each, things)
        if (name := f"{kind}-{thing.key}") in form and form[name].data
    ]
    return Plan(
        [each.agency_id for each in brings],
        question.day,
        successors,
        hands,
        decision=question.decision.data,
        receives_until=question.receives_until.data,
        keeps_roles=bool("keeps_roles" in form and form["keeps_roles"].data),
    )

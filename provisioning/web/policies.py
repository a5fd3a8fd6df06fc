"""The policies of an agency, which those below inherit until they set their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import IntegerField, TextAreaField
from wtforms.validators import InputRequired, NumberRange

from directory.agencies import Agency, agency_by_public_id
from directory.errors import NotFound
from directory.grants import Action, can
from directory.lifecycle import Setting, set_policy
from directory.policies import DEFAULTS, MIB, effective
from provisioning.languages import N_
from provisioning.web.forms import Form, carried_out, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book
from provisioning.web.words import LABELS

blueprint = Blueprint("policies", __name__, url_prefix="/agencies/<public_id>/policies")


@dataclass(frozen=True)
class PolicyLine:
    """One policy of an agency: its value, and the agency it comes from (None: the default of the service)."""

    name: str
    value: Any
    origin: Agency | None


def _per_cent(label: str) -> IntegerField:
    """Make a field for a share."""
    return IntegerField(lazy_gettext(label), [InputRequired(), NumberRange(0, 100)])


class _Patterns(Form):
    """Naming patterns, one a line."""

    value = TextAreaField(lazy_gettext(N_("Patterns, one a line, the first that is free is taken")), [InputRequired()])

    def show(self, value: list[str]) -> None:
        """Write the policy's value into the form."""
        self.value.data = "\n".join(value)

    def given(self) -> object:
        """Give the policy's value."""
        return (self.value.data or "").split()


class _Megabytes(Form):
    """A quota in MB."""

    value = IntegerField("MB", [InputRequired(), NumberRange(1, 1024 * 1024)])

    def show(self, value: int) -> None:
        """Write the policy's value into the form."""
        self.value.data = value // MIB

    def given(self) -> object:
        """Give the policy's value."""
        return (self.value.data or 0) * MIB


class _Count(Form):
    """A number of days, hours or minutes."""

    value = IntegerField(lazy_gettext(N_("Number")), [InputRequired(), NumberRange(0, 36500)])

    def show(self, value: int) -> None:
        """Write the policy's value into the form."""
        self.value.data = value

    def given(self) -> object:
        """Give the policy's value."""
        return self.value.data


class _Targets(Form):
    """What share of people each indicator of adoption should reach, in per cent."""

    provided = _per_cent(N_("With a mailbox"))
    activated = _per_cent(N_("Activated"))
    in_use = _per_cent(N_("In use"))
    second_factor = _per_cent(N_("Second factor on"))

    def show(self, value: dict[str, int]) -> None:
        """Write the policy's value into the form."""
        for name, target in value.items():
            self[name].data = target

    def given(self) -> object:
        """Give the policy's value."""
        return {name: self[name].data for name in DEFAULTS["targets"]}


POLICY_FORMS: dict[str, type[_Patterns | _Megabytes | _Count | _Targets]] = {
    "naming_patterns": _Patterns,
    "role_quota_bytes": _Megabytes,
    "quarantine_days": _Count,
    "session_idle_minutes": _Count,
    "session_hours": _Count,
    "use_days": _Count,
    "targets": _Targets,
}


@blueprint.route("/<name>", methods=["GET", "POST"])
@needs(Stage.FULL)
def policy(public_id: str, name: str) -> Response | tuple[str, int]:
    """Set a policy; agencies below inherit it until they set their own."""
    if name not in POLICY_FORMS:
        raise NotFound
    form = POLICY_FORMS[name]()
    with book() as session:
        agency = agency_by_public_id(session, public_id)
        if not can(session, actor(), Action.VIEW, agency.id):
            raise NotFound
        if not form.is_submitted():
            form.show(effective(session, agency, name).value)
        agency_id, agency_name = agency.id, agency.name

    def act(session: Session) -> None:
        set_policy(session, actor(), [Setting(agency_id, name, form.given())])

    if carried_out(form, act):
        flash(gettext("The policy is set."), "success")
        return redirect(url_for("agencies.show", public_id=public_id), 303)
    return shown(
        "policies/form.html", form, agency_public_id=public_id, agency_name=agency_name, name=LABELS["policy"][name]
    )


def policy_lines(session: Session, agency: Agency) -> list[PolicyLine]:
    """Give every policy that a form can set, with where its value comes from."""
    lines = []
    for name in POLICY_FORMS:
        found = effective(session, agency, name)
        origin = session.get_one(Agency, found.agency_id) if found.agency_id else None
        lines.append(PolicyLine(name, found.value, origin))
    return lines

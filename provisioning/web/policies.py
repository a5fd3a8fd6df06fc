"""The policies of an agency, which those below inherit until they set their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField

from directory.adoption import foresee_unused
from directory.agencies import Agency, agency_by_public_id
from directory.errors import BadValue, DirectoryError, NotFound, PolicyChanged
from directory.grants import Action, can, may
from directory.lifecycle import Foreseen, Setting, Withdrawal, examples, foresee, set_policy, withdraw_policy
from directory.policies import Effective, Rollout, all_effective, effective, inherited, rollouts_at
from provisioning.languages import N_
from provisioning.web import policy_forms, policy_tables
from provisioning.web.forms import Form, answered, sentence, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext
from provisioning.web.policy_words import policy_value
from provisioning.web.request import actor, book
from provisioning.web.words import LABELS

blueprint = Blueprint("policies", __name__, url_prefix="/agencies/<public_id>/policies")

POLICY_FORMS: dict[str, type[policy_forms.PolicyForm]] = {
    "naming_patterns": policy_forms.Patterns,
    "reserved_locals": policy_forms.LocalParts,
    "forbidden_locals": policy_forms.LocalParts,
    "keep_address": policy_forms.Keep,
    "alias_days": policy_forms.DaysOrForEver,
    "quarantine_days": policy_forms.Days,
    "mailbox_kept_months": policy_tables.Months,
    "forward_on_leaving": policy_forms.Forward,
    "quota_rules": policy_tables.Quotas,
    "role_quota_bytes": policy_forms.Megabytes,
    "second_factor": policy_forms.SecondFactor,
    "password_profile": policy_forms.Profile,
    "session_idle_minutes": policy_forms.Minutes,
    "session_hours": policy_forms.Hours,
    "unused_days": policy_forms.DaysOrNever,
    "app_password_unused_days": policy_forms.AppPasswordDays,
    "colleague_fields": policy_forms.ColleagueFields,
    "use_days": policy_forms.Days,
    "targets": policy_forms.Targets,
}
GROUPS = {
    N_("Addresses"): ("naming_patterns", "reserved_locals", "forbidden_locals", "quarantine_days"),
    N_("Transfer and leaving"): ("keep_address", "alias_days", "mailbox_kept_months", "forward_on_leaving"),
    N_("Mailboxes"): ("quota_rules", "role_quota_bytes"),
    N_("Signing in"): (
        "second_factor",
        "password_profile",
        "session_idle_minutes",
        "session_hours",
        "unused_days",
        "app_password_unused_days",
    ),
    N_("Colleagues and adoption"): ("colleague_fields", "use_days", "targets"),
}
"""The policies as their page shows them."""


@dataclass(frozen=True)
class PolicyLine:
    """One policy of an agency: its value, and the agency it comes from (None: the default of the service)."""

    name: str
    value: Any
    origin: Agency | None
    is_held: bool


@dataclass(frozen=True)
class Asked:
    """The agency whose policy a request is about."""

    id: int
    public_id: str
    name: str


class Nothing(Form):
    """A form that asks for nothing but the confirmation."""

    seen = HiddenField()


@blueprint.get("")
@needs(Stage.FULL)
def index(public_id: str) -> str:
    """Show all policies of an agency, where each comes from, and what is being rolled out."""
    with book() as session:
        agency = _agency(session, public_id)
        return render_template(
            "policies/index.html",
            agency=agency,
            groups=GROUPS,
            policies={each.name: each for each in policy_lines(session, agency)},
            rollouts=_rollouts(session, agency),
            today=actor().today,
            may_change=can(session, actor(), Action.AGENCY, agency.id),
        )


@blueprint.get("/rollouts")
@needs(Stage.FULL)
def rollouts(public_id: str) -> str:
    """Show how far the rollouts of an agency's policies have come."""
    with book() as session:
        agency = _agency(session, public_id)
        found = _rollouts(session, agency)
        return render_template("policies/_rollouts.html", agency=agency, rollouts=found, today=actor().today)


@blueprint.route("/<name>", methods=["GET", "POST"])
@needs(Stage.FULL, many={"value"})
def policy(public_id: str, name: str) -> Response | tuple[str, int] | str:
    """Set a policy: first its consequences are shown, then it is confirmed."""
    if name not in POLICY_FORMS:
        raise NotFound
    form = POLICY_FORMS[name]()
    with book() as session:
        agency = _agency(session, public_id)
        may(session, actor(), Action.AGENCY, agency.id)
        before = effective(session, agency, name)
        if not form.is_submitted():
            form.open(before, agency)
        asked = Asked(agency.id, agency.public_id, agency.name)
        own = before.agency_id == agency.id
    if form.is_submitted() and form.validate():
        setting = Setting(asked.id, name, form.given(), form.seen.data or None, form.holds)
        try:
            with book() as session:
                if not form.confirmed.data:
                    if (setting.seen or before.mark) != before.mark:
                        raise PolicyChanged(value=before.value)
                    foreseen = _foreseen(session, setting)
                    return _confirmation(asked, name, (before.value, setting.value), foreseen, is_held=setting.is_held)
                set_policy(session, actor(), [setting])
        except DirectoryError as error:
            _refuse(form, name, before, error)
        else:
            flash(gettext("The policy is set."), "success")
            return redirect(url_for(".index", public_id=public_id), 303)
    return shown(
        "policies/form.html",
        form,
        agency=asked,
        name=name,
        label=LABELS["policy"][name],
        hint=gettext(form.hint) if form.hint else None,
        is_own=own,
    )


@blueprint.route("/<name>/inherit", methods=["GET", "POST"])
@needs(Stage.FULL)
def inherit(public_id: str, name: str) -> Response | str:
    """Let an agency inherit a policy again that it set itself; its consequences are shown first."""
    form = Nothing()
    with book() as session:
        agency = _agency(session, public_id)
        may(session, actor(), Action.AGENCY, agency.id)
        if form.validate_on_submit():
            try:
                withdraw_policy(session, actor(), [Withdrawal(agency.id, name, form.seen.data or None)])
            except PolicyChanged as error:
                raise PolicyChanged(value=policy_value(name, error.fields["value"])) from error
        else:
            before = all_effective(session, agency).get(name)
            if before is None or before.agency_id != agency.id:
                raise NotFound
            after = inherited(session, agency, name).value
            foreseen = _foreseen(session, Setting(agency.id, name, after, is_held=before.is_held))
            asked = Asked(agency.id, agency.public_id, agency.name)
            return _confirmation(asked, name, (before.value, after), foreseen, seen=before.mark)
    flash(gettext("The policy is inherited again."), "success")
    return redirect(url_for(".index", public_id=public_id), 303)


@blueprint.post("/naming_patterns/examples")
@needs(Stage.FULL)
def naming_examples(public_id: str) -> str:
    """Show what the patterns that are being typed make of some names."""
    patterns = request.form.get("value", "").split()
    try:
        with book() as session:
            found = examples(session, actor(), _agency(session, public_id).id, patterns) if patterns else []
    except DirectoryError as error:
        reason = error.fields.get("reason")
        problem = sentence(gettext(str(reason))) if reason else answered(error)
        return render_template("policies/_examples.html", examples=[], problem=problem)
    return render_template("policies/_examples.html", examples=found, problem=None)


def policy_lines(session: Session, agency: Agency) -> list[PolicyLine]:
    """Give every policy with where its value comes from, in two statements."""
    found = all_effective(session, agency)
    ids = {each.agency_id for each in found.values() if each.agency_id}
    origins = {each.id: each for each in session.scalars(select(Agency).where(Agency.id.in_(ids)))}
    return [
        PolicyLine(name, each.value, origins.get(each.agency_id or 0), each.is_held) for name, each in found.items()
    ]


def _refuse(form: policy_forms.PolicyForm, name: str, now: Effective, error: DirectoryError) -> None:
    """Show in a form what the book refused; what somebody else set meanwhile is seen then."""
    if isinstance(error, PolicyChanged):
        form.seen.data = now.mark
        form.refuse(PolicyChanged(value=policy_value(name, error.fields["value"])))
    elif isinstance(error, BadValue):
        form.refuse(BadValue(**{**error.fields, "field": form.whole}))
    else:
        form.refuse(error)


def _agency(session: Session, public_id: str) -> Agency:
    """Find the agency of the address, among those the actor may see."""
    agency = agency_by_public_id(session, public_id)
    if not can(session, actor(), Action.VIEW, agency.id):
        raise NotFound
    return agency


def _rollouts(session: Session, agency: Agency) -> Sequence[Rollout]:
    """Give the rollouts of an agency to whoever may begin one."""
    return rollouts_at(session, agency) if can(session, actor(), Action.AGENCY, agency.id) else []


def _foreseen(session: Session, setting: Setting) -> tuple[Foreseen, int]:
    """Count whom a change touches, and whose accounts are unused for so long that it would suspend them."""
    return foresee(session, actor(), setting), foresee_unused(session, actor(), setting)


def _confirmation(
    asked: Asked,
    name: str,
    change: tuple[Any, Any],
    foreseen: tuple[Foreseen, int],
    *,
    is_held: bool = False,
    seen: str | None = None,
) -> str:
    """Ask to confirm a change with whom it touches: of what was sent, or the withdrawal of a value that was `seen`."""
    before, after = change
    fields = [(key, value) for key, value in request.form.items(multi=True) if key not in ("csrf_token", "confirmed")]
    return render_template(
        "policies/confirm.html",
        agency=asked,
        name=name,
        label=LABELS["policy"][name],
        before=before,
        after=after,
        foreseen=foreseen[0],
        unused=foreseen[1],
        fields=[("seen", seen)] if seen else [*fields, ("confirmed", "yes")],
        is_held=is_held,
        is_withdrawal=seen is not None,
    )

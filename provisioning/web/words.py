"""What the book's codes are called on a page, and the colour a state is shown in."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from directory.trail import Event
from provisioning.languages import N_
from provisioning.web import audit_words, policy_words
from provisioning.web.forms import options
from provisioning.web.language import day, gettext, lazy_gettext

LABELS: dict[str, dict[str, str]] = {
    "account": {
        "pending": N_("Not activated"),
        "active": N_("Active"),
        "suspended": N_("Suspended"),
        "disabled": N_("Closed"),
    },
    "mailbox": {"active": N_("Active"), "suspended": N_("Suspended"), "disabled": N_("Closed")},
    "domain": {"active": N_("Active"), "retiring": N_("Retiring"), "retired": N_("Retired")},
    "category": {
        "cadre": N_("Cadre"),
        "civil_servant": N_("Civil servant"),
        "public_employee": N_("Public employee"),
        "contract": N_("Contract"),
    },
    "sex": {"male": N_("Male"), "female": N_("Female")},
    "field": {
        "full_name": N_("Full name"),
        "title": N_("Post"),
        "rank": N_("Rank"),
        "category": N_("Category"),
        "sex": N_("Sex"),
        "staff_number": N_("Staff number"),
        "work_phone": N_("Telephone at work"),
        "extension": N_("Extension"),
        "personal_id": N_("Personal ID number"),
        "birth_date": N_("Birth date"),
        "phone": N_("Phone"),
        "personal_mail": N_("Personal e-mail"),
    },
    "contact": {"mail": N_("Private e-mail"), "phone": N_("Mobile phone")},
    "correction": {
        "waiting": N_("Waits"),
        "accepted": N_("Accepted"),
        "refused": N_("Refused"),
        "withdrawn": N_("Withdrawn"),
    },
    "post": {
        "primary": N_("Main post"),
        "concurrent": N_("Concurrent post"),
        "secondment": N_("Secondment"),
        "acting": N_("Acting"),
    },
    "list_rule": {
        "staff": N_("All staff"),
        "heads": N_("Heads"),
        "titles": N_("By title"),
        "hand": N_("By hand only"),
    },
    "list_senders": {
        "members": N_("Only its members"),
        "agency": N_("People of the agency and of all below it"),
        "inside": N_("Everybody in the directory who signs in to mail"),
        "anyone": N_("Anybody, also from outside"),
    },
    "by_hand": {"added": N_("Is a member"), "excluded": N_("Is not a member")},
    "agency": {
        "ministry": N_("Ministry"),
        "province": N_("Province"),
        "department": N_("Department"),
        "commune": N_("Commune"),
        "unit": N_("Unit"),
    },
    "address": {
        "primary": N_("Primary"),
        "alias": N_("Alias"),
        "receive_only": N_("Receives only"),
        "quarantined": N_("In quarantine"),
        "reserved": N_("Reserved"),
    },
    "role": {
        "operator": N_("Operator"),
        "agency_it": N_("Agency IT"),
        "hr": N_("HR"),
        "head": N_("Head of agency"),
        "auditor": N_("Auditor"),
    },
    "refusal": {
        "no_right": N_("no right to see it"),
        "no_reason": N_("no reason was given"),
        "day_spent": N_("more than is possible on a day"),
    },
    "audit": audit_words.ACTIONS,
    "policy": policy_words.POLICIES,
}
_SEVERAL = {"coming", "leaving", "scopes", "successors"}
_CODES = {"rule": "list_rule", "senders": "list_senders", "refusal": "refusal"}
_POLICY_EVENTS = {"policy.set", "policy.withdrawn"}
_OF_POLICY = {"before", "after"}
COLOURS = {
    "active": "green",
    "pending": "blue",
    "waiting": "blue",
    "accepted": "green",
    "refused": "amber",
    "withdrawn": "grey",
    "suspended": "amber",
    "retiring": "amber",
    "disabled": "grey",
    "retired": "grey",
    "primary": "green",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def word(kind: str, code: str | None) -> str:
    """Say a code; one that has no word yet is shown as it is."""
    return gettext(LABELS[kind].get(code, code)) if code else ""


def colour(code: str) -> str:
    """Give the colour of a state."""
    return COLOURS.get(code, "grey")


def choices(kind: str, *codes: str) -> list[Any]:
    """Give what a form's select offers."""
    return options((code, lazy_gettext(LABELS[kind][code])) for code in codes or LABELS[kind])


def told(event: Event) -> list[tuple[str, str]]:
    """Say what an audit event tells beside who and what: names and values, a pair being the old one and the new."""
    policy = str(event.detail.get("name", "")) if event.action in _POLICY_EVENTS else ""
    return [
        (
            gettext(audit_words.TOLD.get(name, name)),
            policy_words.policy_value(policy, value)
            if policy in LABELS["policy"] and name in _OF_POLICY
            else _told(name, value),
        )
        for name, value in event.detail.items()
    ]


def _told(name: str, value: Any) -> str:  # noqa: ANN401 - whatever JSON an event tells
    """Say one value."""
    if isinstance(value, list) and len(value) == 2 and name not in _SEVERAL:  # noqa: PLR2004 - old and new
        return f"{_told(name, value[0])} → {_told(name, value[1])}"
    if isinstance(value, list):
        return ", ".join(_told(name, each) for each in value) or "–"
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        value = N_("yes") if value else N_("no")
    if isinstance(value, str) and _DAY.fullmatch(value):
        return day(date.fromisoformat(value))
    known = {
        **LABELS["policy"],
        **LABELS["role"],
        **LABELS["post"],
        **LABELS["category"],
        **LABELS["sex"],
        **LABELS["field"],
        **LABELS.get(_CODES.get(name, ""), {}),
    }
    return gettext(known.get(value, value)) if isinstance(value, str) else str(value)

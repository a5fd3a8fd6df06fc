"""What the book's codes are called on a page, and the colour a state is shown in."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from directory.trail import Event
from provisioning.languages import N_
from provisioning.web import policy_words
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
    "audit": {
        "account.activated": N_("Account activated"),
        "account.opened": N_("Account opened"),
        "account.reinstated": N_("Account reinstated"),
        "account.retired": N_("Account closed"),
        "account.suspended": N_("Account suspended"),
        "account.unused": N_("Unused account suspended"),
        "address.changed": N_("Primary address changed"),
        "address.kept": N_("Primary address kept"),
        "activation_code.issued": N_("Activation slip issued"),
        "activation_code.reused": N_("Used slip shown again"),
        "activation_code.voided": N_("Activation slip voided"),
        "activation.refused": N_("Slip refused"),
        "address.added": N_("Address added"),
        "adoption.counted": N_("Adoption counted"),
        "agency.closed": N_("Agency closed"),
        "agency.end_planned": N_("End of agency planned"),
        "agency.founded": N_("Agency founded"),
        "agency.head_named": N_("Head named"),
        "agency.it_contact_named": N_("IT contact named"),
        "agency.moved": N_("Agency moved"),
        "agency.recoded": N_("Identifier code changed"),
        "agency.renamed": N_("Agency renamed"),
        "agency.stayed": N_("Agency not moved"),
        "agency.stays_open": N_("End of agency called off"),
        "api_token.made": N_("API token made"),
        "api_token.revoked": N_("API token revoked"),
        "app_password.made": N_("App password made"),
        "app_password.revoked": N_("App password revoked"),
        "code.refused": N_("Second factor refused"),
        "correction.accepted": N_("Correction accepted"),
        "correction.read": N_("Correction opened"),
        "correction.refused": N_("Correction refused"),
        "correction.sent": N_("Correction sent"),
        "correction.withdrawn": N_("Correction withdrawn"),
        "domain.added": N_("Domain added"),
        "domain.ended": N_("Domain ended"),
        "domain.kept": N_("Domain kept"),
        "domain.preferred": N_("Domain chosen for new addresses"),
        "entry.retried": N_("Entry retried"),
        "entry.restored": N_("Entry written anew"),
        "domain.retired": N_("Domain retired"),
        "grant.given": N_("Role given"),
        "grant.withdrawn": N_("Role withdrawn"),
        "headcount.declared": N_("Headcount declared"),
        "list.applied": N_("List applied"),
        "list.cancelled": N_("List cancelled"),
        "list.planned": N_("List planned"),
        "list.refused": N_("List refused"),
        "list.started": N_("List begun"),
        "list.unread": N_("List could not be read"),
        "list.corrected": N_("List corrected"),
        "list.row_shown": N_("Row of a list shown in full"),
        "list.columns_shown": N_("Columns of a list shown"),
        "list.leavers_confirmed": N_("Leavers confirmed"),
        "list.leavers_kept": N_("Leavers taken back"),
        "list.seconded": N_("Leavers confirmed by a second person"),
        "list.purged": N_("List emptied"),
        "mailbox.closed": N_("Role mailbox closed"),
        "mailbox.handed_over": N_("Role mailbox handed over"),
        "mailbox.moved": N_("Role mailbox moved"),
        "mailbox.opened": N_("Role mailbox opened"),
        "mailing_list.changed": N_("Mailing list changed"),
        "mailing_list.closed": N_("Mailing list closed"),
        "mailing_list.member_added": N_("Member added by hand"),
        "mailing_list.member_excluded": N_("Member taken out by hand"),
        "mailing_list.member_removed": N_("Decision about a member taken back"),
        "mailing_list.opened": N_("Mailing list opened"),
        "official.appointed": N_("Official appointed"),
        "official.changed": N_("Record changed"),
        "official.leaving": N_("Leaving decided"),
        "official.left": N_("Post left"),
        "official.merged": N_("Records merged"),
        "official.rehired": N_("Official rehired"),
        "official.renamed": N_("Name changed"),
        "official.retired": N_("Left the service"),
        "official.stays": N_("Leaving taken back"),
        "official.revealed": N_("Personal data revealed"),
        "official.transferred": N_("Official transferred"),
        "password.changed": N_("Password changed"),
        "password.refused": N_("Sign-in refused"),
        "password.reset": N_("Password reset"),
        "policy.rolled_out": N_("Policy rolled out"),
        "policy.set": N_("Policy set"),
        "policy.withdrawn": N_("Policy withdrawn"),
        "post.ended": N_("Post ended"),
        "post.given": N_("Post given"),
        "recovery_contact.removed": N_("Recovery contact removed"),
        "recovery_contact.set": N_("Recovery contact set"),
        "recovery.refused": N_("Recovery refused"),
        "recovery_code.used": N_("Recovery code used"),
        "recovery_codes.made": N_("Recovery codes made"),
        "session.ended": N_("Signed out"),
        "session.raised": N_("Second factor shown"),
        "session.started": N_("Signed in"),
        "transfer.called_off": N_("Transfer called off"),
    },
    "policy": policy_words.POLICIES,
}
TOLD = {
    "address": N_("Address"),
    "after": N_("After"),
    "before": N_("Before"),
    "below": N_("Below"),
    "code": N_("Code"),
    "changed": N_("Changed"),
    "coming": N_("Gets it"),
    "count": N_("Number"),
    "decision": N_("Decision"),
    "field": N_("Field"),
    "forward_to": N_("Mail goes on to"),
    "held": N_("Held for agencies below"),
    "full_name": N_("Full name"),
    "into": N_("Into the record"),
    "kind": N_("Kind"),
    "label": N_("Label"),
    "last_day": N_("Last day"),
    "leaving": N_("Gives it up"),
    "looked_at": N_("Looked at"),
    "member": N_("Member"),
    "name": N_("Name"),
    "other": N_("The other record"),
    "posts": N_("Posts"),
    "reason": N_("Reason"),
    "receives_until": N_("Receives until"),
    "role": N_("Role"),
    "rule": N_("Members"),
    "scopes": N_("Protocols"),
    "senders": N_("Who may send"),
    "since": N_("Since"),
    "stage": N_("Stage"),
    "successors": N_("Successors"),
    "title": N_("Post"),
    "titles": N_("Beginnings of titles"),
    "with_units": N_("With those below"),
}
"""What the values of audit events are of."""
_SEVERAL = {"coming", "leaving", "scopes", "successors"}
_CODES = {"rule": "list_rule", "senders": "list_senders"}
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
            gettext(TOLD.get(name, name)),
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

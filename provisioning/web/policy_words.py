"""What policies and naming patterns are called on a page, and how their values are said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from directory.lifecycle import PassedOver
from provisioning.languages import N_
from provisioning.web.language import day, gettext, ngettext, number

POLICIES: dict[str, str] = {
    "naming_patterns": N_("Naming patterns of addresses"),
    "reserved_locals": N_("Local parts for role mailboxes only"),
    "forbidden_locals": N_("Local parts for nobody"),
    "keep_address": N_("Address after a transfer"),
    "alias_days": N_("How long a former address still receives"),
    "quarantine_days": N_("Quarantine of freed addresses"),
    "mailbox_kept_months": N_("Mailbox kept after leaving"),
    "forward_on_leaving": N_("Forwarding after leaving"),
    "quota_rules": N_("Quota of a personal mailbox"),
    "role_quota_bytes": N_("Quota of a role mailbox"),
    "second_factor": N_("Second factor"),
    "password_profile": N_("Password rules"),
    "session_idle_minutes": N_("Sign-out when idle"),
    "session_hours": N_("Longest session"),
    "unused_days": N_("Unused accounts are suspended"),
    "app_password_unused_days": N_("Unused app passwords are revoked"),
    "colleague_fields": N_("What officials see of a colleague"),
    "use_days": N_("Days within which use counts"),
    "targets": N_("Targets of adoption"),
}
WHO = {
    "everybody": N_("Required of everybody"),
    "roles": N_("Required of those who have a role"),
    "nobody": N_("Not required"),
}
PROFILES = {
    "nist": N_("NIST SP 800-63B-4: long and not guessable, never changed by the calendar"),
    "vn-l3": N_("Security level 3: none of the last 10, shorter idle time"),
}
COLLEAGUE = {
    "title": N_("Post"),
    "rank": N_("Rank"),
    "address": N_("Official address"),
    "extension": N_("Phone extension"),
}
ON_OFF = {
    "keep_address": (N_("kept"), N_("a new one is given")),
    "forward_on_leaving": (N_("allowed, to addresses under .gov.vn"), N_("not allowed")),
}
_PARTS = {
    "given": N_("given name"),
    "middle": N_("middle name"),
    "family": N_("family name"),
    "initials": N_("initials"),
    "full": N_("full name"),
    "unit": N_("short name of the unit"),
    "n": N_("number"),
}
_OBSTACLES = {
    "reserved": N_("kept for role mailboxes"),
    "forbidden": N_("kept for the service, or given to nobody"),
    "taken": N_("taken"),
    "quarantined": N_("in quarantine"),
    "used": N_("somebody had it; give it only to whoever asks for it"),
}
_NO_END = {
    "alias_days": N_("for ever"),
    "unused_days": N_("never, or after 45 days under security level 3"),
    "app_password_unused_days": N_("never"),
}
_PART = re.compile(r"\{(\w+)\}")
_MIB = 1024 * 1024
_GIB = 1024 * _MIB


def pattern(written: str) -> str:
    """Say what an address was made of: `{given}{initials}` is given name + initials."""
    return " + ".join(gettext(_PARTS[part]) for part in _PART.findall(written) if part in _PARTS) or written


def obstacle(passed_over: PassedOver) -> str:
    """Say why an address cannot be had."""
    if passed_over.until and passed_over.obstacle == "quarantined":
        why = gettext("in quarantine until {day}", day=day(passed_over.until))
    elif passed_over.owner and passed_over.obstacle == "taken":
        return gettext("taken by {name}", name=passed_over.owner)
    else:
        why = gettext(_OBSTACLES[passed_over.obstacle])
    return f"{why} ({passed_over.owner})" if passed_over.owner else why


def policy_value(name: str, value: Any) -> str:  # noqa: ANN401 - whatever JSON a policy has
    """Say the value of a policy."""
    if value is None:
        return gettext(_NO_END.get(name, "–"))
    say: dict[str, Callable[[Any], str]] = {
        "naming_patterns": lambda patterns: "; ".join(map(pattern, patterns)),
        "reserved_locals": _words,
        "forbidden_locals": _words,
        "mailbox_kept_months": lambda table: _by_position(table, _months),
        "quota_rules": lambda table: _by_position(table, size),
        "role_quota_bytes": size,
        "second_factor": _second_factor,
        "password_profile": lambda profile: gettext(PROFILES[profile]),
        "session_idle_minutes": lambda minutes: ngettext("{number} minute", "{number} minutes", minutes),
        "session_hours": lambda hours: ngettext("{number} hour", "{number} hours", hours),
        "colleague_fields": lambda fields: ", ".join(gettext(COLLEAGUE[each]) for each in fields) or _nothing(),
        "targets": lambda targets: ", ".join(f"{share} %" for share in targets.values()),
        **{each: _on_off(each) for each in ON_OFF},
    }
    return say.get(name, lambda days: ngettext("{number} day", "{number} days", days))(value)


def _on_off(name: str) -> Callable[[Any], str]:
    """Make what says a yes or no."""
    return lambda value: gettext(ON_OFF[name][0 if value else 1])


def _nothing() -> str:
    """Say that a list is empty."""
    return gettext("none")


def _words(locals_: list[str]) -> str:
    """Say a list of local parts."""
    return ", ".join(locals_) or _nothing()


def _months(months: int) -> str:
    """Say a number of months."""
    return ngettext("{number} month", "{number} months", months)


def _by_position(table: Mapping[str, Any], say: Callable[[int], str]) -> str:
    """Say a rule table."""
    rules = [f"{rule['words']}: {say(rule['value'])}" for rule in table["rules"]]
    return (
        "; ".join([*rules, gettext("others: {value}", value=say(table["default"]))]) if rules else say(table["default"])
    )


def _second_factor(rule: Mapping[str, str | None] | bool) -> str:  # noqa: FBT001 - as it once stood in the audit
    """Say who must have a second factor, and from when on."""
    if isinstance(rule, bool):
        rule = {"who": "everybody", "since": None} if rule else {"who": "nobody", "since": None}
    who, since = WHO[rule["who"] or ""], rule["since"]
    if since is None:
        return gettext(who)
    return gettext("{rule}, from {day} on", rule=gettext(who), day=day(date.fromisoformat(since)))


def size(number_of_bytes: int) -> str:
    """Write a quota as people count it."""
    if number_of_bytes >= _GIB and number_of_bytes % _GIB == 0:
        return f"{number(number_of_bytes // _GIB)} GB"
    return f"{number(number_of_bytes // _MIB)} MB"

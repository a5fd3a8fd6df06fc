"""The values that policies can have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from directory.addresses import LOCAL, LOCAL_LIMIT
from directory.agencies import Agency
from directory.errors import BadValue, PolicyHeld
from directory.naming import check_patterns
from directory.policies import (
    COLLEAGUE_FIELDS,
    DEFAULTS,
    HOLDABLE,
    MIB,
    PASSWORD_PROFILES,
    SECOND_FACTOR_RULES,
    held_above,
    is_as_strict,
)
from directory.positions import wordings

_MOST_PATTERNS = 10
_MOST_RULES = 50
_LONGEST_WORDS = 500
_MOST_LOCALS = 500


def _number(least: int, most: int) -> Callable[[object], bool]:
    """Make the check of a whole number between two."""
    return lambda value: type(value) is int and least <= value <= most


def _are_patterns(value: object) -> bool:
    """Say whether a value is a list of naming patterns; a bad pattern says itself what is wrong."""
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_PATTERNS:
        return False
    if not all(isinstance(each, str) for each in value):
        return False
    check_patterns(value)
    return True


def _are_targets(value: object) -> bool:
    """Say whether a value gives a percentage for each indicator."""
    return (
        isinstance(value, dict)
        and value.keys() == DEFAULTS["targets"].keys()
        and all(map(_number(0, 100), value.values()))
    )


def _is_rule_table(is_value: Callable[[object], bool]) -> Callable[[object], bool]:
    """Make the check of a rule table with values of one kind."""

    def check(table: object) -> bool:
        if not isinstance(table, dict) or table.keys() != {"rules", "default"} or not is_value(table["default"]):
            return False
        rules = table["rules"]
        return isinstance(rules, list) and len(rules) <= _MOST_RULES and all(map(is_rule, rules))

    def is_rule(rule: object) -> bool:
        return (
            isinstance(rule, dict)
            and rule.keys() == {"words", "value"}
            and isinstance(rule["words"], str)
            and len(rule["words"]) <= _LONGEST_WORDS
            and bool(wordings(rule["words"]))
            and is_value(rule["value"])
        )

    return check


def _are_locals(value: object) -> bool:
    """Say whether a value is a list of local parts."""
    return (
        isinstance(value, list)
        and len(value) <= _MOST_LOCALS
        and all(isinstance(each, str) and len(each) <= LOCAL_LIMIT and LOCAL.match(each) for each in value)
        and len(set(value)) == len(value)
    )


def _is_second_factor_rule(value: object) -> bool:
    """Say whether a value tells who must have a second factor, and from which day on."""
    return (
        isinstance(value, dict)
        and value.keys() == {"who", "since"}
        and value["who"] in SECOND_FACTOR_RULES
        and (value["since"] is None or (isinstance(value["since"], str) and is_day(value["since"])))
    )


def is_day(text: str) -> bool:
    """Say whether a text is a day as policies write it, YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_yes_or_no(value: object) -> bool:
    """Say whether a value is a plain yes or no."""
    return type(value) is bool


_IS_QUOTA = _number(MIB, 1024 * 1024 * MIB)
_CHECKS: dict[str, Callable[[object], bool]] = {
    "naming_patterns": _are_patterns,
    "reserved_locals": _are_locals,
    "forbidden_locals": _are_locals,
    "keep_address": _is_yes_or_no,
    "alias_days": lambda value: value is None or _number(0, 36500)(value),
    "quarantine_days": _number(0, 36500),
    "mailbox_kept_months": _is_rule_table(_number(0, 120)),
    "forward_on_leaving": _is_yes_or_no,
    "quota_rules": _is_rule_table(_IS_QUOTA),
    "role_quota_bytes": _IS_QUOTA,
    "second_factor": _is_second_factor_rule,
    "password_profile": lambda value: value in PASSWORD_PROFILES,
    "session_idle_minutes": _number(1, 24 * 60),
    "session_hours": _number(1, 24 * 7),
    "unused_days": lambda value: value is None or _number(8, 366)(value),
    "app_password_unused_days": lambda value: value is None or _number(30, 366)(value),
    "colleague_fields": lambda value: (
        isinstance(value, list) and value == [each for each in COLLEAGUE_FIELDS if each in value]
    ),
    "use_days": _number(1, 366),
    "targets": _are_targets,
}


def check_value(name: str, value: Any) -> None:  # noqa: ANN401 - whatever was asked for
    """Raise `BadValue` for an unknown policy or a value that it cannot have."""
    check = _CHECKS.get(name)
    if check is None or not check(value):
        raise BadValue(field=name, reason="not a value that this policy can have")


def refuse_looser(session: Session, agency: Agency, name: str, value: Any, row: int = 0) -> None:  # noqa: ANN401 - as above
    """Raise `PolicyHeld` for a value less strict than what an agency above holds."""
    held = held_above(session, agency, name) if name in HOLDABLE else None
    if held is not None and not is_as_strict(name, value, held.value):
        raise PolicyHeld(row=row, agency=session.get_one(Agency, held.agency_id).name)

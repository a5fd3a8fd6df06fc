"""Set the policies of agencies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue
from directory.grants import Action, may
from directory.naming import check_pattern
from directory.policies import DEFAULTS, MIB, Policy, effective

_MOST_PATTERNS = 10


@dataclass(frozen=True)
class Setting:
    """A policy of one agency, which those below inherit."""

    agency_id: int
    name: str
    value: Any


def set_policy(session: Session, actor: Actor, settings: Sequence[Setting]) -> None:
    """Set policies; what they govern follows them from the next use on. Errors carry `row`."""
    if not settings:
        return
    may(session, actor, Action.AGENCY, *{each.agency_id for each in settings})
    for row, each in enumerate(settings):
        try:
            _check(each)
        except BadValue as error:
            raise BadValue(row=row, **error.fields) from error
        agency = session.get_one(Agency, each.agency_id)
        before = effective(session, agency, each.name)
        statement = insert_unless(Policy).values(agency_id=each.agency_id, name=each.name, value={"value": each.value})
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["agency_id", "name"], set_={"value": statement.excluded.value}
            )
        )
        detail = {"name": each.name, "before": before.value, "after": each.value}
        record(session, actor, "policy.set", f"agency:{agency.public_id}", agency.id, **detail)
    session.flush()


def _number(least: int, most: int) -> Callable[[object], bool]:
    """Make the check of a whole number between two."""
    return lambda value: type(value) is int and least <= value <= most


def _are_patterns(value: object) -> bool:
    """Say whether a value is a list of naming patterns; a bad pattern says itself what is wrong."""
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_PATTERNS:
        return False
    for each in value:
        check_pattern(str(each))
    return True


def _are_targets(value: object) -> bool:
    """Say whether a value gives a percentage for each indicator."""
    return (
        isinstance(value, dict)
        and value.keys() == DEFAULTS["targets"].keys()
        and all(map(_number(0, 100), value.values()))
    )


_CHECKS: dict[str, Callable[[object], bool]] = {
    "naming_patterns": _are_patterns,
    "quota_bytes": _number(MIB, 1024 * 1024 * MIB),
    "role_quota_bytes": _number(MIB, 1024 * 1024 * MIB),
    "quarantine_days": _number(0, 36500),
    "second_factor": lambda value: type(value) is bool,
    "session_idle_minutes": _number(1, 24 * 60),
    "session_hours": _number(1, 24 * 7),
    "use_days": _number(1, 366),
    "targets": _are_targets,
}


def _check(setting: Setting) -> None:
    """Raise `BadValue` for an unknown policy or a value that it cannot have."""
    check = _CHECKS.get(setting.name)
    if check is None or not check(setting.value):
        raise BadValue(field=setting.name, reason="not a value that this policy can have")

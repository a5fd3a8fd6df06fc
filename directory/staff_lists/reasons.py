"""Why a row needs a person, or what was noticed or repaired in it: English message ids, translated where shown.

A reason stands in clear beside the sealed row, so its fields never hold what the row says of somebody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Level = Literal["question", "warning", "repair"]
"""question: a person must look first; warning: done all the same; repair: read otherwise than it is written."""
_LEVELS: tuple[Level, ...] = get_args(Level)
Doubt = Literal["ambiguous", "conflict", "error"]
"""What kind of question: who of several is meant, what contradicts itself or the directory, what cannot be read."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing about a row: a message with its {fields}, and the field of the row that it is about."""

    message: str
    level: Level
    about: str | None = None
    fields: Mapping[str, str | int] = field(default_factory=dict)
    doubt: Doubt = "error"

    def as_json(self) -> dict[str, Any]:
        """Give the reason as it is stored."""
        told = {"message": self.message, "level": self.level, "about": self.about, "fields": dict(self.fields)}
        return told if self.level != "question" else {**told, "doubt": self.doubt}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Reason:
        """Read what `as_json` wrote."""
        return cls(**stored)


def question(message: str, about: str | None = None, **fields: str | int) -> Reason:
    """Make a reason for which a person must look: the row cannot be read."""
    return Reason(message, "question", about, fields)


def conflict(message: str, about: str | None = None, **fields: str | int) -> Reason:
    """Make a reason for which a person must look: the row contradicts another one, or the directory."""
    return Reason(message, "question", about, fields, "conflict")


def ambiguity(message: str, about: str | None = None, **fields: str | int) -> Reason:
    """Make a reason for which a person must look: say who of several is meant."""
    return Reason(message, "question", about, fields, "ambiguous")


def warning(message: str, about: str | None = None, **fields: str | int) -> Reason:
    """Make a remark that holds nothing up."""
    return Reason(message, "warning", about, fields)


def repair(message: str, about: str | None = None, **fields: str | int) -> Reason:
    """Make a remark that something was read otherwise than it is written."""
    return Reason(message, "repair", about, fields)


def urgent_first(reasons: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Sort what is to be said of a row: what must be answered comes before what was put right by itself."""
    return sorted(reasons, key=lambda reason: _LEVELS.index(reason["level"]))


def N_(message_id: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a message id where it is written; it is translated where it is shown."""
    return message_id

"""What is done about an attribute that somebody else changed: written anew, taken over, or somebody is asked.

Decision 21. Everything that lets somebody in, delivers mail or says who somebody is to a machine is ours alone and is
written anew. A telephone number is best known where it rings, so the book takes it over. A name may have been put right
there, or wrongly: a person decides, and until then the engine leaves it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from directory.desired import Entry
from directory.desired.values import Key
from directory.errors import BadValue
from directory.lifecycle.particulars import checked
from provisioning.ports import Change, Modify, Observed

Answer = Literal["restore", "take", "ask"]
ANSWERS: Mapping[str, Mapping[str, Answer]] = {
    "account": {
        "telephoneNumber": "take",
        "cn": "ask",
        "displayName": "ask",
        "sn": "ask",
        "givenName": "ask",
    }
}
"""By kind of subject and attribute; what stands in none is restored."""
FULL_NAME = frozenset({"cn", "displayName"})
"""Attributes that have the whole name of a person."""
_TELEPHONE = re.compile(
    r"(?P<number>[^a-z]*?)\s*(?:,?\s*(?:ext|máy lẻ|x)\.?\s*(?P<extension>[0-9]{1,6}))?", re.IGNORECASE
)


@dataclass(frozen=True)
class Answers:
    """What is done about the differences of one subject."""

    restores: bool = False
    asked: frozenset[str] = frozenset()
    taken: Mapping[str, str | None] = field(default_factory=dict)
    """Fields of the official's record that get what the entry has."""


def answers(key: Key, wanted: Entry, plan: Sequence[Change], seen: Observed | None) -> Answers:
    """Say what is done about each difference. Somebody who is gone is written as the book says, without questions."""
    rules = ANSWERS.get(key[0], {})
    if seen is None or not rules or wanted.state == "disabled":
        return Answers(restores=bool(plan))
    restores, asked = False, set()
    taken: dict[str, str | None] = {}
    for change in plan:
        if not isinstance(change, Modify) or change.name != wanted.name:
            restores = True
            continue
        for name in {*change.replace, *change.add, *change.remove}:
            there = seen.attributes.get(name, ())
            answer = rules.get(name, "restore") if there else "restore"
            if answer == "ask":
                asked.add(name)
            elif answer == "take" and (fields := telephone(there)):
                taken |= fields
            else:
                restores = True
    return Answers(restores, frozenset(asked), taken)


def telephone(values: Sequence[str]) -> dict[str, str | None] | None:
    """Read a telephone at work as address books write it; None if it is none, or there are several."""
    found = _TELEPHONE.fullmatch(values[0].strip()) if len(values) == 1 else None
    if found is None or not found["number"]:
        return None
    try:
        return {"work_phone": checked("work_phone", found["number"], date.min), "extension": found["extension"]}
    except BadValue:
        return None


def full_name(before: Mapping[str, Sequence[str]]) -> str | None:
    """Give the full name that an entry has, if what was changed in it says one and only one."""
    said = {value for name in FULL_NAME & before.keys() for value in before[name]}
    return said.pop() if len(said) == 1 else None

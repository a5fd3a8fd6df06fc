"""Which unit a list means by a name: an agency of the list's subtree, the list's agency itself, or a new unit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from directory.staff_lists.readings import key_of
from directory.staff_lists.reasons import N_, Reason, question, warning

_ABBREVIATIONS = (("p", "phong"), ("tt", "trung tam"), ("vp", "van phong"), ("cc", "chi cuc"), ("bql", "ban quan ly"))
_LEADERS = re.compile(r"(ban )?(lanh dao|giam doc|thuong truc)\b")
"""`Lãnh đạo Sở` heads a group of people in a list, but is no unit: they belong to the agency itself."""

_SEVERAL = N_("There are several units called {unit}. Write the identifier code of the unit instead of its name.")
_UNKNOWN = N_(
    "The unit {unit} is not in the directory, and only an operator may add it."
    " Until then a newcomer stands at {agency}, and nobody else is moved."
)


@dataclass(frozen=True)
class Node:
    """One agency of the subtree, as far as its naming goes."""

    id: int
    name: str
    short_name: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class Target:
    """Where a row puts somebody: a unit, a unit that has to be founded first, or nowhere in particular."""

    agency_id: int | None = None
    new_unit: str | None = None
    reasons: tuple[Reason, ...] = ()


NOWHERE = Target()


@dataclass(frozen=True)
class Units:
    """The units below the agency of a list. `may_found`: whether whoever imports may add a unit there."""

    agency: Node
    by_key: Mapping[str, tuple[int, ...]]
    names: Mapping[int, str] = field(default_factory=dict)
    may_found: bool = False

    def target(self, unit: str | None) -> Target:
        """Say where a row with this unit belongs."""
        key = key_of_unit(unit or "")
        if unit is None or not key or _LEADERS.match(key) or key in _keys(self.agency):
            return NOWHERE
        found = self.by_key.get(key, ())
        if len(found) == 1:
            return Target(found[0])
        if found:
            return Target(reasons=(question(_SEVERAL, "unit", unit=unit),))
        if self.may_found:
            return Target(new_unit=new_unit_name(unit))
        return Target(reasons=(warning(_UNKNOWN, "unit", unit=unit, agency=self.agency.name),))


def units_of(agency: Node, below: Iterable[Node], *, may_found: bool) -> Units:
    """Lay out the units below an agency by every name they go by."""
    by_key: dict[str, tuple[int, ...]] = {}
    names = {agency.id: agency.name}
    for node in below:
        names[node.id] = node.name
        for key in _keys(node):
            by_key[key] = (*by_key.get(key, ()), node.id)
    return Units(agency, by_key, names, may_found)


def _keys(node: Node) -> set[str]:
    return {key_of_unit(each) for each in (node.name, node.short_name, node.code) if each}


def key_of_unit(name: str) -> str:
    """Give a unit's name as it is compared; the usual abbreviations are written out."""
    key = key_of(name)
    for short, long in _ABBREVIATIONS:
        if key.startswith(short + " "):
            return long + key[len(short) :]
    return key


def new_unit_name(written: str) -> str:
    """Give the name of a new unit; capitals of a heading are made small."""
    return written.capitalize() if written.isupper() else written[:1].upper() + written[1:]

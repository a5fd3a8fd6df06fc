"""Names as lists write them: without forms of address, with capitals where names have them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from directory.errors import BadValue
from directory.naming import NAME_LIMIT, normal_name
from directory.staff_lists.readings import Reading
from directory.staff_lists.reasons import N_, question, repair

_HONOURS = re.compile(
    r"^((đ/c|đồng chí|gs|pgs|ts|ths|th\.s|bs|bác sĩ|cn|ks|kỹ sư|ls|ds)(?:\b(?![-'])[.,:/]*|[.,:/]+)\s*)+(?=\S)",
    re.IGNORECASE,
)
_COURTESY = re.compile(r"^(ông|bà)\s*[:.]?\s+", re.IGNORECASE)
_WORDS_WITH_COURTESY = 4
_NEVER_PLAIN = frozenset("ông bà đồng bác kỹ gs pgs ts ths th bs cn ks ls ds".split())
_NOT_A_NAME = N_("The name is not a name of letters only. Correct it.")
_LEFT_OUT = N_("A form of address before the name is left out.")


def uses_courtesies(names: Iterable[str]) -> bool:
    """Say whether a list writes Ông and Bà before names: then `Ông Lê Anh` is one Lê Anh, and else an Ông."""
    return any(
        found[1].lower() == "bà" or len(name.split()) >= _WORDS_WITH_COURTESY
        for name in names
        if name[:1] in "ÔôBb" and (found := _COURTESY.match(name))
    )


def read_name(text: str, *, has_courtesies: bool = False) -> Reading[str]:
    """Read a full name: one spelling, no titles before it."""
    bare = _HONOURS.sub("", text)
    if has_courtesies or len(bare.split()) >= _WORDS_WITH_COURTESY or bare.lower().startswith("bà "):
        without = _COURTESY.sub("", bare)
        bare = without if len(without.split()) > 1 else bare
    try:
        name = normal_name(bare)
    except BadValue:
        return Reading(None, (question(_NOT_A_NAME, "full_name"),))
    return Reading(name, (repair(_LEFT_OUT, "full_name"),) if bare != text else ())


class NameReader:
    """Reads the names of one list. Words that were read once, as names have them, need not be looked at again."""

    def __init__(self, *, has_courtesies: bool) -> None:
        self.has_courtesies = has_courtesies
        self.plain: set[str] = set()

    def read(self, text: str) -> Reading[str]:
        """Read a full name."""
        words = text.split(" ")
        if self.plain.issuperset(words) and len(text) <= NAME_LIMIT:
            return Reading(text)
        reading = read_name(text, has_courtesies=self.has_courtesies)
        if reading.value == text:
            self.plain.update(word for word in words if word.istitle() and word.isalpha() and _is_plain(word))
        return reading


def _is_plain(word: str) -> bool:
    return word.lower() not in _NEVER_PLAIN

"""How the words of a name are shared out into family, middle and given: proposed by rule, decided by a person."""

from __future__ import annotations

from collections.abc import Mapping

from directory.errors import BadValue
from directory.naming import Name, fold, split_name

PARTS = ("family", "middle", "given")


def parted(full_name: str, parts: Mapping[str, str | None]) -> Name:
    """Give a name in the parts that somebody typed; without any, in those of the rule.

    Together they are the words of the name, family first or, for peoples who write it so, given name first. Case and
    marks of a part are those of the full name.
    """
    proposed = split_name(full_name)
    counts = [len((parts.get(part) or "").split()) for part in PARTS]
    if not any(counts):
        return proposed
    words = proposed.full.split()
    family, middle, given = counts
    typed = [fold(" ".join((parts.get(part) or "").split())) for part in PARTS]
    family_first = (words[:family], words[family : family + middle], words[family + middle :])
    given_first = (words[given + middle :], words[given : given + middle], words[:given])
    for order in (family_first, given_first):
        shared = [" ".join(each) for each in order]
        if given and sum(counts) == len(words) and [fold(each) for each in shared] == typed:
            return Name(shared[0], shared[1], shared[2], proposed.full)
    raise BadValue(field="given", reason="the three parts are the words of the full name, each once and in their order")

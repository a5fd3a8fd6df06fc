"""What a rule table of a policy gives for a position: pure, so that its rules are tables.

A table is `{"rules": [{"words": "phó giám đốc, V.07.01", "value": 1}, …], "default": 1}`. The first rule holds of
which one wording, between commas, stands in the title or in the rank as whole words; marks and case do not count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from directory.naming import fold


def value_for(table: Mapping[str, Any], title: str, rank: str | None) -> int:
    """Give the value of a rule table for a title and a rank."""
    position = f"{_folded(title)} | {_folded(rank or '')}"
    for rule in table["rules"]:
        if any(_wording(wording).search(position) for wording in wordings(rule["words"])):
            return int(rule["value"])
    return int(table["default"])


def wordings(words: str) -> list[str]:
    """Part the words of a rule at its commas."""
    return [wording for each in words.split(",") if (wording := _folded(each))]


@lru_cache(4096)
def _folded(text: str) -> str:
    """Give a text without marks and with single spaces."""
    return " ".join(fold(text).split())


@lru_cache(4096)
def _wording(wording: str) -> re.Pattern[str]:
    """Make the search for a wording as whole words."""
    return re.compile(rf"(?<![a-z0-9]){re.escape(wording)}(?![a-z0-9])")

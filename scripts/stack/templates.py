"""Fills in the servers' configuration of deploy/: `@NAME@` stands for a value of the place where it runs."""

from __future__ import annotations

import re
from pathlib import Path

from .errors import StackError

PLACE = re.compile(r"@([A-Z][A-Z0-9_]*)@")


def fill(template: Path, values: dict[str, str]) -> str:
    """The text of a template with every place filled."""

    def value(place: re.Match[str]) -> str:
        if place[1] not in values:
            raise StackError(f"{template} asks for @{place[1]}@, which nobody gives.")
        return values[place[1]]

    return PLACE.sub(value, template.read_text(encoding="utf-8"))

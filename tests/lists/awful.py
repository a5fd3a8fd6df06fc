"""Deliberately awful lists, made in code, each with the people in it and what must be asked about them."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from tests.lists import awful_letters, awful_tables, awful_values
from tests.lists.expected import Awful


def _made_by(module: ModuleType) -> dict[str, Callable[[], Awful]]:
    return {
        name: make
        for name, make in vars(module).items()
        if not name.startswith("_") and getattr(make, "__module__", "") == module.__name__ and callable(make)
    }


LISTS: dict[str, Callable[[], Awful]] = {
    **_made_by(awful_tables),
    **_made_by(awful_values),
    **_made_by(awful_letters),
}

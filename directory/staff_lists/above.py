"""Above: what a row takes from the one above it, because its cell says so, or because a unit is written once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from directory.staff_lists.cells import Cell
from directory.staff_lists.headings import normal
from directory.staff_lists.readings import DITTO

REPEATED = frozenset({"title", "rank", "category", "unit"})
"""Fields of which a cell may say that it is as the one above."""
_SIGNS = frozenset({DITTO, "”", "“", "″", "〃", "//", "-//-"})
_WORDS = frozenset({"nt", "n t", "nhu tren"})


def is_ditto(cell: Cell) -> bool:
    """Say whether a cell says that the one above holds here too: nt, như trên, or marks."""
    return isinstance(cell, str) and (cell in _SIGNS or normal(cell) in _WORDS)


def as_above(cells: Sequence[Cell], groups: Sequence[str | None]) -> list[Cell]:
    """Give the cells of a column, those that say so as the one above; the first row of a group has none above."""
    spelt: list[Cell] = []
    for at, cell in enumerate(cells):
        if not is_ditto(cell):
            spelt.append(cell)
        else:
            spelt.append(spelt[-1] if at and groups[at] == groups[at - 1] else "")
    return spelt


def from_above(units: Sequence[str | None]) -> list[str | None]:
    """Give units that are written once for all who stand below."""
    taken: list[str | None] = []
    for unit in units:
        taken.append(taken[-1] if unit is None and taken else unit)
    return taken


def units_head_blocks(units: Sequence[Cell]) -> bool:
    """Say whether a unit is written once for all who stand below it.

    Where two neighbours both have theirs written, it stands beside each person, and an empty cell says nothing.
    """
    return not any(unit != "" and unit == below for unit, below in pairwise(units))

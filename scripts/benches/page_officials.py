"""The first page of the officials among 60,000 (`--large`: 2.3 million), against the same page at the sample's 1,200.

Both sides ask the whole application for GET /officials, signed in as operator over everything: guard, session,
statements, template.
"""

from __future__ import annotations

from benches.directories import Directories, directories, page
from benches.figures import at_most

NAME = "page-officials"
GOAL = at_most(1.5)
UNIT = "ms"
ADDRESS, MARK = "/officials", "/officials?after="

set_up = directories


def ours(place: Directories) -> float:
    """Ask for the page among many."""
    return page(place.at_many, ADDRESS, MARK)


def other(place: Directories) -> float:
    """Ask for the page among few."""
    return page(place.at_few, ADDRESS, MARK)

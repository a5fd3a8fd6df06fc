"""The page of a department among 60,000 officials (`--large`: 2.3 million), against the same page at 1,200.

Both departments have units below them and fill every part of the page; who asks is operator over everything.
"""

from __future__ import annotations

from sqlalchemy import text

from benches.directories import Directories, directories, page
from benches.figures import at_most
from provisioning.bootstrap import Service

NAME = "page-agency"
GOAL = at_most(1.5)
UNIT = "ms"
_DEPARTMENT = text("""
SELECT public_id FROM agencies WHERE kind = 'department' AND EXISTS (
  SELECT FROM agencies AS below WHERE below.parent_id = agencies.id
) ORDER BY id LIMIT 1
""")

set_up = directories


def ours(place: Directories) -> float:
    """Ask for the page among many."""
    return page(place.at_many, *department_of(place.many))


def other(place: Directories) -> float:
    """Ask for the page among few."""
    return page(place.at_few, *department_of(place.few))


def department_of(service: Service) -> tuple[str, str]:
    """Give the address of the page of a department, and what must stand in it."""
    with service.outbox.transaction() as session:
        public_id = session.scalars(_DEPARTMENT).one()
    return f"/agencies/{public_id}", f"/officials?agency={public_id}"

"""The agencies that a form offers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from directory.agencies import Agency, agency_by_public_id
from directory.base import Actor
from directory.grants import Action, scope
from provisioning.web.forms import options

MOST = 300
"""More do not fit a select; whoever looks after so many begins on the agency's own page."""


def agency_choices(session: Session, actor: Actor, action: Action, wanted: str | None) -> list[Any]:
    """Give the open agencies in which the actor may do this, below each other; or only the wanted one if too many."""
    is_open = or_(Agency.valid_to.is_(None), Agency.valid_to > actor.today)
    found = session.scalars(
        select(Agency).where(scope(actor, action), is_open).order_by(Agency.path).limit(MOST + 1)
    ).all()
    if len(found) > MOST:
        found = [agency_by_public_id(session, wanted)] if wanted else found[:MOST]
    depth = min((agency.path.count(".") for agency in found), default=0)
    return options((agency.public_id, "\u2003" * (agency.path.count(".") - depth) + agency.name) for agency in found)

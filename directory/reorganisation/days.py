"""What a day that begins brings to agencies: names and places that were planned."""

from __future__ import annotations

from sqlalchemy.orm import Session

from directory.base import Actor
from directory.reorganisation.lines import NAMES, settle
from directory.reorganisation.placing import settle_places


def settle_agencies(session: Session, actor: Actor) -> int:
    """Let agencies be called and stand as was planned for today; give how many changed."""
    # Places first: they take turns before anything is locked.
    return len(settle_places(session, actor)) + len(settle(session, NAMES, actor.today))

"""The brake on browsing the telephone list: everybody looks colleagues up, nobody copies the whole of it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from directory.base import VIETNAM, Actor
from directory.errors import DirectoryError
from directory.throttle import take_one

AN_HOUR = 600
"""So many pages one official may open within an hour: typing a name asks for a handful of them."""


class PagesSpent(DirectoryError):
    """You have opened {limit} pages of the telephone list within an hour. Go on at {time}, or ask the operator."""

    status = 429


def browse(session: Session, actor: Actor) -> None:
    """Count one page of the telephone list against whoever opens it, or raise `PagesSpent`."""
    following = take_one(session, actor, f"browse:{actor.account_id}", AN_HOUR, timedelta(hours=1))
    if following is not None:
        raise PagesSpent(limit=AN_HOUR, time=f"{following.astimezone(VIETNAM):%H:%M}")

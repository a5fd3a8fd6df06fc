"""Reveal personal data: one field of one official at a time, for a reason that stands in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.appointments import posts_of
from directory.audit import record
from directory.base import Actor
from directory.credentials.holders import need_fresh_factor
from directory.errors import BadValue, DirectoryError, NotFound, RefusalsSpent, RevealsSpent, TooManyTries
from directory.grants import Action, may
from directory.lifecycle.suspension import needed_reason
from directory.officials import SEALED, Official, open_field
from directory.throttle import Brake, take

A_DAY = 50
"""So many fields one person may reveal on a day, and so often be refused; for more, a list is another right."""
_BRAKE = Brake(free=A_DAY, ceiling=A_DAY)


Refusal = Literal["no_right", "no_reason", "day_spent"]


@dataclass(frozen=True)
class Revealing:
    """One field that is to be seen in clear, and why."""

    official_id: int
    field: str
    reason: str


def reveal(session: Session, actor: Actor, wanted: Sequence[Revealing]) -> list[str]:
    """Give personal data in clear to whoever has just shown a second factor; each field is a line of the audit."""
    need_fresh_factor(actor)
    ids = {each.official_id for each in wanted}
    officials = {each.id: each for each in session.scalars(select(Official).where(Official.id.in_(ids)))}
    posts = posts_of(session, ids, actor.today)
    if not wanted or len(officials) < len(ids) or len(posts) < len(ids):
        raise NotFound
    may(session, actor, Action.REVEAL, *{post.agency_id for post in posts.values()})
    values: list[str] = []
    for each in wanted:
        if each.field not in SEALED:
            raise BadValue(field=each.field, reason="not a field that is sealed")
        why = needed_reason(each.reason)
        official = officials[each.official_id]
        value = open_field(session, official, each.field)
        if value is None:
            raise NotFound
        _count(session, actor, "reveal", RevealsSpent)
        agency_id = posts[official.id].agency_id
        subject = f"official:{official.public_id}"
        record(session, actor, "official.revealed", subject, agency_id, field=each.field, reason=why)
        values.append(value)
    return values


def note_refused(session: Session, actor: Actor, public_id: str, field: str, refusal: Refusal) -> None:
    """Write down that somebody wanted personal data in clear and was refused; asking for nobody leaves no line.

    Each counts, also for nobody, so that the limit tells not who there is. Called in a transaction of its own: that
    of the try is undone.
    """
    count_refusal(session, actor)
    official_id = session.scalar(select(Official.id).where(Official.public_id == public_id))
    if official_id is None:
        return
    post = posts_of(session, [official_id], actor.today).get(official_id)
    agency_id, subject = post.agency_id if post else None, f"official:{public_id}"
    record(session, actor, "official.reveal_refused", subject, agency_id, field=field, refusal=refusal)


def count_refusal(session: Session, actor: Actor) -> None:
    """Count one try that was refused personal data; after as many as a day allows nothing is looked up."""
    _count(session, actor, "reveal_refused", RefusalsSpent)


def _count(session: Session, actor: Actor, what: str, spent: type[DirectoryError]) -> None:
    """Count one field against what the actor may ask for today; the count is kept with the event, or neither is."""
    if actor.is_system:
        return
    try:
        take(session, actor, f"{what}:{actor.account_id}:{actor.today}", _BRAKE)
    except TooManyTries as shut:
        raise spent(limit=A_DAY) from shut

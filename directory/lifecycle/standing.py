"""Where an official stands, as a mark: whoever decides sees by it that somebody else decided meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.appointments import Appointment
from directory.errors import DecidedMeanwhile
from directory.lifecycle.careers import Career
from directory.officials import Official


def standings(session: Session, official_ids: Collection[int]) -> dict[int, str]:
    """Give a mark for each official that is another as soon as a primary post or the leaving is another."""
    columns = (Appointment.id, Appointment.agency_id, Appointment.valid_from, Appointment.valid_to)
    held: dict[int, list[object]] = {official_id: [] for official_id in official_ids}
    for official_id, leaves_on, *post in session.execute(
        select(Official.id, Official.leaves_on, *columns)
        .join(Appointment, Appointment.official_id == Official.id)
        .where(Official.id.in_(official_ids), Appointment.kind == "primary")
        .order_by(Official.id, Appointment.id)
    ):
        held[official_id].append([str(leaves_on), *map(str, post)])
    return {
        official_id: hashlib.sha256(json.dumps(posts).encode()).hexdigest()[:16] for official_id, posts in held.items()
    }


def refuse_unseen(session: Session, careers: Mapping[int, Career], seen: Sequence[tuple[int, str | None]]) -> None:
    """Raise `DecidedMeanwhile` for the first official, each with the mark that was seen, who stands elsewhere now.

    The officials are locked, so nobody decides in between. None: whoever asks has looked at nothing.
    """
    asked = {official_id for official_id, mark in seen if mark is not None}
    now = standings(session, asked) if asked else {}
    for row, (official_id, mark) in enumerate(seen):
        if mark is not None and mark != now[official_id]:
            raise DecidedMeanwhile(row=row, name=careers[official_id].official.full_name)

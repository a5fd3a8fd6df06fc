"""Call a transfer off whose day has not come: the post held goes on as if it had never been planned."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.appointments import Appointment
from directory.audit import record
from directory.base import Actor
from directory.errors import NotFound, NotPlanned
from directory.grants import Action, may
from directory.lifecycle.careers import careers_of
from directory.lifecycle.enlistment import refuse_closed


def call_off(session: Session, actor: Actor, appointment_ids: Collection[int]) -> list[Appointment]:
    """Call planned primary posts off, one an official at most; give the posts that go on instead.

    Nothing has happened yet, so nothing has to be given back. Who may appoint at both agencies can do it, as with the
    transfer itself. A post that began, or that none comes before, is not called off: its holder leaves.
    """
    wanted = select(Appointment).where(Appointment.id.in_(appointment_ids), Appointment.kind == "primary")
    planned = {post.official_id: post for post in session.scalars(wanted)}
    if len(planned) < len(set(appointment_ids)):
        raise NotPlanned if len(appointment_ids) == 1 else NotFound
    if not planned:
        return []
    careers = careers_of(session, actor, planned)
    goals = {post.agency_id for post in planned.values()}
    may(session, actor, Action.APPOINT, *goals)
    now = session.scalars(wanted.execution_options(populate_existing=True)).all()  # whoever was first has committed
    before = _before(session, {post.official_id: post for post in now})
    for row, official_id in enumerate(planned):
        post = next((each for each in now if each.official_id == official_id), None)
        if post is None or post.valid_from <= actor.today or official_id not in before:
            raise NotPlanned(row=row)
    refuse_closed(session, actor, {post.agency_id for post in before.values()})
    until = {post.official_id: post.valid_to for post in now}
    for post in now:
        since = post.valid_from.isoformat()
        for agency_id in {post.agency_id, before[post.official_id].agency_id}:
            record(session, actor, "transfer.called_off", careers[post.official_id].subject, agency_id, since=since)
        session.delete(post)
    session.flush()  # two primary posts never overlap
    for official_id, post in before.items():
        post.valid_to = until[official_id]
    session.flush()
    return list(before.values())


def _before(session: Session, planned: Mapping[int, Appointment]) -> dict[int, Appointment]:
    """Give the posts that end on the day on which planned ones begin, by official id."""
    posts = session.scalars(
        select(Appointment)
        .where(Appointment.official_id.in_(planned), Appointment.kind == "primary")
        .where(Appointment.valid_to.in_({post.valid_from for post in planned.values()}))
        .where(Appointment.valid_to > Appointment.valid_from)
        .execution_options(populate_existing=True)
    )
    return {post.official_id: post for post in posts if post.valid_to == planned[post.official_id].valid_from}

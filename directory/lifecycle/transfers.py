"""Transfer officials to another agency: the post there follows the post here, account and address stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory import due
from directory.accounts import Account
from directory.appointments import Appointment, posts_of
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, NotFound
from directory.grants import Action, may
from directory.lifecycle.enlistment import refuse_closed
from directory.lifecycle.particulars import checked
from directory.officials import Official


@dataclass(frozen=True)
class Transfer:
    """An official takes up the primary post at another agency on a day, by default today."""

    official_id: int
    agency_id: int
    title: str = ""
    rank: str | None = None
    valid_from: date | None = None


def transfer(session: Session, actor: Actor, transfers: Sequence[Transfer]) -> list[Appointment]:
    """Move officials: the post held ends on the day on which the new one begins. Errors carry `row`.

    Only who may appoint at both agencies can do it, so nobody draws an official away from another's agencies.
    """
    if not transfers:
        return []
    ids = {each.official_id for each in transfers}
    rows = session.scalars(select(Official).where(Official.id.in_(ids)).order_by(Official.id).with_for_update())
    officials = {official.id: official for official in rows}
    posts = posts_of(session, ids, actor.today)
    if len(officials) < len(ids) or len(posts) < len(ids):
        raise NotFound
    goals = {each.agency_id for each in transfers}
    may(session, actor, Action.APPOINT, *goals, *{post.agency_id for post in posts.values()})
    refuse_closed(session, actor, goals)
    left = {official_id: post.agency_id for official_id, post in posts.items()}
    moved = [_follow(actor, row, posts[each.official_id], each) for row, each in enumerate(transfers)]
    session.flush()  # the ends first: two primary posts never overlap
    session.add_all(moved)
    for new in moved:
        subject, since = f"official:{officials[new.official_id].public_id}", new.valid_from.isoformat()
        record(session, actor, "official.left", subject, left[new.official_id], since=since)
        record(session, actor, "official.transferred", subject, new.agency_id, title=new.title, since=since)
    session.flush()
    due.mark(session, actor, "account", session.scalars(select(Account.id).where(Account.official_id.in_(ids))))
    return moved


def _follow(actor: Actor, row: int, post: Appointment, wish: Transfer) -> Appointment:
    """End one post and give the one that follows; a post that begins on the same day is put right instead."""
    since = wish.valid_from or actor.today
    if since < post.valid_from or (post.valid_to is not None and since < post.valid_to <= actor.today):
        raise BadValue(row=row, field="valid_from", reason="before the day on which the present post began")
    try:
        title, rank = checked("title", wish.title, actor.today), checked("rank", wish.rank, actor.today)
    except BadValue as error:
        raise BadValue(row=row, **error.fields) from error
    if since == post.valid_from:
        post.agency_id, post.title, post.rank = wish.agency_id, title or "", rank
        return post
    if post.valid_to is None or post.valid_to > since:
        post.valid_to = since
    return Appointment(
        official_id=wish.official_id,
        agency_id=wish.agency_id,
        kind="primary",
        title=title or "",
        rank=rank,
        valid_from=since,
    )

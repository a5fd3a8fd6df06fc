"""Transfer officials to another agency: the post there follows the post here, the account stays.

The address stays too, unless the policy of the new agency wants its own: then the old one goes on as an alias.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory import due
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, OutOfService
from directory.grants import Action, may
from directory.lifecycle.careers import Career, careers_of
from directory.lifecycle.enlistment import refuse_closed
from directory.lifecycle.particulars import checked
from directory.lifecycle.readdressing import Readdressing, readdress
from directory.policies import effective_values


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
    careers = careers_of(session, actor, {each.official_id for each in transfers})
    goals = {each.agency_id for each in transfers}
    may(session, actor, Action.APPOINT, *goals)
    refuse_closed(session, actor, goals)
    left = {official_id: career.post.agency_id for official_id, career in careers.items()}
    moved = [_follow(actor, row, careers[each.official_id], each) for row, each in enumerate(transfers)]
    _let_addresses_follow(session, actor, careers, moved)
    session.flush()  # the ends first: two primary posts never overlap
    session.add_all(moved)
    for new in moved:
        subject, since = careers[new.official_id].subject, new.valid_from.isoformat()
        record(session, actor, "official.left", subject, left[new.official_id], since=since)
        record(session, actor, "official.transferred", subject, new.agency_id, title=new.title, since=since)
    session.flush()
    due.mark(session, actor, "account", [career.account.id for career in careers.values() if career.account])
    return moved


def _follow(actor: Actor, row: int, career: Career, wish: Transfer) -> Appointment:
    """End one post and give the one that follows; a post that begins on the same day is put right instead."""
    post, leaves_on = career.post, career.official.leaves_on
    since = wish.valid_from or actor.today
    if career.has_left(actor.today):
        raise OutOfService(row=row, name=career.official.full_name)
    if since < post.valid_from or (post.valid_to is not None and since < post.valid_to <= actor.today):
        raise BadValue(row=row, field="valid_from", reason="before the day on which the present post began")
    if leaves_on is not None and since >= leaves_on:
        raise BadValue(row=row, field="valid_from", reason="after the last day in service")
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


def _let_addresses_follow(
    session: Session, actor: Actor, careers: Mapping[int, Career], moved: Sequence[Appointment]
) -> None:
    """Give addresses of the new agencies where their policy wants that: now, or on the day on which a post begins."""
    agencies = session.scalars(select(Agency).where(Agency.id.in_({post.agency_id for post in moved}))).all()
    keeps = effective_values(session, agencies, ["keep_address"])
    now: list[Readdressing] = []
    for row, post in enumerate(moved):
        account = careers[post.official_id].account
        post.address_follows = account is not None and not keeps[post.agency_id]["keep_address"]
        if account is not None and post.address_follows and post.valid_from <= actor.today:
            post.address_follows = False
            now.append(Readdressing(row, account.id, careers[post.official_id].official.full_name, post.agency_id))
    readdress(session, actor, now)

"""Transfer officials to another agency: the post there follows the post here, the account stays.

The address stays too, unless the policy of the new agency wants its own: then the old one goes on as an alias.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
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
from directory.lifecycle.rollouts import follow_positions
from directory.lifecycle.standing import refuse_unseen
from directory.policies import effective_values


@dataclass(frozen=True)
class Transfer:
    """An official takes up the primary post at another agency on a day, by default today."""

    official_id: int
    agency_id: int
    title: str = ""
    rank: str | None = None
    valid_from: date | None = None
    seen: str | None = None
    """Where the official stood when somebody opened the page (`standings`); None: whatever is planned gives way."""


def transfer(session: Session, actor: Actor, transfers: Sequence[Transfer]) -> list[Appointment]:
    """Move officials: the post held ends on the day on which the new one begins. Errors carry `row`.

    Only who may appoint at both agencies can do it, so nobody draws an official away from another's agencies.
    """
    if not transfers:
        return []
    careers = careers_of(session, actor, {each.official_id for each in transfers})
    refuse_unseen(session, careers, [(each.official_id, each.seen) for each in transfers])
    lines = _lines(session, actor, careers)
    goals = {each.agency_id for each in transfers}
    planned = {post.agency_id for line in lines.values() for post in line}
    may(session, actor, Action.APPOINT, *goals, *planned)
    refuse_closed(session, actor, goals)
    left = {official_id: career.post.agency_id for official_id, career in careers.items()}
    seen: set[int] = set()
    moved: list[Appointment] = []
    for row, each in enumerate(transfers):
        if each.official_id in seen:
            raise BadValue(row=row, field="official_id", reason="stands twice among those who move")
        seen.add(each.official_id)
        moved.append(_follow(actor, row, careers[each.official_id], lines[each.official_id], each))
    moved = _make_room(session, lines, moved)
    _let_addresses_follow(session, actor, careers, moved)
    for new in moved:
        subject, since = careers[new.official_id].subject, new.valid_from.isoformat()
        record(session, actor, "official.left", subject, left[new.official_id], since=since)
        record(session, actor, "official.transferred", subject, new.agency_id, title=new.title, since=since)
    session.flush()
    accounts = [career.account.id for career in careers.values() if career.account]
    follow_positions(session, actor, accounts)
    due.mark(session, actor, "account", accounts)
    return moved


def _lines(session: Session, actor: Actor, careers: Mapping[int, Career]) -> dict[int, list[Appointment]]:
    """Give the primary posts of officials that run or are planned, by official id, in order of their days."""
    lines: dict[int, list[Appointment]] = {official_id: [] for official_id in careers}
    posts = session.scalars(
        select(Appointment)
        .where(Appointment.official_id.in_(careers), Appointment.kind == "primary")
        .where(or_(Appointment.valid_to.is_(None), Appointment.valid_to > actor.today))
        .order_by(Appointment.valid_from)
    )
    for post in posts:
        lines[post.official_id].append(post)
    return lines


def _follow(actor: Actor, row: int, career: Career, line: Sequence[Appointment], wish: Transfer) -> Appointment:
    """Give the post that follows, if it can be."""
    since, leaves_on = wish.valid_from or actor.today, career.official.leaves_on
    if career.has_left(actor.today):
        raise OutOfService(row=row, name=career.official.full_name)
    first = line[0].valid_from if line else career.post.valid_to
    if first is not None and since < first:
        raise BadValue(row=row, field="valid_from", reason="before the day on which the present post began")
    if leaves_on is not None and since >= leaves_on:
        raise BadValue(row=row, field="valid_from", reason="after the last day in service")
    try:
        title, rank = checked("title", wish.title, actor.today), checked("rank", wish.rank, actor.today)
    except BadValue as error:
        raise BadValue(row=row, **error.fields) from error
    return Appointment(
        official_id=wish.official_id,
        agency_id=wish.agency_id,
        kind="primary",
        title=title or "",
        rank=rank,
        valid_from=since,
    )


def _make_room(
    session: Session, lines: Mapping[int, Sequence[Appointment]], moved: Sequence[Appointment]
) -> list[Appointment]:
    """End the posts that run when the new ones begin and forget what was planned for later; give what holds then.

    A post that begins on the same day is put right instead of being followed.
    """
    for new in moved:
        for post in lines[new.official_id]:
            if post.valid_from > new.valid_from:
                session.delete(post)
            elif post.valid_from < new.valid_from and (post.valid_to is None or post.valid_to > new.valid_from):
                post.valid_to = new.valid_from
    session.flush()  # the ends first: two primary posts never overlap
    return [_written(session, lines[new.official_id], new) for new in moved]


def _written(session: Session, line: Sequence[Appointment], new: Appointment) -> Appointment:
    """Write a new post, or put the one right that begins on the same day."""
    same = next((post for post in line if post.valid_from == new.valid_from), None)
    if same is None:
        session.add(new)
        return new
    if same.agency_id != new.agency_id:
        same.is_head = same.is_it_contact = False
    same.agency_id, same.title, same.rank, same.valid_to = new.agency_id, new.title, new.rank, None
    return same


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

"""Posts beside the primary one: concurrent (kiêm nhiệm), seconded (biệt phái), acting (quyền, phụ trách)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.appointments import KINDS, Appointment
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, NotFound, OutOfService, PostHeld
from directory.grants import Action, may
from directory.lifecycle.careers import Career, careers_of
from directory.lifecycle.enlistment import refuse_closed
from directory.lifecycle.particulars import checked

BESIDE = tuple(kind for kind in KINDS if kind != "primary")


@dataclass(frozen=True)
class Posting:
    """A post beside the primary one, to its last day; a secondment has one, on which its holder is due back."""

    official_id: int
    agency_id: int
    kind: str
    title: str = ""
    rank: str | None = None
    valid_from: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class PostEnd:
    """A post beside the primary one is held for the last time on a day; without one, today it is held no longer."""

    appointment_id: int
    last_day: date | None = None


def assign(session: Session, actor: Actor, postings: Sequence[Posting]) -> list[Appointment]:
    """Give officials posts beside their primary one, also at other agencies, where the actor may appoint as well.

    Errors carry `row`. Whose official somebody is stays decided by the primary post.
    """
    if not postings:
        return []
    careers = careers_of(session, actor, {each.official_id for each in postings})
    goals = {each.agency_id for each in postings}
    may(session, actor, Action.APPOINT, *goals)
    refuse_closed(session, actor, goals)
    assigned: list[Appointment] = []
    for row, each in enumerate(postings):
        career = careers[each.official_id]
        post = _post(actor, row, career, each)
        detail = {"title": post.title, "kind": post.kind, "since": post.valid_from.isoformat()}
        if post.valid_to is not None:
            detail["last_day"] = (post.valid_to - timedelta(days=1)).isoformat()
        record(session, actor, "post.given", career.subject, post.agency_id, **detail)
        assigned.append(post)
    _write(session, careers, assigned)
    return assigned


def second(session: Session, actor: Actor, postings: Sequence[Posting]) -> list[Appointment]:
    """Second officials to another agency until a day; they return by themselves on the day after."""
    for row, each in enumerate(postings):
        if each.kind != "secondment":
            raise BadValue(row=row, field="kind", reason="not a secondment")
    return assign(session, actor, postings)


def end_posts(session: Session, actor: Actor, ends: Sequence[PostEnd]) -> list[Appointment]:
    """Let posts beside the primary one end on a day, earlier or later than planned: also how a seconded one returns.

    One that has not begun is called off. Errors carry `row`.
    """
    ids = {each.appointment_id for each in ends}
    rows = session.scalars(select(Appointment).where(Appointment.id.in_(ids), Appointment.kind.in_(BESIDE)))
    posts = {post.id: post for post in rows}
    if posts.keys() != ids:
        raise NotFound
    if not ends:
        return []
    careers = careers_of(session, actor, {post.official_id for post in posts.values()})
    may(session, actor, Action.APPOINT, *{post.agency_id for post in posts.values()})
    for row, each in enumerate(ends):
        post = posts[each.appointment_id]
        career = careers[post.official_id]
        session.refresh(post)
        day = each.last_day + timedelta(days=1) if each.last_day else actor.today
        if post.valid_to is not None and post.valid_to <= actor.today:
            raise BadValue(row=row, field="last_day", reason="the post has ended already")
        if each.last_day is None:
            day = max(day, post.valid_from)
        _check_days(row, career, post.valid_from, day)
        _end(session, row, career, post, day)
        last_day = (day - timedelta(days=1)).isoformat()
        record(session, actor, "post.ended", career.subject, post.agency_id, title=post.title, last_day=last_day)
    return [posts[each.appointment_id] for each in ends]


def _post(actor: Actor, row: int, career: Career, posting: Posting) -> Appointment:
    """Give the post, if it can be."""
    if career.has_left(actor.today):
        raise OutOfService(row=row, name=career.official.full_name)
    if posting.kind not in BESIDE:
        raise BadValue(row=row, field="kind", reason="not a kind of post beside the main one")
    since = posting.valid_from or actor.today
    until = posting.last_day + timedelta(days=1) if posting.last_day else None
    if posting.kind == "secondment":
        if until is None:
            raise BadValue(row=row, field="last_day", reason="a secondment has a planned last day")
        if posting.agency_id == career.post.agency_id:
            raise BadValue(row=row, field="agency", reason="a secondment leads to another agency")
    _check_days(row, career, since, until)
    try:
        title = checked("title", posting.title, actor.today) or ""
        rank = checked("rank", posting.rank, actor.today)
    except BadValue as error:
        raise BadValue(row=row, **error.fields) from error
    return Appointment(
        official_id=posting.official_id,
        agency_id=posting.agency_id,
        kind=posting.kind,
        title=title,
        rank=rank,
        valid_from=since,
        valid_to=until,
    )


def _check_days(row: int, career: Career, since: date, until: date | None) -> None:
    """Raise `BadValue` for days on which the official is not in service, or that stand in the wrong order."""
    if until is not None and until < since:
        raise BadValue(row=row, field="last_day", reason="before the first day")
    if career.official.leaves_on is not None and max(since, until or since) > career.official.leaves_on:
        raise BadValue(row=row, field="last_day", reason="after the last day in service")


def _write(session: Session, careers: Mapping[int, Career], posts: Sequence[Appointment]) -> None:
    """Write posts; PostgreSQL refuses the same one twice, and two secondments, in the same days: it is named then."""
    try:
        with session.begin_nested():
            session.add_all(posts)
    except IntegrityError as error:
        for row, post in enumerate(posts):
            try:
                with session.begin_nested():
                    session.add(post)
            except IntegrityError:
                raise PostHeld(row=row, name=careers[post.official_id].official.full_name) from error
        raise


def _end(session: Session, row: int, career: Career, post: Appointment, day: date) -> None:
    """Write the end of a post, which may come to overlap another if it is later than planned."""
    try:
        with session.begin_nested():
            post.valid_to = day
    except IntegrityError as error:
        raise PostHeld(row=row, name=career.official.full_name) from error

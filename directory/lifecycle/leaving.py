"""Leaving the service: retirement, resignation, the end of a contract; at once or with the end of a day to come."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment, posts_of
from directory.audit import record, record_all
from directory.base import Actor, dated
from directory.errors import BadValue, Merged, NotLeaving, OutOfService
from directory.lifecycle.careers import Career, careers_of
from directory.lifecycle.closing import close_accounts
from directory.lifecycle.forwarding import Forward, forward
from directory.lifecycle.particulars import plain_text
from directory.lifecycle.quarantine import quarantine
from directory.lifecycle.reach import mark_with_role_mailboxes
from directory.lifecycle.standing import refuse_unseen
from directory.mailboxes import Mailbox
from directory.officials import Official
from directory.policies import effective_values
from directory.positions import value_for

FURTHEST = timedelta(days=2 * 366)
"""A day further ahead is more likely a slip of the pen than a plan."""
_TOGETHER = 500


@dataclass(frozen=True)
class Leaving:
    """An official is in service for the last time on a day; without one, today is the first day out of service."""

    official_id: int
    last_day: date | None = None
    forward_to: str | None = None
    """An address under .gov.vn to which mail goes on while the mailbox is kept, if the agency's policy allows it."""
    reason: str = ""
    seen: str | None = None
    """Where the official stood when somebody opened the page (`standings`); None: the later word holds."""


def leave(session: Session, actor: Actor, leavings: Sequence[Leaving]) -> list[Official]:
    """Let officials leave, with or without an account; errors carry `row`. Said again, the later word holds.

    Until the day comes it can be taken back (`stay`); then it is carried out by itself, see `carry_out_leavings`.
    """
    if not leavings:
        return []
    careers = careers_of(session, actor, {each.official_id for each in leavings})
    refuse_unseen(session, careers, [(each.official_id, each.seen) for each in leavings])
    seen: set[int] = set()
    days: list[date] = []
    for row, each in enumerate(leavings):
        days.append(_first_day_out(actor, row, careers[each.official_id], each))
        if each.official_id in seen:
            raise BadValue(row=row, field="official_id", reason="stands twice among those who leave")
        seen.add(each.official_id)
    forwards = [Forward(row, careers[each.official_id], each.forward_to) for row, each in enumerate(leavings)]
    changed = forward(session, forwards)
    for each, day in zip(leavings, days, strict=True):
        career = careers[each.official_id]
        if career.official.leaves_on == day and each.official_id not in changed:
            continue
        career.official.leaves_on = day
        detail = {"last_day": (day - timedelta(days=1)).isoformat(), "reason": plain_text("reason", each.reason)}
        if each.forward_to:
            detail["forward_to"] = each.forward_to.strip().lower()
        record(session, actor, "official.leaving", career.subject, career.post.agency_id, **detail)
    session.flush()
    now = [each.official_id for each, day in zip(leavings, days, strict=True) if day <= actor.today]
    _carry_out(session, actor, {id_: careers[id_].official.leaves_on or actor.today for id_ in now})
    return [careers[each.official_id].official for each in leavings]


def stay(session: Session, actor: Actor, official_ids: Collection[int], reason: str = "") -> list[Official]:
    """Take back leavings whose day has not come; nothing has happened yet, so nothing has to be given back."""
    careers = careers_of(session, actor, official_ids)
    staying = set(
        session.scalars(
            update(Official)
            .where(Official.id.in_(careers), Official.leaves_on > actor.today)
            .values(leaves_on=None)
            .returning(Official.id)
        )
    )
    forward(session, [Forward(0, career, None) for career in careers.values()])
    for id_, career in careers.items():
        if id_ not in staying:
            raise NotLeaving(name=career.official.full_name)
        why = plain_text("reason", reason)
        record(session, actor, "official.stays", career.subject, career.post.agency_id, reason=why)
    session.flush()
    return [career.official for career in careers.values()]


def carry_out_leavings(session: Session, actor: Actor) -> int:
    """Carry out some of the leavings whose day has come; give how many they were, none when all is done."""
    rows = session.execute(
        select(Official.id, Official.leaves_on)
        .where(Official.leaves_on <= actor.today)
        .order_by(Official.id)
        .limit(_TOGETHER)
        .with_for_update(skip_locked=True)
    ).all()
    _carry_out(session, actor, {id_: day for id_, day in rows if day is not None})
    return len(rows)


def _first_day_out(actor: Actor, row: int, career: Career, leaving: Leaving) -> date:
    """Give the first day on which the official is out of service, if it can be."""
    official, post = career.official, career.post
    if official.merged_into_id is not None:
        raise Merged(row=row)
    if career.has_left(actor.today):
        raise OutOfService(row=row, name=official.full_name)
    day = leaving.last_day + timedelta(days=1) if leaving.last_day else actor.today
    if day < min(post.valid_from, actor.today):
        raise BadValue(row=row, field="last_day", reason="before the day on which the present post began")
    if day > actor.today + FURTHEST:
        raise BadValue(row=row, field="last_day", reason="more than two years ahead")
    return day


def _carry_out(session: Session, actor: Actor, days: Mapping[int, date]) -> None:
    """End what officials, by id, have and hold from a day each on: posts, roles, credentials, the mailbox."""
    if not days:
        return
    posts = posts_of(session, days, actor.today)
    opened = select(Account.id, Account.official_id).where(Account.official_id.in_(days), Account.state != "disabled")
    owners: dict[int, int] = dict(session.execute(opened).all())
    close_mailboxes(session, posts, {account: (owner, days[owner]) for account, owner in owners.items()})
    close_accounts(session, actor, {account: days[owner] for account, owner in owners.items()})
    _end_posts(session, days)
    session.execute(update(Official).where(Official.id.in_(days)).values(leaves_on=None))
    names = dict(session.execute(select(Official.id, Official.public_id).where(Official.id.in_(days))).all())
    told = ((f"official:{names[id_]}", posts[id_].agency_id, {"since": days[id_].isoformat()}) for id_ in days)
    record_all(session, actor, "official.retired", told)
    mark_with_role_mailboxes(session, actor, owners, urgent=True)


def close_mailboxes(
    session: Session, posts: Mapping[int, Appointment], leavers: Mapping[int, tuple[int, date]]
) -> None:
    """Close the mailboxes of accounts, by id with the official and the day, each kept as long as its agency says.

    The addresses of one that forwards stay with it until it is kept no longer; the others go into quarantine now.
    """
    wanted = {posts[owner].agency_id for owner, _ in leavers.values()}
    agencies = session.scalars(select(Agency).where(Agency.id.in_(wanted))).all()
    policies = effective_values(session, agencies, ["quarantine_days", "mailbox_kept_months"])
    rows = session.execute(
        select(Mailbox.id, Mailbox.account_id, Mailbox.forward_to).where(Mailbox.account_id.in_(leavers))
    )
    kept, quarantined = {}, {}
    for mailbox_id, account_id, forward_to in rows:
        owner, day = leavers[account_id or 0]
        post = posts[owner]
        values = policies[post.agency_id]
        months = value_for(values["mailbox_kept_months"], post.title, post.rank)
        kept[mailbox_id] = months_after(day, months) - timedelta(days=1)
        if forward_to is None:
            quarantined[mailbox_id] = day + timedelta(days=values["quarantine_days"])
    if kept:
        given = dated(kept)
        session.execute(
            update(Mailbox)
            .where(Mailbox.id == given.c.id)
            .values(state="disabled", kept_until=given.c.day)
            .execution_options(synchronize_session="fetch")
        )
    quarantine(session, quarantined)


def _end_posts(session: Session, days: Mapping[int, date]) -> None:
    """End all posts; one that would have begun later is forgotten, unless it is all there is: then it is called off."""
    given, earlier = dated(days), aliased(Appointment)
    has_earlier = (
        select(earlier.id)
        .where(earlier.official_id == Appointment.official_id, earlier.kind == "primary")
        .where(earlier.valid_from < given.c.day)
        .exists()
    )
    session.execute(
        delete(Appointment)
        .where(Appointment.official_id == given.c.id, Appointment.valid_from >= given.c.day, has_earlier)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(Appointment)
        .where(Appointment.official_id == given.c.id)
        .where(or_(Appointment.valid_to.is_(None), Appointment.valid_to > given.c.day))
        .values(valid_to=func.greatest(Appointment.valid_from, given.c.day), address_follows=False)
        .execution_options(synchronize_session="fetch")
    )


def months_after(day: date, months: int) -> date:
    """Give the same day some months later, or the last of that month if it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

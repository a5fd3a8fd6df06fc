"""Rollouts: a policy that was changed reaches what exists already, 500 at a time, each batch one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.sql import ColumnElement

from directory import due
from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.audit import record
from directory.base import Actor
from directory.credentials.obligations import Obligations, obligations_of_all
from directory.credentials.sessions import end_unproven, hold_sessions_to
from directory.mailboxes import Mailbox
from directory.policies import HOLDABLE, Policy, Rollout, effective_values
from directory.positions import value_for

BATCH = 500
_LOOK_BACK = timedelta(days=7)
"""How long the service may have been down on the day on which a post began."""


def touched(agency: Agency, name: str, *, is_held: bool) -> ColumnElement[bool]:
    """Give the condition on `Agency` rows that this agency decides a policy there: it, and those that inherit it.

    One that is held reaches all below: of those who set their own it takes the place unless that is as strict.
    """
    below = Agency.path.op("<@")(literal(agency.path, Agency.path.type))
    if is_held:
        return below
    setter = aliased(Agency)
    own = (
        select(Policy.agency_id)
        .join(setter, setter.id == Policy.agency_id)
        .where(Policy.name == name, setter.id != agency.id)
        .where(setter.path.op("<@")(agency.path), setter.path.op("@>")(Agency.path))
        .correlate(Agency)
    )
    return below & ~own.exists()


def people_of(actor: Actor, agency: Agency, name: str, *, is_held: bool | None = None) -> Select[*tuple[Any, ...]]:
    """Select the accounts whose officials have their primary post where an agency decides a policy.

    Without a word on whether it is held, all below are taken where it may be, or may have been until now.
    """
    reaches_all = name in HOLDABLE if is_held is None else is_held
    return (
        select(Account.id, Appointment.agency_id, Appointment.title, Appointment.rank)
        .join(Appointment, Appointment.official_id == Account.official_id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .where(Appointment.kind == "primary", held_on(actor.today), touched(agency, name, is_held=reaches_all))
    )


def follow_positions(session: Session, actor: Actor, account_ids: Sequence[int]) -> list[int]:
    """Make mailboxes as large as the position held today says; give the accounts whose entries must follow."""
    rows = session.execute(
        select(Account.id, Appointment.agency_id, Appointment.title, Appointment.rank)
        .join(Appointment, Appointment.official_id == Account.official_id)
        .where(Appointment.kind == "primary", held_on(actor.today))
        .where(Account.id == func.any(bindparam("ids", type_=ARRAY(Account.id.type)))),
        {"ids": sorted(account_ids)},
    ).all()
    return _resize_people(session, actor, rows)


def follow_new_posts(session: Session, actor: Actor, after_id: int = 0, size: int = BATCH) -> int | None:
    """Let mailboxes follow posts that began in the last days, 500 accounts after an id; give the last id, if any."""
    begun = (Appointment.valid_from <= actor.today) & (Appointment.valid_from > actor.today - _LOOK_BACK)
    rows = session.execute(
        select(Account.id, Appointment.agency_id, Appointment.title, Appointment.rank)
        .join(Appointment, Appointment.official_id == Account.official_id)
        .where(Appointment.kind == "primary", held_on(actor.today), begun, Account.id > after_id)
        .order_by(Account.id)
        .limit(size)
    ).all()
    due.mark(session, actor, "account", _resize_people(session, actor, rows))
    return rows[-1].id if rows else None


def role_mailboxes_of(_actor: Actor, agency: Agency, name: str) -> Select[*tuple[Any, ...]]:
    """Select the role mailboxes of where an agency decides a policy."""
    return (
        select(Mailbox.id, Mailbox.agency_id)
        .join(Agency, Agency.id == Mailbox.agency_id)
        .where(Mailbox.kind == "role", touched(agency, name, is_held=False))
    )


def _resize_people(session: Session, _actor: Actor, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[int]:
    """Make personal mailboxes as large as the quota of each position says."""
    tables = _values(session, rows, ["quota_rules"])
    wanted = {row.id: value_for(tables[row.agency_id]["quota_rules"], row.title, row.rank) for row in rows}
    return _resize(session, Mailbox.account_id, wanted)


def _resize_roles(session: Session, _actor: Actor, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[int]:
    """Make role mailboxes as large as the policy says."""
    tables = _values(session, rows, ["role_quota_bytes"])
    return _resize(session, Mailbox.id, {row.id: tables[row.agency_id]["role_quota_bytes"] for row in rows})


def _resize(session: Session, key: InstrumentedAttribute[Any], wanted: dict[int, int]) -> list[int]:
    """Resize mailboxes that are in use and have another size; give the keys of those."""
    sizes = (
        func.unnest(
            literal(list(wanted), ARRAY(Mailbox.id.type)),
            literal(list(wanted.values()), ARRAY(Mailbox.quota_bytes.type)),
        )
        .table_valued("id", "size")
        .render_derived()
    )
    resized = session.scalars(
        update(Mailbox)
        .where(key == sizes.c.id, Mailbox.state != "disabled", Mailbox.quota_bytes != sizes.c.size)
        .values(quota_bytes=sizes.c.size)
        .returning(key)
        .execution_options(synchronize_session=False)
    )
    return list(resized)


def _follow_sessions(session: Session, actor: Actor, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[int]:
    """Let open sessions end as the policies of each account's agency say now."""
    return hold_sessions_to(session, actor, _obligations(session, actor, rows))


def _ask_for_factors(session: Session, actor: Actor, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[int]:
    """Sign out whoever must have a second factor now and came in without: at the next sign-in it is enrolled."""
    obliged = _obligations(session, actor, rows)
    return end_unproven(session, actor, {row.id: row.agency_id for row in rows if obliged[row.id].demands_factor})


def _obligations(session: Session, actor: Actor, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[int, Obligations]:
    """Give what holds for each account."""
    agencies = {agency.id: agency for agency in _agencies(session, rows)}
    return obligations_of_all(session, actor, {row.id: agencies[row.agency_id] for row in rows})


def _values(session: Session, rows: Sequence[Row[*tuple[Any, ...]]], names: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Give the policies that hold now at the agencies of some rows: a batch never does what was said earlier."""
    return effective_values(session, _agencies(session, rows), names)


def _agencies(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> Sequence[Agency]:
    """Give the agencies of some rows."""
    ids = {row.agency_id for row in rows}
    return session.scalars(
        select(Agency).where(Agency.id == func.any(bindparam("ids", type_=ARRAY(Agency.id.type)))), {"ids": sorted(ids)}
    ).all()


@dataclass(frozen=True)
class Follower:
    """Whom a policy concerns that exists already, how they follow, and whose entry shows it."""

    subjects: Callable[[Actor, Agency, str], Select[*tuple[Any, ...]]]
    key: InstrumentedAttribute[Any]
    follow: Callable[[Session, Actor, Sequence[Row[*tuple[Any, ...]]]], list[int]]
    entry: due.Subject | None = None


_OF_SESSIONS = Follower(people_of, Account.id, _follow_sessions)
FOLLOWERS = {
    "quota_rules": Follower(people_of, Account.id, _resize_people, "account"),
    "role_quota_bytes": Follower(role_mailboxes_of, Mailbox.id, _resize_roles, "mailbox"),
    "second_factor": Follower(people_of, Account.id, _ask_for_factors),
    "password_profile": _OF_SESSIONS,
    "session_idle_minutes": _OF_SESSIONS,
    "session_hours": _OF_SESSIONS,
}
"""The policies that what exists already must follow. The others are asked when they are used."""


def begin_rollout(session: Session, actor: Actor, agency: Agency, name: str, value: Any) -> Rollout | None:  # noqa: ANN401 - whatever a policy has
    """Begin to roll out a policy that an agency just set or withdrew, in place of a rollout still under way."""
    follower = FOLLOWERS.get(name)
    if follower is None:
        return None
    session.execute(
        update(Rollout)
        .where(Rollout.agency_id == agency.id, Rollout.name == name, Rollout.finished_at.is_(None))
        .values(finished_at=actor.now)
    )
    since = value["since"] if name == "second_factor" else None
    subjects = follower.subjects(actor, agency, name).subquery()
    rollout = Rollout(
        agency_id=agency.id,
        name=name,
        begun_at=actor.now,
        begun_by=actor.account_id,
        starts_on=max(actor.today, date.fromisoformat(since)) if since else actor.today,
        total=session.scalar(select(func.count()).select_from(subjects)) or 0,
    )
    session.add(rollout)
    session.flush()
    session.info["rollouts"] = True
    return rollout


def roll_out_next(session: Session, actor: Actor, size: int = BATCH) -> bool:
    """Do the next batch of a rollout whose day has come and that nobody else works on; say whether there was one.

    What a batch did, and how far it came, is one transaction: killed in the middle, it is done again as a whole.
    """
    rollout = session.scalar(
        select(Rollout)
        .where(Rollout.finished_at.is_(None), Rollout.starts_on <= actor.today)
        .order_by(Rollout.starts_on, Rollout.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if rollout is None:
        return False
    agency, follower = session.get_one(Agency, rollout.agency_id), FOLLOWERS[rollout.name]
    subjects = follower.subjects(actor, agency, rollout.name).where(follower.key > rollout.after_id)
    rows = session.execute(subjects.order_by(follower.key).limit(size)).all()
    if rows:
        changed = follower.follow(session, actor, rows)
        if follower.entry:
            due.mark(session, actor, follower.entry, changed)
        rollout.looked_at += len(rows)
        rollout.changed += len(changed)
        rollout.after_id = rows[-1].id
    if len(rows) < size:
        rollout.finished_at = actor.now
        detail = {"name": rollout.name, "looked_at": rollout.looked_at, "changed": rollout.changed}
        record(session, actor, "policy.rolled_out", f"agency:{agency.public_id}", agency.id, **detail)
    session.flush()
    session.info["rollouts"] = True
    return True

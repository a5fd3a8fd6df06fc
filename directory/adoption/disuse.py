"""Accounts that nobody uses: their holders are told, and a week later the accounts are suspended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, cast, func, select, update
from sqlalchemy.orm import Session, aliased

from directory.accounts import Account
from directory.adoption.tables import UseDay
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import VIETNAM, Actor, dated
from directory.grants import Action, may
from directory.lifecycle.rollouts import touched
from directory.lifecycle.settings import Setting
from directory.lifecycle.suspension import suspend_unused
from directory.notices import notify_all
from directory.policies import Policy, effective_values

WARNED_BEFORE = timedelta(days=7)
_POLICIES = ("unused_days", "password_profile")
_AT_MOST = {"vn-l3": 45}
"""Days, by password profile, whatever the agency would allow."""


def unused_days(policies: Mapping[str, Any]) -> int | None:
    """Give after how many days without use an account is suspended (None: never)."""
    chosen: int | None = policies["unused_days"]
    most = _AT_MOST.get(policies["password_profile"])
    return min(chosen or most, most) if most else chosen


def suspend_disused(session: Session, actor: Actor, after_id: int = 0, size: int = 500) -> int | None:
    """Look at the next accounts after an id: warn, or suspend those warned a week ago; give the last id, if any.

    Nobody is suspended without a warning since the last use, also when the policy is new. Done twice it changes
    nothing more. Use is a day of use, the activation, or having been reinstated.
    """
    rows = _activated(session, actor, after_id, size)
    agencies = session.scalars(select(Agency).where(Agency.id.in_({row.agency_id for row in rows}))).all()
    limits = {id_: unused_days(policies) for id_, policies in effective_values(session, agencies, _POLICIES).items()}
    warned, unused = [], {}
    for row in rows:
        limit = limits[row.agency_id]
        if limit is None:
            continue
        was_warned = row.warned_on is not None and row.warned_on > row.used_on
        if not was_warned and actor.today >= row.used_on + timedelta(days=limit) - WARNED_BEFORE:
            warned.append(row.id)
        elif was_warned and actor.today >= max(row.used_on + timedelta(days=limit), row.warned_on + WARNED_BEFORE):
            unused[row.id] = (actor.today - row.used_on).days
    if warned:
        session.execute(update(Account).where(Account.id.in_(warned)).values(warned_on=actor.today))
        notify_all(session, actor, warned, "unused_account", day=f"{actor.today + WARNED_BEFORE:%d/%m/%Y}")
    if unused:
        suspend_unused(session, actor, unused)
    return rows[-1].id if rows else None


def foresee_unused(session: Session, actor: Actor, setting: Setting) -> int:
    """Count who would be told the next night, and suspended a week later, if an agency set a policy so.

    They are the active accounts unused for so long already; whoever uses theirs within the week keeps it.
    """
    name = setting.name
    may(session, actor, Action.AGENCY, setting.agency_id)
    if name not in _POLICIES:
        return 0
    where = touched(session.get_one(Agency, setting.agency_id), name, is_held=setting.is_held)
    policies = effective_values(session, session.scalars(select(Agency).where(where)), _POLICIES)
    limits = {id_: unused_days({**values, name: setting.value}) for id_, values in policies.items()}
    last_days = dated(
        {id_: actor.today - timedelta(days=days) + WARNED_BEFORE for id_, days in limits.items() if days is not None}
    )
    used_since = select(UseDay.account_id).where(UseDay.account_id == Account.id, UseDay.day > last_days.c.day)
    unused = (
        select(func.count())
        .select_from(Account)
        .join(Appointment, Appointment.official_id == Account.official_id)
        .join(last_days, last_days.c.id == Appointment.agency_id)
        .where(Account.state == "active", Appointment.kind == "primary", held_on(actor.today))
        .where(func.greatest(_began(), Account.reinstated_on) <= last_days.c.day)
        .where(~used_since.correlate(Account, last_days).exists())
    )
    return session.scalar(unused) or 0


def _began() -> ColumnElement[date]:
    """Give the Vietnamese day on which an account was activated."""
    return cast(func.timezone(str(VIETNAM), func.coalesce(Account.activated_at, Account.created_at)), Date)


def _activated(session: Session, actor: Actor, after_id: int, size: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Read and lock activated accounts of agencies with a say in this, with the day on which each was used last."""
    setter = aliased(Agency)
    has_say = (
        select(Policy.agency_id)
        .join(setter, setter.id == Policy.agency_id)
        .where(Policy.name.in_(_POLICIES), setter.path.op("@>")(Agency.path))
        .correlate(Agency)
    )
    last = select(func.max(UseDay.day)).where(UseDay.account_id == Account.id).correlate(Account).scalar_subquery()
    return session.execute(
        select(
            Account.id,
            Appointment.agency_id,
            Account.warned_on,
            func.greatest(last, _began(), Account.reinstated_on).label("used_on"),
        )
        .join(Appointment, Appointment.official_id == Account.official_id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .where(Account.state == "active", Account.id > after_id)
        .where(Appointment.kind == "primary", held_on(actor.today), has_say.exists())
        .order_by(Account.id)
        .limit(size)
        .with_for_update(key_share=True, of=Account, skip_locked=True)
    ).all()

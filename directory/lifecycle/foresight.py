"""What a change of a policy comes to, before anything is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Actor
from directory.credentials.tables import Totp
from directory.grants import Action, Grant, in_force, may
from directory.lifecycle.policy_values import check_value, refuse_looser
from directory.lifecycle.rollouts import FOLLOWERS, people_of, role_mailboxes_of, touched
from directory.lifecycle.settings import Setting
from directory.mailboxes import Mailbox
from directory.positions import value_for


@dataclass(frozen=True)
class Foreseen:
    """Whom a changed policy touches: agencies that inherit it and officials who work there."""

    agencies: int
    officials: int
    is_rolled_out: bool
    """What exists already follows; otherwise the policy is asked for from the next use on."""
    larger: int = 0
    smaller: int = 0
    """Mailboxes that get another size."""
    to_enrol: int = 0
    """Active officials who have no second factor and will need one."""


def foresee(session: Session, actor: Actor, setting: Setting) -> Foreseen:
    """Count whom a value of a policy would touch, if an agency set it, held it or inherited it."""
    name, value = setting.name, setting.value
    may(session, actor, Action.AGENCY, setting.agency_id)
    check_value(name, value)
    agency = session.get_one(Agency, setting.agency_id)
    refuse_looser(session, agency, name, value)
    where = touched(agency, name, is_held=setting.is_held)
    agencies = session.scalar(select(func.count(Agency.id)).where(where, Agency.valid_to.is_(None)))
    people = people_of(actor, agency, name, is_held=setting.is_held).subquery()
    officials = session.scalar(select(func.count()).select_from(people))
    counts: dict[str, int] = {}
    if name == "quota_rules":
        counts = _resized(session, actor, agency, value)
    elif name == "role_quota_bytes":
        counts = _resized_roles(session, actor, agency, value)
    elif name == "second_factor":
        counts = {"to_enrol": _to_enrol(session, actor, people, value["who"])}
    return Foreseen(agencies or 0, officials or 0, name in FOLLOWERS, **counts)


def _resized(session: Session, actor: Actor, agency: Agency, table: dict[str, Any]) -> dict[str, int]:
    """Count personal mailboxes that a rule table resizes; people of one position and size are one row."""
    people = people_of(actor, agency, "quota_rules").subquery()
    rows = session.execute(
        select(people.c.title, people.c.rank, Mailbox.quota_bytes, func.count())
        .join(people, people.c.id == Mailbox.account_id)
        .where(Mailbox.state != "disabled")
        .group_by(people.c.title, people.c.rank, Mailbox.quota_bytes)
    )
    changes = [(value_for(table, title, rank) - size, number) for title, rank, size, number in rows]
    return {
        "larger": sum(number for change, number in changes if change > 0),
        "smaller": sum(number for change, number in changes if change < 0),
    }


def _resized_roles(session: Session, actor: Actor, agency: Agency, size: int) -> dict[str, int]:
    """Count role mailboxes that get another size."""
    boxes = role_mailboxes_of(actor, agency, "role_quota_bytes").subquery()
    larger, smaller = session.execute(
        select(
            func.count().filter(Mailbox.quota_bytes < size),
            func.count().filter(Mailbox.quota_bytes > size),
        ).where(Mailbox.id.in_(select(boxes.c.id)), Mailbox.state != "disabled")
    ).one()
    return {"larger": larger, "smaller": smaller}


def _to_enrol(session: Session, actor: Actor, people: Subquery, who: str) -> int:
    """Count active officials who have no second factor and must have one by a rule."""
    if who == "nobody":
        return 0
    wanted = select(func.count()).select_from(people).join(Account, Account.id == people.c.id)
    wanted = wanted.where(Account.state == "active", Account.id.not_in(select(Totp.account_id)))
    if who == "roles":
        wanted = wanted.where(Account.id.in_(select(Grant.account_id).where(in_force(actor.today))))
    return session.scalar(wanted) or 0

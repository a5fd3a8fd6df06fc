"""What an agency's policies demand of those who sign in: a second factor, long passwords, sessions that end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials.holders import agency_of
from directory.grants import Grant, in_force
from directory.policies import DEFAULTS, effective_values

POLICIES = ("second_factor", "password_profile", "session_idle_minutes", "session_hours")
_LEAST_LENGTH = {"nist": (8, 15), "vn-l3": (8, 14)}
"""By profile: with a second factor, and without."""
_MOST_IDLE = {"vn-l3": (15, 5)}
"""Minutes, whatever the agency would allow: of those without a role, and of those with one."""
_REMEMBERED = {"vn-l3": 10}


@dataclass(frozen=True)
class Obligations:
    """What holds for one account on one day."""

    policies: Mapping[str, Any]
    today: date
    has_role: bool

    @property
    def demands_factor(self) -> bool:
        """Say whether a second factor is demanded."""
        rule = self.policies["second_factor"]
        if rule["since"] is not None and self.today < date.fromisoformat(rule["since"]):
            return False
        return rule["who"] == "everybody" or (rule["who"] == "roles" and self.has_role)

    @property
    def idle_minutes(self) -> int:
        """Give how long a session may lie idle."""
        most = _MOST_IDLE.get(self.policies["password_profile"])
        allowed = int(self.policies["session_idle_minutes"])
        return min(allowed, most[self.has_role]) if most else allowed

    @property
    def hours(self) -> int:
        """Give how long a session may last."""
        return int(self.policies["session_hours"])

    def least_length(self, *, has_factor: bool) -> int:
        """Give how many characters a password needs at least."""
        with_factor, without = _LEAST_LENGTH[self.policies["password_profile"]]
        return with_factor if has_factor or self.demands_factor else without

    @property
    def remembered(self) -> int:
        """Give how many passwords, the present one included, must not be taken again."""
        return _REMEMBERED.get(self.policies["password_profile"], 0)


def obligations_of(session: Session, actor: Actor, account: Account) -> Obligations:
    """Give what holds for an account today; one without a post keeps to the defaults."""
    agency = agency_of(session, actor, account)
    policies = effective_values(session, [agency], POLICIES)[agency.id] if agency else DEFAULTS
    return Obligations(policies, actor.today, account.id in with_role(session, actor, [account.id]))


def with_role(session: Session, actor: Actor, account_ids: list[int]) -> set[int]:
    """Give those accounts that have a role today, anywhere."""
    held = select(Grant.account_id).where(Grant.account_id.in_(account_ids), in_force(actor.today))
    return set(session.scalars(held))

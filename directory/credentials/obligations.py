"""What an agency's policies demand of those who sign in: a second factor, long passwords, sessions that end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
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
    """What holds for one account on one day: of all that is demanded, the strictest."""

    policies: Sequence[Mapping[str, Any]]
    """Of the agency of the main post, and of every one over which the account has a role."""
    today: date
    has_role: bool

    @property
    def demands_factor(self) -> bool:
        """Say whether a second factor is demanded."""
        return any(self._demands_factor(policies["second_factor"]) for policies in self.policies)

    def _demands_factor(self, rule: Mapping[str, Any]) -> bool:
        """Say whether one rule demands a second factor."""
        if rule["since"] is not None and self.today < date.fromisoformat(rule["since"]):
            return False
        return rule["who"] == "everybody" or (rule["who"] == "roles" and self.has_role)

    @property
    def idle_minutes(self) -> int:
        """Give how long a session may lie idle."""
        most = [_MOST_IDLE[profile][self.has_role] for profile in self._profiles if profile in _MOST_IDLE]
        return min([*most, *(int(policies["session_idle_minutes"]) for policies in self.policies)])

    @property
    def hours(self) -> int:
        """Give how long a session may last."""
        return min(int(policies["session_hours"]) for policies in self.policies)

    def least_length(self, *, has_factor: bool) -> int:
        """Give how many characters a password needs at least."""
        alone = not (has_factor or self.demands_factor)
        return max(_LEAST_LENGTH[profile][alone] for profile in self._profiles)

    @property
    def remembered(self) -> int:
        """Give how many passwords, the present one included, must not be taken again."""
        return max(_REMEMBERED.get(profile, 0) for profile in self._profiles)

    @property
    def _profiles(self) -> list[str]:
        """Give the password profiles that hold."""
        return [policies["password_profile"] for policies in self.policies]


def obligations_of(session: Session, actor: Actor, account: Account) -> Obligations:
    """Give what holds for an account today."""
    return obligations_of_all(session, actor, {account.id: agency_of(session, actor, account)})[account.id]


def obligations_of_all(session: Session, actor: Actor, homes: Mapping[int, Agency | None]) -> dict[int, Obligations]:
    """Give what holds for accounts today, by id with the agency of the main post; without one, the defaults.

    What an agency demands holds for whoever has a role over it, wherever that one works: else the operator of a
    department could set a policy that takes the second factor from the operator of the ministry who works there.
    """
    held = session.execute(
        select(Grant.account_id, Agency)
        .join(Agency, Agency.id == Grant.agency_id)
        .where(Grant.account_id.in_(homes), in_force(actor.today))
    ).all()
    above: dict[int, dict[int, Agency]] = {}
    for account_id, agency in held:
        above.setdefault(account_id, {})[agency.id] = agency
    agencies = {home.id: home for home in homes.values() if home} | {agency.id: agency for _, agency in held}
    demanded = effective_values(session, agencies.values(), POLICIES)
    return {
        account_id: Obligations(
            [demanded[home.id] if home else DEFAULTS, *(demanded[each] for each in above.get(account_id, ()))],
            actor.today,
            account_id in above,
        )
        for account_id, home in homes.items()
    }

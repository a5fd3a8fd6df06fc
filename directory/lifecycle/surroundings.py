"""What an agency gives to those who work there: its domains, its policies and its short name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.domains import Domain, domains_of
from directory.lifecycle.allotment import Wish
from directory.mailboxes import Mailbox
from directory.naming import Withheld, candidates, split_name
from directory.policies import effective_values
from directory.positions import value_for

_NAMES = ("naming_patterns", "reserved_locals", "forbidden_locals", "quota_rules", "role_quota_bytes")


@dataclass(frozen=True)
class Surroundings:
    """An agency with what it has itself or inherits from those above."""

    agency: Agency
    domains: Sequence[Domain]
    policies: dict[str, Any]
    unit: str | None
    """The nearest short name, for `{unit}` in naming patterns."""

    def in_target(self, target: str) -> Surroundings:
        """Give the same with only the domains of one target: a mailbox gets no address in a domain of another."""
        domains = [each for each in self.domains if each.target == target]
        return self if len(domains) == len(self.domains) else replace(self, domains=domains)

    def wish(self, row: int, full_name: str, wanted: str | None) -> Wish:
        """Give the wish for a personal address of an official here."""
        found = candidates(split_name(full_name), self.policies["naming_patterns"], self.unit, self.withheld)
        return Wish(row, full_name, self.agency.name, self.domains, found, wanted or None, withheld=self.withheld)

    @cached_property
    def _quotas(self) -> dict[tuple[str, str | None], int]:
        """By title and rank, because many have the same."""
        return {}

    @cached_property
    def withheld(self) -> Withheld:
        """Give the local parts that this agency withholds."""
        return Withheld.by(self.policies)

    def quota(self, title: str, rank: str | None) -> int:
        """Give how large the mailbox of somebody in this position is here."""
        found = self._quotas.get((title, rank))
        if found is None:
            found = self._quotas[title, rank] = value_for(self.policies["quota_rules"], title, rank)
        return found

    def role_wish(self, row: int, mailbox: Mailbox, wanted: str) -> Wish:
        """Give the wish for the address of a role mailbox here: the wanted one or none."""
        return Wish(
            row,
            mailbox.name,
            self.agency.name,
            self.domains,
            iter(()),
            wanted,
            mailbox_id=mailbox.id,
            is_role=True,
            withheld=self.withheld,
        )


def surroundings_of(session: Session, agency_ids: Iterable[int]) -> dict[int, Surroundings]:
    """Give the surroundings of many agencies, by agency id, in four statements."""
    agencies = session.scalars(select(Agency).where(Agency.id.in_(set(agency_ids)))).all()
    lines = {agency.id: [int(label) for label in agency.path.split(".")] for agency in agencies}
    above = {each for line in lines.values() for each in line}
    short_names = dict(session.execute(select(Agency.id, Agency.short_name).where(Agency.id.in_(above))).all())
    domains = domains_of(session, agencies)
    policies = effective_values(session, agencies, _NAMES)
    return {
        agency.id: Surroundings(
            agency,
            domains[agency.id],
            policies[agency.id],
            next((name for each in reversed(lines[agency.id]) if (name := short_names[each])), None),
        )
        for agency in agencies
    }

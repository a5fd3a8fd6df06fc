"""Appoint: enlist newcomers and open their accounts in one step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.base import Actor
from directory.errors import NoDomain
from directory.grants import Action, may
from directory.lifecycle.enlistment import Newcomer, enlist
from directory.lifecycle.opening import Opening, open_accounts
from directory.lifecycle.surroundings import surroundings_of
from directory.naming import Candidate

_LOOK = 24


def appoint(session: Session, actor: Actor, newcomers: Sequence[Newcomer]) -> list[Account]:
    """Create officials, each with a post, an account, a mailbox and a primary address; errors carry `row`."""
    officials = enlist(session, actor, newcomers)
    openings = [Opening(official.id, newcomer.address) for official, newcomer in zip(officials, newcomers, strict=True)]
    return open_accounts(session, actor, openings)


def propose(session: Session, actor: Actor, agency_id: int, full_name: str, limit: int = 5) -> list[Candidate]:
    """Give free addresses, the first the one that `appoint` would take now, with the pattern each comes from."""
    may(session, actor, Action.APPOINT, agency_id)
    here = surroundings_of(session, [agency_id])[agency_id]
    if not here.domains:
        raise NoDomain(agency=here.agency.name)
    domain, proposals = here.domains[0], list(islice(here.wish(0, full_name, None).candidates, _LOOK))
    used = set(
        session.scalars(
            select(Address.local).where(
                Address.domain_id == domain.id, Address.local.in_([each.local for each in proposals])
            )
        )
    )
    free = [Candidate(f"{each.local}@{domain.name}", each.reason) for each in proposals if each.local not in used]
    return free[:limit]

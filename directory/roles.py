"""Roles as the page of an agency shows them: who has which one there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.grants import Action, Grant, may
from directory.officials import Official


@dataclass(frozen=True)
class Given:
    """A role that somebody has over an agency, today or from a day to come."""

    grant_id: int
    role: str
    full_name: str
    official_public_id: str
    valid_from: date
    valid_to: date | None


def roles_at(session: Session, actor: Actor, agency_id: int) -> Sequence[Given]:
    """List the roles given over an agency itself; those over agencies above reach it too."""
    may(session, actor, Action.GRANT, agency_id)
    rows = session.execute(
        select(Grant, Official)
        .join(Account, Account.id == Grant.account_id)
        .join(Official, Official.id == Account.official_id)
        .where(Grant.agency_id == agency_id, or_(Grant.valid_to.is_(None), Grant.valid_to > actor.today))
        .order_by(Grant.role, Official.given, Official.family, Official.middle, Grant.id)
    )
    return [
        Given(grant.id, grant.role, official.full_name, official.public_id, grant.valid_from, grant.valid_to)
        for grant, official in rows
    ]

"""Appoint: enlist newcomers and open their accounts in one step."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.lifecycle.enlistment import Newcomer, enlist
from directory.lifecycle.opening import Opening, open_accounts


def appoint(session: Session, actor: Actor, newcomers: Sequence[Newcomer]) -> list[Account]:
    """Create officials, each with a post, an account, a mailbox and a primary address; errors carry `row`."""
    officials = enlist(session, actor, newcomers)
    openings = [Opening(official.id, newcomer.address) for official, newcomer in zip(officials, newcomers, strict=True)]
    return open_accounts(session, actor, openings)

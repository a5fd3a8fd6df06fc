"""Appoint: enlist newcomers and open their accounts in one step."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.lifecycle.enlistment import Enlisted, Newcomer, enlist_many
from directory.lifecycle.opening import Opened, Opening, open_accounts, open_many


def appoint(session: Session, actor: Actor, newcomers: Sequence[Newcomer]) -> list[Account]:
    """Create officials, each with a post, an account, a mailbox and a primary address; errors carry `row`."""
    enlisted = enlist_many(session, actor, newcomers)
    return open_accounts(session, actor, _openings(enlisted, newcomers))


def appoint_many(session: Session, actor: Actor, newcomers: Sequence[Newcomer]) -> list[Opened]:
    """Do the same for a list of staff, and give no records but their ids."""
    enlisted = enlist_many(session, actor, newcomers)
    return open_many(session, actor, _openings(enlisted, newcomers))


def _openings(enlisted: Sequence[Enlisted], newcomers: Sequence[Newcomer]) -> list[Opening]:
    """Ask for the addresses that newcomers want."""
    return [Opening(official.id, newcomer.address) for official, newcomer in zip(enlisted, newcomers, strict=True)]

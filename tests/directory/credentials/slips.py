"""Slips in tests: issued and typed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials import activate, issue_activation_codes
from tests.credentials import PASSWORD, tried


def slip(session: Session, actor: Actor, account: Account) -> str:
    """Issue a slip for one account and read its code."""
    ((_, code),) = issue_activation_codes(session, actor, [account.id])
    return code


def use(session: Session, actor: Actor, code: str, password: str = PASSWORD) -> Account:
    """Type a slip's code and a password."""
    return activate(session, actor, tried(session, actor, "activation", "slip"), code, password)

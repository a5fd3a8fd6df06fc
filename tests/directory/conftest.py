"""Fixtures of the book's tests."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.lifecycle import Leaving, leave
from tests.book import House, hire


@pytest.fixture
def gone(session: Session, actor: Actor, house: House) -> Account:
    """Give the account of somebody of the department who has left, and whose mail is kept for six months."""
    (account,) = hire(session, actor, house.department, "Nguyễn Văn An")
    leave(session, actor, [Leaving(account.official_id)])
    return account

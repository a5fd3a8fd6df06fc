"""Fixtures of the book's tests."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from tests.book import House, found_house


@pytest.fixture
def house(session: Session, actor: Actor) -> House:
    """Give the agencies of the small book."""
    return found_house(session, actor)

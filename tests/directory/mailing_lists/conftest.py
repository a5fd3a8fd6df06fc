"""Lists of the small book."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from tests.book import House
from tests.directory.mailing_lists.lists import Lists


@pytest.fixture
def lists(session: Session, actor: Actor, house: House) -> Lists:
    """Give a way to open lists and to ask who is in them."""
    return Lists(session, actor, house)

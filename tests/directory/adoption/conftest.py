"""A country in a session that is rolled back."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.directory.adoption.people import Country, found_country


@pytest.fixture
def country(session: Session) -> Country:
    """Give agencies and a domain, with nobody in them."""
    return found_country(session)

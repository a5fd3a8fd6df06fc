"""Fixtures of agencies that change."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.base import Actor
from tests.book import House, acting, give, hire
from tests.directory.reorganisation.agencies import found


@pytest.fixture
def operator(session: Session, actor: Actor, house: House) -> Actor:
    """Give the operator of the first province as actor."""
    (account,) = hire(session, actor, house.province, "Lê Thị Chi")
    give(session, account, "operator", house.province)
    return acting(actor, account)


@pytest.fixture
def heir(session: Session, actor: Actor, house: House) -> Agency:
    """Give a department that goes on."""
    return found(session, actor, house, "Sở Mới", "H36.90")

"""Officials with credentials, in a session that is rolled back and in a database that keeps what is committed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Actor
from directory.grants import Grant
from provisioning.outbox import Outbox
from tests.book import LONG_AGO, House, found_house, hire
from tests.conftest import KEYS
from tests.credentials import Enrolled, enrol
from tests.ground import Ground, Layer

CROWD = 40


@pytest.fixture
def layers(layers: dict[str, Layer], actor: Actor) -> dict[str, Layer]:
    """Give how the fixtures are made that tests share, with somebody who has enrolled everything."""

    def enrol_an(session: Session) -> Enrolled:
        department = session.scalars(select(Agency).where(Agency.code == "H36.05")).one()
        (account,) = hire(session, actor, department, "Nguyễn Văn An")
        return enrol(session, actor, account)

    return {**layers, "an": enrol_an}


@pytest.fixture
def an(session: Session, ground: Ground, house: House) -> Enrolled:
    """Give an official who has enrolled everything."""
    enrolled: Enrolled = ground.made("an")
    return replace(enrolled, account=session.get_one(Account, enrolled.id))


@pytest.fixture
def binh(session: Session, actor: Actor, house: House) -> Enrolled:
    """Give another official who has enrolled everything."""
    (account,) = hire(session, actor, house.department, "Lê Thị Bình")
    return enrol(session, actor, account)


@pytest.fixture
def crowd(database_url: str) -> Iterator[Outbox]:
    """Give transactions that commit, with a connection for each of forty requests at once."""
    engine = create_engine(database_url, pool_size=CROWD)
    yield Outbox(engine=engine, keys=KEYS, wake=lambda _session, _wake_up: None)
    engine.dispose()


@pytest.fixture
def lan(crowd: Outbox, actor: Actor) -> Enrolled:
    """Give an official who has enrolled everything, for all connections to see."""
    with crowd.transaction() as session:
        (account,) = hire(session, actor, found_house(session, actor).department, "Trần Thị Lan")
        return enrol(session, actor, account)


@pytest.fixture
def newcomer(session: Session, actor: Actor, house: House) -> Account:
    """Give an official who has not activated the account."""
    (account,) = hire(session, actor, house.department, "Đỗ Minh Khôi", state="pending")
    return account


@pytest.fixture
def officer(session: Session, house: House, an: Enrolled) -> Actor:
    """Give the IT staff of the department as actor."""
    session.add(Grant(account_id=an.id, role="agency_it", agency_id=house.department.id, valid_from=LONG_AGO))
    session.flush()
    return an.actor

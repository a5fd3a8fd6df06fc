"""What tests share is made once, and no test sees what another has done to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from directory.agencies import Agency
from tests.book import LONG_AGO
from tests.conftest import KEYS
from tests.ground import Ground, Layer


@pytest.fixture
def ground(shared_engine: Engine) -> Iterator[Ground]:
    """Give a ground of the test's own."""
    with shared_engine.connect() as connection, connection.begin() as transaction:
        yield Ground(connection, KEYS)
        transaction.rollback()


def agency(code: str, made: list[str]) -> Layer:
    """Give how an agency is made, and note that it was."""

    def make(session: Session) -> str:
        session.add(Agency(kind="province", name=code, code=code, valid_from=LONG_AGO))
        made.append(code)
        return code

    return make


def codes(ground: Ground) -> list[str | None]:
    """Give the agencies that a test would find."""
    with ground.session() as session:
        return list(session.scalars(select(Agency.code).order_by(Agency.code)))


def test_layer_is_made_once_for_all_who_ask(ground: Ground) -> None:
    """Two tests with the same layers find what was made for the first, and a third may add a layer to it."""
    made: list[str] = []
    house, upper = {"house": agency("H01", made)}, {"upper": agency("H02", made)}

    for layers in (house, house, house | upper):
        ground.lay(layers)

    assert made == ["H01", "H02"]
    assert codes(ground) == ["H01", "H02"]


def test_layer_is_gone_for_who_does_not_ask(ground: Ground) -> None:
    """A test without a layer does not find it, nor anything above it."""
    made: list[str] = []
    ground.lay({"house": agency("H01", made), "upper": agency("H02", made)})

    ground.lay({"house": agency("H01", made)})
    with_one = codes(ground)
    ground.lay({})

    assert (with_one, codes(ground)) == (["H01"], [])


def test_what_a_test_commits_is_gone_for_the_next(ground: Ground) -> None:
    """Whatever a test does to a layer, committed or not, the next finds it as it was made."""
    ground.lay({"house": agency("H01", [])})

    with ground.session() as session:
        session.scalars(select(Agency)).one().name = "changed"
        session.add(Agency(kind="province", name="new", code="H03", valid_from=LONG_AGO))
        session.commit()

    with ground.session() as session:
        assert session.scalars(select(Agency.name)).all() == ["H01"]


def test_failed_layer_leaves_nothing(ground: Ground) -> None:
    """A layer that could not be made is made anew by the next who asks, on the same ground."""

    def fail(session: Session) -> object:
        session.execute(select(func.nothing_of_this_name()))
        return None

    with pytest.raises(Exception, match="nothing_of_this_name"):
        ground.lay({"house": fail})

    ground.lay({"house": agency("H01", [])})
    assert codes(ground) == ["H01"]

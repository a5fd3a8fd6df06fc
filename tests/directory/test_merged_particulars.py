"""What belongs to a record besides its posts and addresses goes with it when records are merged."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.lifecycle import Merging, Newcomer, enlist, merge
from directory.officials import Official
from directory.source_keys import SourceKey, remember
from tests.book import LONG_AGO, House


@pytest.fixture
def two(session: Session, actor: Actor, house: House) -> tuple[Official, Official]:
    """Give two records of one person: the one that goes on, and the other."""
    stays, goes = enlist(session, actor, [Newcomer(house.unit.id, "Lê Bình", valid_from=LONG_AGO) for _ in range(2)])
    return stays, goes


def keys_of(session: Session) -> dict[tuple[str, str], int]:
    """Give whom HR systems know under which of their records."""
    return {(key.source, key.record): key.official_id for key in session.scalars(select(SourceKey))}


def test_telephone_at_work_comes_along(session: Session, actor: Actor, house: House) -> None:
    """What the record that goes on does not know of the office, it takes from the other."""
    knowing = Newcomer(house.unit.id, "Lê Bình", valid_from=LONG_AGO, work_phone="02193866555", extension="12")
    first, second = enlist(
        session, actor, [Newcomer(house.unit.id, "Lê Bình", valid_from=LONG_AGO, extension="7"), knowing]
    )

    merge(session, actor, [Merging(first.id, second.id)])

    assert (first.work_phone, first.extension) == ("02193866555", "7")


def test_source_keys_go_to_the_survivor(session: Session, actor: Actor, two: tuple[Official, Official]) -> None:
    """The HR system goes on sending its record, and means the official who goes on."""
    stays, goes = two
    remember(session, "hrm", [("HR-7", goes.id)])

    merge(session, actor, [Merging(stays.id, goes.id)])

    assert keys_of(session) == {("hrm", "HR-7"): stays.id}


def test_survivor_keeps_its_own_source_key(session: Session, actor: Actor, two: tuple[Official, Official]) -> None:
    """Where one system had both records, its key of the one that goes on stays; keys of other systems come along."""
    stays, goes = two
    remember(session, "hrm", [("HR-1", stays.id), ("HR-7", goes.id)])
    remember(session, "payroll", [("P-7", goes.id)])

    merge(session, actor, [Merging(stays.id, goes.id)])

    assert keys_of(session) == {("hrm", "HR-1"): stays.id, ("payroll", "P-7"): stays.id}


def test_a_system_knows_an_official_under_one_record(session: Session, two: tuple[Official, Official]) -> None:
    """Going round the code, no official gets a second key of the same system."""
    stays, goes = two
    remember(session, "hrm", [("HR-1", stays.id), ("HR-7", goes.id)])

    with pytest.raises(DBAPIError):
        session.execute(text("UPDATE source_keys SET official_id = :id"), {"id": stays.id})

"""How much of the telephone list one official may open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.people import browse
from directory.people.browsing import AN_HOUR, PagesSpent
from tests.book import House, acting, hire


@pytest.fixture
def busy(session: Session, actor: Actor, house: House) -> Actor:
    """Give an official who has opened as many pages as an hour allows."""
    (account,) = hire(session, actor, house.unit, "Lê An")
    somebody = acting(actor, account)
    for _ in range(AN_HOUR):
        browse(session, somebody)
    return somebody


def test_one_page_more_is_refused(session: Session, busy: Actor) -> None:
    """Whoever has opened them all is told how many they were, and when it goes on."""
    with pytest.raises(PagesSpent) as refused:
        browse(session, busy)

    assert refused.value.fields == {"limit": AN_HOUR, "time": "10:00"}


def test_after_an_hour_the_count_begins_anew(session: Session, busy: Actor) -> None:
    """An hour after the first page as many are free again."""
    later = replace(busy, now=busy.now + timedelta(hours=1))

    for _ in range(AN_HOUR):
        browse(session, later)

    with pytest.raises(PagesSpent):
        browse(session, later)


def test_others_are_not_held_up(session: Session, actor: Actor, house: House, busy: Actor) -> None:
    """The pages of one count against nobody else."""
    (other,) = hire(session, actor, house.unit, "Lê Bình")

    browse(session, acting(actor, other))

"""Verbs of an official's life take many at once: as many statements for thirty as for three."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.lifecycle import (
    Leaving,
    Posting,
    Rehiring,
    Renaming,
    Setting,
    Transfer,
    assign,
    leave,
    rehire,
    rename,
    set_policy,
    transfer,
)
from tests.book import House, hire
from tests.statements import statements

Verb = Callable[[Session, Actor, House, Sequence[Account]], object]


def _leave(session: Session, actor: Actor, _house: House, people: Sequence[Account]) -> None:
    leave(session, actor, [Leaving(each.official_id) for each in people])


def _rehire(session: Session, actor: Actor, house: House, people: Sequence[Account]) -> None:
    rehire(session, actor, [Rehiring(each.official_id, house.unit.id) for each in people])


def _transfer(session: Session, actor: Actor, house: House, people: Sequence[Account]) -> None:
    transfer(session, actor, [Transfer(each.official_id, house.elsewhere.id) for each in people])


def _rename(session: Session, actor: Actor, _house: House, people: Sequence[Account]) -> None:
    rename(session, actor, [Renaming(each.official_id, "Trần Văn Chi", new_address=True) for each in people])


def _assign(session: Session, actor: Actor, house: House, people: Sequence[Account]) -> None:
    assign(session, actor, [Posting(each.official_id, house.unit.id, "concurrent") for each in people])


@pytest.mark.parametrize(
    ("before", "verb"),
    [((), _leave), ((_leave,), _rehire), ((), _transfer), ((), _rename), ((), _assign)],
    ids=["leave", "rehire", "transfer", "rename", "assign"],
)
def test_thirty_cost_no_more_statements_than_three(
    session: Session, actor: Actor, house: House, before: Sequence[Verb], verb: Verb
) -> None:
    """The number of statements does not grow with the batch."""
    set_policy(session, actor, [Setting(house.elsewhere.id, "keep_address", value=False)])
    counts: list[int] = []

    for size in (3, 30):
        people = hire(session, actor, house.department, *["Nguyễn Văn An"] * size)
        for first in before:
            first(session, actor, house, people)
        session.flush()
        with statements(session) as sent:
            verb(session, actor, house, people)
            session.flush()
        counts.append(len(sent))

    assert counts[1] <= counts[0] + 3, counts

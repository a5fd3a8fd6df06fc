"""Whichever way a page is found, the same stands on it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from directory import role_mailboxes, trail
from directory.base import Actor
from directory.grants import Action
from directory.people import find, paging, waiting
from directory.tallies import reach
from provisioning.bootstrap import clock
from tests.conftest import KEYS
from tests.scale.conftest import REACHES, Town

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("scale")]

WAYS = {
    "walked": {"FEW": 0, "WALKED": 10**9},
    "gathered after a walk": {"FEW": 0, "MANY": 10**9, "WALKED": 1},
    "the nearest looked up": {"FEW": 0, "MANY": 0, "WALKED": 1, "NEAREST": 10**6},
    "all looked up": {"FEW": 0, "MANY": 0, "WALKED": 1, "NEAREST": 1},
    "a short walk": {"FEW": 0, "WALKED": 300, "NEAREST": 60, "MANY": 0},
}
ASKED: tuple[dict[str, object], ...] = (
    {"text": ""},
    {"text": "nguyen thi thuy"},
    {"text": "nguyễn thị thúy"},
    {"text": "anh"},
    {"text": "k"},
    {"text": "zzz"},
    {"text": "tran", "state": "suspended"},
    {"state": "disabled"},
    {"state": "none", "agency_id": 2},
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", REACHES)
def test_every_way_finds_the_same(town: Town, monkeypatch: pytest.MonkeyPatch, way: str, who: str) -> None:
    """Two pages of each question are the same as if all in reach were gathered."""
    with Session(town.engine, info={"keys": KEYS}) as session:
        actor = actor_of(session, who)
        monkeypatch.setattr(paging, "FEW", 10**9)
        gathered = [two_pages(session, actor, asked) for asked in ASKED]
        for name, value in WAYS[way].items():
            monkeypatch.setattr(paging, name, value)

        found = [two_pages(session, actor, asked) for asked in ASKED]

    assert found == gathered


@pytest.mark.parametrize("who", REACHES)
def test_who_waits_is_found_in_every_way(town: Town, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """The slips that a walk finds are those that are found among the gathered."""
    with Session(town.engine, info={"keys": KEYS}) as session:
        actor = actor_of(session, who)
        monkeypatch.setattr(paging, "FEW", 10**9)
        gathered = waiting(session, actor, "nguyen")
        monkeypatch.setattr(paging, "FEW", 0)

        walked = waiting(session, actor, "nguyen")

    assert walked == gathered


@pytest.mark.parametrize("who", ["everything", "a province", "a unit"])
@pytest.mark.parametrize("action", [None, "account.suspended"])
def test_both_ways_back_through_the_audit_are_one(
    town: Town, monkeypatch: pytest.MonkeyPatch, who: str, action: str | None
) -> None:
    """The newest events of each agency, put together, are the newest events of all."""
    with Session(town.engine, info={"keys": KEYS}) as session:
        actor = actor_of(session, who)
        monkeypatch.setattr(trail, "FEW_AGENCIES", 10**9)
        by_agency = trail.trail(session, actor, before=50_000, action=action)
        monkeypatch.setattr(trail, "FEW_AGENCIES", 0)

        walked = trail.trail(session, actor, before=50_000, action=action)

    assert by_agency.events or action
    assert walked == by_agency


@pytest.mark.parametrize("who", REACHES)
def test_both_ways_to_role_mailboxes_are_one(town: Town, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """Role mailboxes that are gathered are those found on a walk through all."""
    with Session(town.engine, info={"keys": KEYS}) as session:
        actor = actor_of(session, who)
        monkeypatch.setattr(role_mailboxes, "FEW_AGENCIES", 10**9)
        gathered = role_mailboxes.role_mailboxes(session, actor)
        monkeypatch.setattr(role_mailboxes, "FEW_AGENCIES", 0)

        walked = role_mailboxes.role_mailboxes(session, actor)

    assert walked == gathered


def test_reach_is_what_was_counted(town: Town) -> None:
    """The reach that ways are chosen by is the count that was kept, or without one what a look says."""
    with Session(town.engine, info={"keys": KEYS}) as session:
        actor = actor_of(session, "a province")
        kept = reach(session, actor, Action.VIEW)
        session.execute(text("DELETE FROM tallies"))

        looked = reach(session, actor, Action.VIEW)
        session.rollback()

    assert kept.agencies == looked.agencies
    assert kept.officials == looked.officials


def actor_of(session: Session, who: str) -> Actor:
    """Give the actor that one of the four is."""
    ids = session.scalars(text("SELECT id FROM accounts WHERE state = 'active' ORDER BY id LIMIT 4")).all()
    return Actor(now=clock(), source="test", account_id=ids[list(REACHES).index(who)])


def two_pages(session: Session, actor: Actor, asked: dict[str, Any]) -> list[str]:
    """Give who stands on the first two pages, by public id."""
    first = find(session, actor, **asked)
    second = find(session, actor, after=first.after, **asked) if first.after else None
    return [person.public_id for page in (first, second) if page for person in page.people]

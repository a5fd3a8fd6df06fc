"""Counts of agencies with everything below them: made at once, or kept from the last count."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from directory import tallies as counting
from directory.base import Actor
from directory.errors import NotAllowed
from directory.grants import Action
from directory.lifecycle import Newcomer, RoleOpening, enlist, open_role_mailbox, suspend
from directory.tallies import FIGURES, Counts, in_view, keep_tallies, reach, tallies
from directory.tree import sheet_of
from tests.book import House, acting, give, hire


@pytest.fixture
def house(session: Session, actor: Actor, house: House) -> House:
    """Give the small book with somebody in each state, and a role mailbox that nobody holds."""
    hire(session, actor, house.unit, "Lê An", "Lê Bình", state="pending")
    (shut,) = hire(session, actor, house.department, "Lê Dung")
    suspend(session, actor, [shut.id], "Thử")
    enlist(session, actor, [Newcomer(house.unit.id, "Lê Em")])
    hire(session, actor, house.elsewhere, "Lê Giang")
    open_role_mailbox(session, actor, [RoleOpening(house.department.id, "Văn thư", "vanthu@tinh.gov.vn")])
    return house


def figures(counts: Counts) -> tuple[int, ...]:
    """Give the figures in their order, without the time."""
    return tuple(getattr(counts, name) for name in FIGURES)


def test_count_takes_everything_below(session: Session, actor: Actor, house: House) -> None:
    """An agency counts its own people and those of every agency below, by the state of their accounts."""
    found = tallies(session, actor, [house.province.id, house.unit.id])

    assert figures(found[house.province.id]) == (3, 4, 1, 2, 0, 1, 1, 1)
    assert figures(found[house.unit.id]) == (1, 3, 1, 2, 0, 0, 0, 0)


def test_kept_count_is_the_one_made_at_once(
    session: Session, actor: Actor, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the worker keeps is what would be counted, and carries the time of the count."""
    wanted = [house.province.id, house.department.id, house.unit.id, house.elsewhere.id]
    at_once = tallies(session, actor, wanted)
    keep_tallies(session, actor)
    monkeypatch.setattr(counting, "COUNTED_AT_ONCE", 0)

    kept = tallies(session, actor, wanted)

    assert {each: figures(kept[each]) for each in wanted} == {each: figures(at_once[each]) for each in wanted}
    assert {each.counted_at for each in kept.values()} == {actor.now}


def test_small_agency_is_never_out_of_date(session: Session, actor: Actor, house: House) -> None:
    """Who came after the last count is counted where counting is cheap."""
    keep_tallies(session, actor)
    hire(session, actor, house.unit, "Lê Hà")

    (found,) = tallies(session, actor, [house.unit.id]).values()

    assert (found.officials, found.counted_at) == (4, None)


def test_large_agency_says_when_it_was_counted(
    session: Session, actor: Actor, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sheet of an agency that is too large shows the kept figures with their time."""
    keep_tallies(session, actor)
    hire(session, actor, house.unit, "Lê Hà")
    monkeypatch.setattr(counting, "COUNTED_AT_ONCE", 1)

    node = sheet_of(session, actor, house.province.public_id).node

    assert (node.officials, node.counted_at) == (4, actor.now)


def test_two_roles_in_one_line_count_once(session: Session, actor: Actor, house: House) -> None:
    """Who looks after a province and also a department of it sees nobody twice."""
    (account,) = hire(session, actor, house.elsewhere, "Lê Khoa")
    give(session, account, "hr", house.province)
    give(session, account, "hr", house.department)
    me = acting(actor, account)

    assert in_view(session, me).officials == 4
    assert reach(session, me, Action.VIEW).agencies == 3


def test_only_the_system_keeps_counts(session: Session, actor: Actor, house: House) -> None:
    """Nobody else has everything counted."""
    (account,) = hire(session, actor, house.unit, "Lê Lan")

    with pytest.raises(NotAllowed):
        keep_tallies(session, acting(actor, account))

"""Addresses that go from one entry of ours to another: whoever loses them does so first, and nobody has to help."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from ldap3 import MODIFY_REPLACE
from sqlalchemy import select

from directory.accounts import Account
from directory.lifecycle import Merging, merge
from provisioning.reconcile.refusals import WAITS
from provisioning.reconcile.rounds import Round
from tests.engines import person
from tests.faults.conftest import Connect
from tests.faults.slapds import by_hand, must
from tests.faults.tally import BASE, PromisingEngine, Tally
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.faults
TWICE = ("Nguyễn Văn An", "Nguyễn Văn An")


def merge_into(engine: PromisingEngine, survivor: str, other: str) -> None:
    """Merge the records of two accounts."""
    with engine.outbox.transaction() as session:
        owner = dict(session.execute(select(Account.number, Account.official_id)).all())
        merge(session, engine.actor, [Merging(owner[survivor], owner[other], "a reason")])
    engine.people[other] = "disabled"


def two(engine: PromisingEngine) -> tuple[str, str]:
    """Let one person have two accounts, and both have entries."""
    survivor, other = engine.hire(*TWICE)
    engine.settle()
    return survivor, other


def finish(engine: PromisingEngine, *rounds: Round) -> None:
    """Let rounds that were begun go on to their ends, one after the other."""
    for each in rounds:
        engine.reconciler().make_real(each)
        engine.reconciler().finish(each)


def addresses(connect: Connect, numbers: Sequence[str]) -> list[int]:
    """Count the addresses that the entries of accounts have."""
    seen = connect().observe([person(number) for number in numbers])
    return [len(seen[person(number)].attributes.get("cvAddress", ())) for number in numbers]


@pytest.mark.fault("F18")
def test_claim_in_hand_while_its_account_gets_addresses(
    engine: PromisingEngine, connect: Connect, tally: Tally
) -> None:
    """A worker that has the account in hand when it gets another's addresses is not refused for good: the other's entry
    is closed in the very next round, and the addresses follow by themselves.
    """
    survivor, other = two(engine)
    engine.touch(survivor)
    in_hand = engine.reconciler().begin(only_urgent=False)
    merge_into(engine, survivor, other)
    tally.injected()

    finish(engine, in_hand)
    status = engine.status(survivor)
    disabled = engine.run()

    assert status is not None
    assert (status.state, status.reason) == ("retry", WAITS.message)
    assert disabled.done == 1
    assert addresses(connect, [other]) == [0]
    engine.settle()
    assert addresses(connect, [survivor]) == [2]
    tally.close(engine, connect())


@pytest.mark.fault("F18")
def test_account_that_was_due_before_it_gets_addresses(engine: PromisingEngine, connect: Connect, tally: Tally) -> None:
    """An account that waited already is taken by another worker than the disable; it, too, gets the addresses alone."""
    survivor, other = two(engine)
    engine.touch(survivor)
    engine.now += timedelta(minutes=1)
    merge_into(engine, survivor, other)
    first, second = (engine.reconciler().begin(only_urgent=False) for _ in range(2))
    tally.injected()

    finish(engine, second, first)
    engine.settle()

    assert (len(first.claims), len(second.claims)) == (1, 1)
    assert addresses(connect, [survivor, other]) == [2, 0]
    tally.close(engine, connect())


@pytest.mark.fault("F18")
def test_owner_that_is_taken_for_right_is_written_anew(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally
) -> None:
    """An address that others put back into the entry of somebody who lost it is taken away there, before any scan."""
    survivor, other = two(engine)
    merge_into(engine, survivor, other)
    engine.settle()
    moved = connect().observe([person(survivor)])[person(survivor)].attributes["cvAddress"][1]
    with by_hand(slapd) as hand:
        for number, values in ((survivor, []), (other, [moved])):
            changes = {"cvAddress": [(MODIFY_REPLACE, values)]}
            must(hand, hand.modify, f"uid={number},ou=people,{BASE}", changes)
    tally.injected()

    engine.touch(survivor)
    engine.settle()

    assert addresses(connect, [survivor, other]) == [2, 0]
    tally.close(engine, connect())

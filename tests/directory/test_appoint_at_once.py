"""Newcomers who come at once: two transactions over two connections never double anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from sqlalchemy import func, select

from directory.base import Actor
from directory.errors import DirectoryError
from directory.lifecycle import Newcomer, appoint
from directory.officials import Official
from provisioning.outbox import Outbox
from tests.book import address_of, found_house

PERSONAL_ID = "068090001234"


def at_once(outbox: Outbox, actor: Actor, batches: list[list[Newcomer]]) -> list[list[str | None] | str]:
    """Appoint each batch in a transaction of its own, all at once; give addresses, or the error's name."""
    together = Barrier(len(batches))

    def run(batch: list[Newcomer]) -> list[str | None] | str:
        try:
            with outbox.transaction() as session:
                session.execute(select(1))
                together.wait()
                return [address_of(session, account) for account in appoint(session, actor, batch)]
        except DirectoryError as error:
            return type(error).__name__

    with ThreadPoolExecutor(len(batches)) as pool:
        return list(pool.map(run, batches))


def test_same_name_at_once_gets_different_addresses(outbox: Outbox, actor: Actor) -> None:
    """Eight transactions at once with people of one name give every address once."""
    with outbox.transaction() as session:
        unit = found_house(session, actor).unit.id
    batches = [[Newcomer(unit, "Nguyễn Văn An")] * size for size in (1, 3, 1, 3, 1, 3, 1, 3)]

    given = at_once(outbox, actor, batches)

    addresses = [address for each in given for address in each]
    assert len(addresses) == len(set(addresses)) == 16


def test_same_person_at_once_is_appointed_once(outbox: Outbox, actor: Actor) -> None:
    """Of transactions at once with the same personal ID one appoints, the others hear that the official exists."""
    with outbox.transaction() as session:
        unit = found_house(session, actor).unit.id
    person = Newcomer(unit, "Nguyễn Văn An", personal_id=PERSONAL_ID)
    others = [[replace(person, personal_id=f"{n:012}"), person] for n in range(3)]

    given = at_once(outbox, actor, [[person], *others])

    assert given.count("OfficialExists") == 3
    with outbox.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Official)) in {1, 2}


def test_same_wanted_address_at_once_is_given_once(outbox: Outbox, actor: Actor) -> None:
    """Of transactions at once that want the same address one gets it."""
    with outbox.transaction() as session:
        unit = found_house(session, actor).unit.id

    given = at_once(outbox, actor, [[Newcomer(unit, "Lê An", address="an@tinh.gov.vn")] for _ in range(4)])

    assert sorted(map(str, given)) == ["AddressTaken"] * 3 + ["['an@tinh.gov.vn']"]

"""What others do to the entries, a restored backup, an empty server: put right, reported, or held for a person."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from ldap3 import MODIFY_REPLACE, Connection
from sqlalchemy import select

from directory.credentials.tables import AppPassword
from directory.lifecycle import reinstate, suspend
from provisioning.ldap import LdapTarget
from provisioning.reconcile.drift import restore
from provisioning.reconcile.scan import Report, Scanner
from provisioning.reconcile.settling import limit_of
from provisioning.reconcile.tables import ForeignEntry
from stack.slapd import run as offline
from tests.engines import person
from tests.faults.conftest import Connect, Times
from tests.faults.slapds import by_hand, load, many_names, must
from tests.faults.tally import BASE, PromisingEngine, Tally, people_in
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.faults
EDITS: tuple[dict[str, list[str]], ...] = (
    {"mail": ["khac@tinh.gov.vn"]},
    {"mail": []},
    {"cvAddress": []},
    {"cvQuota": ["1"]},
    {"cvState": ["suspended"]},
    {"cvAgencyCode": ["H99"]},
    {"cvReceiveOnly": ["khac@tinh.gov.vn"]},
)


def scan(engine: PromisingEngine) -> Report:
    """Scan everything, and let the engine do what comes of it."""
    report = engine.scan()
    engine.settle(rounds=100)
    return report


def restore_all(engine: PromisingEngine) -> int:
    """Decide, as a person, that all that was held is to be made right."""
    with engine.outbox.transaction() as session:
        count = restore(session, engine.actor, None)
    engine.settle(rounds=100)
    return count


def settled_people(engine: PromisingEngine, count: int) -> list[str]:
    """Let there be so many people with entries, who were scanned once."""
    numbers = engine.hire(*many_names(count))
    engine.settle(rounds=100)
    scan(engine)
    return numbers


@pytest.mark.fault("F22")
def test_edits_by_hand_are_put_right(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, times: Times
) -> None:
    """Whatever somebody else writes into attributes of ours, anywhere, the next scan finds and puts right."""
    chance = random.Random(22)
    numbers = settled_people(engine, times(100, 1000))
    with by_hand(slapd) as hand:
        for number in numbers:
            edit = {name: [(MODIFY_REPLACE, value)] for name, value in chance.choice(EDITS).items()}
            must(hand, hand.modify, f"uid={number},ou=people,{BASE}", edit)
            tally.injected()

    report = scan(engine)

    assert (report.restored, report.is_held) == (len(numbers), False)
    tally.close(engine, connect())


@pytest.mark.fault("F22")
def test_so_many_edits_that_shut_are_held(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally
) -> None:
    """What others have opened for more than a few is not shut without a person: all of it waits for one word."""
    numbers = settled_people(engine, 2 * limit_of(0))
    for number in numbers:
        engine.do(suspend, number, "a reason")
    engine.settle()
    with by_hand(slapd) as hand:
        for number in numbers:
            must(hand, hand.modify, f"uid={number},ou=people,{BASE}", {"cvState": [(MODIFY_REPLACE, ["active"])]})
            tally.injected()

    report = scan(engine)

    assert (report.restored, report.asked, report.is_held) == (0, len(numbers), True)
    assert restore_all(engine) == len(numbers)
    tally.close(engine, connect())


@pytest.mark.fault("F23")
def test_removed_entries_come_back(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, times: Times
) -> None:
    """A few entries that somebody else removed come back by themselves with their mailbox; many wait for a person."""
    numbers = settled_people(engine, times(60, 600))
    few, many = numbers[: limit_of(0)], numbers[limit_of(len(numbers)) :]
    boxes = connect().observe([person(number) for number in numbers])
    with by_hand(slapd) as hand:
        for number in few:
            must(hand, hand.delete, f"uid={number},ou=people,{BASE}")
            tally.injected()
        first = scan(engine)
        for number in many:
            must(hand, hand.delete, f"uid={number},ou=people,{BASE}")
            tally.injected()
        second = scan(engine)

    assert (first.restored, first.is_held) == (len(few), False)
    assert (second.restored, second.asked, second.is_held) == (0, len(many), True)
    assert restore_all(engine) == len(many)
    after = connect().observe([person(number) for number in numbers])
    assert {name: each.attributes["cvMailboxId"] for name, each in after.items()} == {
        name: each.attributes["cvMailboxId"] for name, each in boxes.items()
    }
    tally.close(engine, connect())


@pytest.mark.fault("F24")
def test_foreign_entries_are_reported_and_left_alone(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally
) -> None:
    """Entries that are nobody's in the book are listed, however often it is scanned, and none of them is touched."""
    foreign = [f"nguoi-la-{number}" for number in range(50)]
    settled_people(engine, 10)
    with by_hand(slapd) as hand:
        for uid in foreign:
            must(hand, hand.add, f"uid={uid},ou=people,{BASE}", "inetOrgPerson", {"cn": "Lạ", "sn": "Lạ"})
            tally.injected()
        before = versions(hand, foreign)

        reports = [scan(engine) for _ in range(2)]

        assert versions(hand, foreign) == before
    assert [(report.foreign, report.restored) for report in reports] == [(50, 0)] * 2
    with engine.outbox.transaction() as session:
        assert len(session.scalars(select(ForeignEntry.path)).all()) == 50
    tally.close(engine, connect(), foreign=foreign)


def versions(hand: Connection, uids: list[str]) -> list[object]:
    """Give the versions of entries."""
    found = []
    for uid in uids:
        hand.search(f"uid={uid},ou=people,{BASE}", "(objectClass=*)", "BASE", attributes=["entryCSN"])
        found += [each["raw_attributes"]["entryCSN"] for each in hand.response or ()]
    return found


@pytest.mark.fault("F25")
@pytest.mark.parametrize("changed", [3, 40], ids=["a little", "much"])
def test_server_restored_from_a_backup(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, tmp_path: Path, changed: int
) -> None:
    """After yesterday's backup was restored, what has changed since is replayed by itself if it is little, and by a
    person's word if it is much: suspensions, new people, revoked app passwords.
    """
    numbers = settled_people(engine, 3 * changed)
    for number in numbers[changed : 2 * changed]:
        engine.app_password(number)
        engine.touch(number)
    engine.settle()
    backup = offline("slapcat", "-n1", "-F", str(slapd.slapd.config))
    change_since(engine, numbers, changed)

    load(slapd, backup, tmp_path)
    tally.injected(4 * changed)
    engine.target.close()
    report = scan(engine)

    is_much = changed > limit_of(0)
    assert (report.is_held, report.asked > 0) == (is_much, is_much)
    restore_all(engine)
    tally.close(engine, connect())


def change_since(engine: PromisingEngine, numbers: list[str], changed: int) -> None:
    """Suspend some, revoke app passwords of some, suspend and reinstate some, and appoint as many."""
    engine.now += timedelta(days=1)
    for number in numbers[:changed]:
        engine.do(suspend, number, "a reason")
    for number in numbers[changed : 2 * changed]:
        with engine.outbox.transaction() as session:
            mine = AppPassword.account_id == engine.account(session, number).id
            session.query(AppPassword).where(mine).update({"revoked_at": engine.now})
        engine.touch(number)
    for number in numbers[2 * changed :]:
        engine.do(suspend, number, "a reason")
        engine.do(reinstate, number, "a reason")
    engine.hire(*many_names(changed))
    engine.settle()


@pytest.mark.fault("F26")
def test_empty_server_is_not_filled_without_a_word(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, tmp_path: Path
) -> None:
    """Before a server that has nothing in it all is held; at a person's word everything is made anew."""
    numbers = settled_people(engine, 50)
    whole = offline("slapcat", "-n1", "-F", str(slapd.slapd.config)).split("\n\n")
    bare = "\n\n".join(each for each in whole if "cvRevision:" not in each)

    load(slapd, bare, tmp_path)
    tally.injected()
    engine.target.close()
    report = scan(engine)

    assert report.is_held
    assert people_in(connect()) == 0
    restore_all(engine)
    assert people_in(connect()) == len(numbers)
    tally.close(engine, connect())


@pytest.mark.fault("F26")
def test_wrong_base_changes_nothing(engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally) -> None:
    """A base that the server does not have looks like an empty server: all is held, and nothing is written."""
    numbers = settled_people(engine, 20)
    astray = LdapTarget(connect().line, "dc=khac,dc=vn")
    tally.injected()

    report = Scanner(engine.outbox, astray, lambda: engine.now).full()

    assert report.is_held
    assert (engine.due(), people_in(connect())) == (0, len(numbers))
    astray.close()
    tally.close(engine, connect())

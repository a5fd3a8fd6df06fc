"""Adopted entries that others renamed: what happens to the account still reaches them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.audit import AuditEvent
from directory.desired import Name
from directory.lifecycle import suspend
from directory.links import Link
from provisioning.reconcile import linking
from provisioning.reconcile.changes import GONE
from provisioning.reconcile.looks import RENAMED
from provisioning.reconcile.scan import Scanner
from tests.engines import Engine, device
from tests.fakes import FakeTarget
from tests.reconcile.old_entries import BRANCH, OLD, WRITTEN, adopted, confirm, number, proposed

__all__ = ["adopted", "number"]

NEW: Name = (("uid", "an.nguyen"), ("ou", "Left"))
OTHER: Name = (("cn", "Trần Thị Bình"), ("ou", "Users"))


def rename(target: FakeTarget, before: Name, after: Name) -> None:
    """Rename an entry with what stands below it by hand."""
    for name in [each for each in target.entries if each[-len(before) :] == before]:
        values, _ = target.entries.pop(name)
        target.entries[*name[: -len(before)], *after] = (values, target.next_version())


def confirmed(engine: Engine) -> list[str]:
    """Give the names of the entries to which accounts are linked."""
    with engine.outbox.transaction() as session:
        return [line.entry for line in linking.links(session, engine.actor, ("confirmed",))]


def test_suspension_reaches_the_renamed_entry(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """Whoever is suspended after the entry was renamed is shut out there, in the same round."""
    rename(target, OLD, NEW)
    engine.do(suspend, adopted, "QĐ 12")

    engine.run()

    assert target.entries[NEW][0]["cvState"] == ("suspended",)
    assert OLD not in target.entries
    status = engine.status(adopted)
    assert status is not None
    assert status.state == "ok"


def test_app_password_below_it_is_shut_too(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """What stands below the entry went with it, and is written there."""
    device_id = engine.app_password(adopted)
    engine.write_again(adopted)
    rename(target, OLD, NEW)

    engine.do(suspend, adopted, "QĐ 12")
    engine.settle()

    assert target.entries[device(device_id, NEW)][0]["cvState"] == ("suspended",)


def test_link_follows_and_the_audit_says_so(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """The account is linked to the new name and to no other, and the audit has both."""
    rename(target, OLD, NEW)

    engine.write_again(adopted)

    assert confirmed(engine) == ["uid=an.nguyen,ou=Left"]
    with engine.outbox.transaction() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "account.entry_renamed")).one()
        assert event.subject == f"account:{adopted}"
        assert event.detail["entry"] == "uid=an.nguyen,ou=Left"


def test_group_calls_it_by_its_new_name(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """The group of the agency follows the name."""
    rename(target, OLD, NEW)

    engine.write_again(adopted)

    members = [values["member"] for values, _ in target.entries.values() if "member" in values]
    assert members == [("uid=an.nguyen,ou=Left",)]


def test_entry_that_came_back_is_followed_back(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """Renamed back, the entry is the account's under the name it had first."""
    rename(target, OLD, NEW)
    engine.write_again(adopted)
    followed = confirmed(engine)
    rename(target, NEW, OLD)

    engine.write_again(adopted)

    assert followed == ["uid=an.nguyen,ou=Left"]
    assert confirmed(engine) == [f"cn=Nguyễn Văn An,{BRANCH}"]


def test_stranger_under_the_old_name_is_left_alone(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """Where somebody else's entry has taken the old name, ours is found all the same and the other not touched."""
    rename(target, OLD, NEW)
    target.entries[OLD] = (dict(WRITTEN), target.next_version())

    engine.do(suspend, adopted, "QĐ 12")
    engine.settle()

    assert target.entries[NEW][0]["cvState"] == ("suspended",)
    assert target.entries[OLD][0] == WRITTEN


def test_attribute_of_the_new_name_is_left_to_others(engine: Engine, target: FakeTarget, number: str) -> None:
    """What was taken over and now names the entry is theirs again: no server lets it be written."""
    confirm(engine, *proposed(engine), taken=("displayName", "sn"))
    engine.settle()
    rename(target, OLD, (("sn", "Nguyễn"), ("ou", "Left")))

    engine.write_again(number)

    with engine.outbox.transaction() as session:
        assert session.scalars(select(Link.taken).where(Link.state == "confirmed")).one() == ["displayName"]


def test_full_scan_follows(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """A full scan misses the entry where it was, and the engine finds it where it is."""
    rename(target, OLD, NEW)
    engine.now += timedelta(hours=1)

    Scanner(engine.outbox, engine.target, lambda: engine.now).full()
    engine.settle()

    assert confirmed(engine) == ["uid=an.nguyen,ou=Left"]


@pytest.mark.parametrize("copies", [0, 2])
def test_none_or_several_stay_a_reason_for_a_person(
    engine: Engine, target: FakeTarget, adopted: str, copies: int
) -> None:
    """Where no entry carries the mark, or more than one does, nothing is guessed."""
    values, _ = target.entries.pop(OLD)
    for copy in range(copies):
        target.entries[("cn", f"An {copy}"), ("ou", "Left")] = (dict(values), target.next_version())

    engine.write_again(adopted)

    status = engine.status(adopted)
    assert status is not None
    assert (status.state, status.reason) == ("refused", GONE.message)


def second(engine: Engine, target: FakeTarget) -> str:
    """Adopt the entry of another account."""
    [number] = engine.hire("Trần Thị Bình")
    values = {**WRITTEN, "cn": ("Trần Thị Bình",), "mail": ("binhtt@tinh.gov.vn",), "uid": ("binh",)}
    target.entries[OTHER] = (values, target.next_version())
    confirm(engine, *proposed(engine))
    engine.settle()
    return number


def test_name_of_another_link_is_not_taken(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """Renamed to where another account's entry should be, the entry is told about and tried again."""
    second(engine, target)
    del target.entries[OTHER]
    rename(target, OLD, OTHER)

    engine.write_again(adopted)

    status = engine.status(adopted)
    assert status is not None
    assert (status.state, status.reason) == ("retry", RENAMED.message)
    assert len(confirmed(engine)) == 2


def test_entries_that_exchanged_their_names_are_told_apart(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """Two that have each other's names are followed at once, and neither gets what is the other's."""
    other = second(engine, target)
    rename(target, OLD, NEW)
    rename(target, OTHER, OLD)
    rename(target, NEW, OTHER)
    engine.do(suspend, adopted, "QĐ 12")

    engine.run()

    assert target.entries[OTHER][0]["cvAccountNumber"] == (adopted,)
    assert target.entries[OTHER][0]["cvState"] == ("suspended",)
    assert target.entries[OLD][0]["cvAccountNumber"] == (other,)
    assert target.entries[OLD][0]["cvState"] == ("active",)

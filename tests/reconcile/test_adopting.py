"""Adopting: entries that were there before become accounts' entries, and everything else about them stays."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from directory.desired import Name
from directory.lifecycle import suspend
from directory.linking import READ, propose
from directory.links import Link
from provisioning.ports import Modify
from provisioning.reconcile import linking
from provisioning.reconcile.changes import CHANGED, GONE
from provisioning.reconcile.drift import foreign
from provisioning.reconcile.scan import Scanner
from tests.engines import Engine, device, person
from tests.fakes import FakeTarget
from tests.reconcile.old_entries import ADDRESS, BRANCH, OLD, WRITTEN, MeddledTarget, adopted, confirm, number, proposed

__all__ = ["adopted", "number"]


def test_entry_keeps_what_others_wrote(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """After the adoption every value that was there is there still; ours stand beside them."""
    attributes, _ = target.entries[OLD]

    assert {name: attributes[name] for name in WRITTEN if name != "objectClass"} == {
        name: values for name, values in WRITTEN.items() if name != "objectClass"
    }
    assert set(attributes["objectClass"]) == {*WRITTEN["objectClass"], "cvAccount", "cvMailbox"}
    assert attributes["cvAccountNumber"] == (adopted,)
    assert attributes["cvAddress"] == (ADDRESS,)
    assert attributes["cvState"] == ("active",)


def test_entry_of_another_class_keeps_it(engine: Engine, target: FakeTarget, number: str) -> None:
    """An entry gets no class that says what kind of thing it is: a server refuses to change that of one it has."""
    target.edit(OLD, objectClass=("organizationalPerson", "posixAccount"))

    confirm(engine, *proposed(engine))
    engine.settle()

    assert set(target.entries[OLD][0]["objectClass"]) == {
        "organizationalPerson",
        "posixAccount",
        "cvAccount",
        "cvMailbox",
    }


def test_account_gets_no_entry_beside_it(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """The entry that was there is the account's only one."""
    assert person(adopted) not in target.entries


def test_adoption_is_one_write(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """Everything comes with one guarded write, so that nobody ever sees half of it."""
    writes = [each for each in target.writes if each.name == OLD]

    assert len(writes) == 1
    assert isinstance(writes[0], Modify)


def test_app_password_stands_below_it(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """Mail clients sign in with app passwords below the entry, wherever it stands."""
    name = device(engine.app_password(adopted), OLD)

    engine.write_again(adopted)

    assert target.entries[name][0]["cvState"] == ("active",)


def test_group_calls_it_by_its_name(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """In the group of the agency stands the entry that was there, not one that does not exist."""
    members = [values["member"] for values, _ in target.entries.values() if "member" in values]

    assert members == [(f"cn=Nguyễn Văn An,{BRANCH}",)]


def test_suspension_reaches_it(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """What happens to the account happens to the entry."""
    engine.do(suspend, adopted, "QĐ 12")
    engine.settle()

    assert target.entries[OLD][0]["cvState"] == ("suspended",)
    assert target.entries[OLD][0]["cn"] == WRITTEN["cn"]


def test_taken_attribute_is_the_directory_s(engine: Engine, target: FakeTarget, number: str) -> None:
    """An attribute that whoever confirms takes over is written like in an entry of our own."""
    confirm(engine, *proposed(engine), taken=("sn", "displayName"))
    engine.settle()

    assert target.entries[OLD][0]["displayName"] == ("Nguyễn Văn An",)
    assert target.entries[OLD][0]["telephoneNumber"] == WRITTEN["telephoneNumber"]


def test_unlinked_entry_is_left_alone(engine: Engine, target: FakeTarget, number: str) -> None:
    """An entry that nobody confirmed is never written to, and the account gets its own."""
    [ref] = proposed(engine)
    with engine.outbox.transaction() as session:
        linking.refuse(session, engine.actor, [ref])

    engine.settle()

    assert target.entries[OLD][0] == WRITTEN
    assert person(number) in target.entries


def test_entry_that_changed_meanwhile_is_not_adopted(engine: Engine, target: FakeTarget, number: str) -> None:
    """Somebody wrote to the entry after it was proposed: it is refused, untouched, with the reason."""
    refs = proposed(engine)
    target.edit(OLD, description=("Đã nghỉ",))
    before = dict(target.entries[OLD][0])

    confirm(engine, *refs)
    engine.settle()

    status = engine.status(number)
    assert status is not None
    assert (status.state, status.reason) == ("refused", CHANGED.message)
    assert target.entries[OLD][0] == before


def test_changed_entry_is_adopted_once_confirmed_anew(engine: Engine, target: FakeTarget, number: str) -> None:
    """Proposed again, looked at and confirmed again, the new version is adopted."""
    refs = proposed(engine)
    target.edit(OLD, description=("Phòng 14",))
    confirm(engine, *refs)
    engine.settle()

    proposed(engine)
    with engine.outbox.transaction() as session:
        [line] = linking.links(session, engine.actor, ("confirmed",))
    confirm(engine, line.ref)
    engine.settle()

    assert line.has_changed
    assert target.entries[OLD][0]["cvAccountNumber"] == (number,)


def test_write_between_look_and_adoption_wins(engine: Engine, target: FakeTarget, number: str) -> None:
    """The write holds only for the version that was seen: what came between is not written over."""
    confirm(engine, *proposed(engine))
    engine.reconciler(MeddledTarget(target.entries, version=target.version)).run()

    status = engine.status(number)
    assert status is not None
    assert status.state == "refused"
    assert target.entries[OLD][0]["description"] == ("Vừa sửa",)
    assert "cvState" not in target.entries[OLD][0]


def test_lost_reply_is_found_out(engine: Engine, target: FakeTarget, number: str) -> None:
    """An adoption whose reply was lost is found at the next look, though its version is another one now."""
    confirm(engine, *proposed(engine))
    target.faults.append("lost")

    engine.settle()

    status = engine.status(number)
    assert status is not None
    assert status.state == "ok"


def test_entry_that_is_gone_is_not_made_anew(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """An adopted entry that others removed or moved is told to a person: it is not ours to make."""
    del target.entries[OLD]

    engine.write_again(adopted)

    status = engine.status(adopted)
    assert status is not None
    assert (status.state, status.reason) == ("refused", GONE.message)
    assert OLD not in target.entries


def scanner(engine: Engine) -> Scanner:
    """Give a scanner, an hour after what happened before."""
    engine.now += timedelta(hours=1)
    return Scanner(engine.outbox, engine.target, lambda: engine.now)


def test_scan_finds_nothing_in_what_was_adopted(engine: Engine, adopted: str) -> None:
    """An adopted entry that nobody touched is no drift and nobody's neighbour is foreign."""
    report = scanner(engine).full()

    assert (report.restored, report.asked, report.foreign) == (0, 0, 0)


def test_scan_restores_ours_and_leaves_theirs(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """What somebody changed of ours comes back; what they changed of theirs stays."""
    target.edit(OLD, cvQuota=("1",), description=("Phòng 15",))

    report = scanner(engine).changed()
    engine.settle()

    assert report.restored == 1
    assert target.entries[OLD][0]["cvQuota"] != ("1",)
    assert target.entries[OLD][0]["description"] == ("Phòng 15",)


def test_scan_misses_an_adopted_entry(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """An adopted entry that was removed is found by the full scan, and a person is told."""
    del target.entries[OLD]

    scanner(engine).full()
    engine.settle()

    status = engine.status(adopted)
    assert status is not None
    assert status.reason == GONE.message


def test_adopted_entry_that_is_about_to_be_written_is_not_looked_at(
    engine: Engine, target: FakeTarget, adopted: str
) -> None:
    """What waits for the engine, which looks at it anyway, is not looked at by a scan as well."""
    engine.do(suspend, adopted, "QĐ 12")
    target.edit(OLD, cvQuota=("1",))
    target.looks.clear()

    scanner(engine).changed()

    assert OLD not in target.looks


INSIDE: Name = (("uid", "an.nguyen"), ("ou", "people"))


def put_inside(engine: Engine, target: FakeTarget) -> None:
    """Let the entry stand in our own branch under another name, and confirm it there."""
    target.entries[INSIDE] = target.entries.pop(OLD)
    with engine.outbox.transaction() as session:
        for page in engine.target.survey("ou=people", READ):
            propose(session, engine.actor, page)
        refs = [line.ref for line in linking.links(session, engine.actor) if line.entry == "uid=an.nguyen,ou=people"]
    confirm(engine, *refs)
    engine.settle()


def test_adopted_entry_among_ours_is_not_foreign(engine: Engine, target: FakeTarget, number: str) -> None:
    """An entry that stood in our own branch under another name is known once it is adopted."""
    put_inside(engine, target)

    report = scanner(engine).full()

    assert (report.restored, report.foreign) == (0, 0)
    with engine.outbox.transaction() as session:
        assert foreign(session, engine.actor) == (0, [])
        assert session.scalars(select(Link.path)).one() == "uid=an.nguyen,ou=people"


def test_entry_that_was_only_proposed_is_foreign(engine: Engine, target: FakeTarget, number: str) -> None:
    """What stands in our own branch is nobody's until somebody has decided whose it is, also beside adopted ones."""
    engine.hire("Trần Thị Bình")
    other: Name = (("uid", "binh.tran"), ("ou", "people"))
    target.entries[other] = ({**WRITTEN, "cn": ("Trần Thị Bình",), "mail": ("binhtt@tinh.gov.vn",)}, "v")
    put_inside(engine, target)

    scanner(engine).full()

    with engine.outbox.transaction() as session:
        assert foreign(session, engine.actor) == (1, ["uid=binh.tran,ou=people"])

"""Links: entries that were there before become accounts' entries, and everything else about them stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from directory.audit import AuditEvent
from directory.desired import Name
from directory.errors import NotAllowed, NotFound
from directory.lifecycle import suspend
from directory.linking import READ, conclude, propose
from directory.links import Link
from provisioning.ports import Modify, Observed
from provisioning.reconcile import linking
from provisioning.reconcile.changes import CHANGED, GONE, OTHERS
from provisioning.reconcile.drift import foreign
from provisioning.reconcile.scan import Scanner
from tests.book import acting
from tests.engines import Engine, device, person
from tests.fakes import FakeTarget

BRANCH = "ou=Users"
OLD: Name = (("cn", "Nguyễn Văn An"), ("ou", "Users"))
ADDRESS = "annv@tinh.gov.vn"
WRITTEN = {
    "objectClass": ("inetOrgPerson", "posixAccount"),
    "cn": ("Nguyễn Văn An", "An N.V."),
    "sn": ("Nguyễn",),
    "uid": ("an.nguyen",),
    "mail": (ADDRESS,),
    "telephoneNumber": ("024 3804 4444",),
    "userPassword": ("{SSHA}theirs",),
    "description": ("Phòng 12",),
}


@dataclass
class MeddledTarget(FakeTarget):
    """A target in which somebody else writes right after each look of ours."""

    def observe(self, names: Sequence[Name]) -> dict[Name, Observed]:
        """Read entries, and let somebody write to one of them."""
        found = super().observe(names)
        if OLD in found:
            self.edit(OLD, description=("Vừa sửa",))
        return found


@pytest.fixture
def number(engine: Engine, target: FakeTarget) -> str:
    """Give an account that is not real yet, and the entry that was there before."""
    [number] = engine.hire("Nguyễn Văn An")
    target.entries[OLD] = (dict(WRITTEN), target.next_version())
    return number


def proposed(engine: Engine) -> list[str]:
    """Run a proposal over the branch, as the command does, and give the ids."""
    engine.now += timedelta(minutes=1)
    for page in engine.target.survey(BRANCH, READ):
        with engine.outbox.transaction() as session:
            propose(session, engine.actor, page)
    with engine.outbox.transaction() as session:
        conclude(session, engine.actor, BRANCH, engine.now)
        return [line.ref for line in linking.links(session, engine.actor)]


def confirm(engine: Engine, *refs: str, taken: tuple[str, ...] = ()) -> int:
    """Confirm proposals."""
    with engine.outbox.transaction() as session:
        return linking.confirm(session, engine.actor, refs, taken)


@pytest.fixture
def adopted(engine: Engine, number: str) -> str:
    """Give an account whose entry was there before and is adopted."""
    confirm(engine, *proposed(engine))
    engine.settle()
    return number


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


def test_attribute_of_the_name_cannot_be_taken(engine: Engine, number: str) -> None:
    """The attribute by which the entry is called stays as it is."""
    with pytest.raises(linking.NamesTheEntry):
        confirm(engine, *proposed(engine), taken=("cn",))


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


def test_entry_of_another_account_is_not_touched(engine: Engine, target: FakeTarget, number: str) -> None:
    """An entry that carries another account's number, as after a restore of the book, is refused."""
    refs = proposed(engine)
    target.edit(OLD, cvAccountNumber=("cv22222222",))
    confirm(engine, *refs)

    engine.settle()

    status = engine.status(number)
    assert status is not None
    assert status.reason == OTHERS.message


def test_two_entries_for_one_account_are_refused(engine: Engine, target: FakeTarget, number: str) -> None:
    """Whoever confirms both of two entries for one account is told so, and nothing happens."""
    other: Name = (("cn", "An cũ"), ("ou", "Users"))
    target.entries[other] = ({**WRITTEN, "cn": ("Nguyễn Văn An",)}, target.next_version())
    refs = proposed(engine)

    with pytest.raises(linking.AccountLinked):
        confirm(engine, *refs)

    assert len(refs) == 2


def test_one_entry_for_two_accounts_is_refused(engine: Engine, target: FakeTarget, number: str) -> None:
    """An entry that was chosen for two accounts is theirs only once somebody has decided."""
    engine.hire("Trần Thị Bình")
    target.edit(OLD, employeeNumber=(), mail=(ADDRESS, "binhtt@tinh.gov.vn"))
    refs = proposed(engine)

    with pytest.raises(linking.EntryLinked):
        confirm(engine, *refs)

    assert len(refs) == 2


def test_decision_for_one_settles_the_others(engine: Engine, target: FakeTarget, number: str) -> None:
    """Once an entry has its account, what else was proposed for either of them is forgotten."""
    other: Name = (("cn", "An cũ"), ("ou", "Users"))
    target.entries[other] = ({**WRITTEN, "cn": ("Nguyễn Văn An",)}, target.next_version())
    first, _ = proposed(engine)

    confirm(engine, first)

    assert proposed(engine) == []


def test_account_with_its_own_entry_is_refused(engine: Engine, target: FakeTarget, number: str) -> None:
    """Who has an entry of our own making already would be without mail on the way to another one."""
    engine.settle()

    with pytest.raises(linking.HasOwnEntry):
        confirm(engine, *proposed(engine))


def test_undone_link_gives_an_own_entry(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """Once the old entry is gone and the link undone, the account gets an entry of its own."""
    del target.entries[OLD]
    with engine.outbox.transaction() as session:
        linking.undo(session, engine.actor, adopted)

    engine.settle()

    assert target.entries[person(adopted)][0]["cvAddress"] == (ADDRESS,)


def test_unknown_id_is_not_found(engine: Engine, number: str) -> None:
    """An id that no proposal has is refused, whatever else was chosen."""
    with pytest.raises(NotFound):
        confirm(engine, *proposed(engine), "khongco")


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        (linking.links, ()),
        (linking.count, ()),
        (linking.confirm, ([],)),
        (linking.refuse, ([],)),
        (linking.undo, ("cv22222222",)),
        (linking.refs_of, ("certain",)),
    ],
    ids=["links", "count", "confirm", "refuse", "undo", "refs_of"],
)
def test_nobody_else_may(engine: Engine, number: str, verb: Callable[..., object], more: tuple[object, ...]) -> None:
    """Without a role over the whole tree nobody sees or decides links."""
    with engine.outbox.transaction() as session:
        stranger = acting(engine.actor, engine.account(session, number))

        with pytest.raises(NotAllowed):
            verb(session, stranger, *more)


def test_decision_stands_in_the_audit(engine: Engine, adopted: str) -> None:
    """Who linked which entry to which account is in the audit of the account's agency."""
    with engine.outbox.transaction() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "account.linked")).one()

        assert event.subject == f"account:{adopted}"
        assert event.detail["entry"] == f"cn=Nguyễn Văn An,{BRANCH}"
        assert event.agency_id is not None


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


def test_adopted_entry_among_ours_is_not_foreign(engine: Engine, target: FakeTarget, number: str) -> None:
    """An entry that stood in our own branch under another name is known once it is adopted."""
    inside: Name = (("uid", "an.nguyen"), ("ou", "people"))
    target.entries[inside] = target.entries.pop(OLD)
    with engine.outbox.transaction() as session:
        for page in engine.target.survey("ou=people", READ):
            propose(session, engine.actor, page)
        refs = [line.ref for line in linking.links(session, engine.actor)]
    confirm(engine, *refs)
    engine.settle()

    report = scanner(engine).full()

    assert (report.restored, report.foreign) == (0, 0)
    with engine.outbox.transaction() as session:
        assert foreign(session, engine.actor) == (0, [])
        assert session.scalars(select(Link.path)).one() == "uid=an.nguyen,ou=people"

"""Scans: what somebody else did to our entries is found, put right, or kept for a person when it is too much."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import NotAllowed
from directory.lifecycle import suspend
from provisioning.reconcile.drift import drifts, foreign, restore
from provisioning.reconcile.scan import Report, Scanner
from provisioning.reconcile.settling import limit_of
from tests.engines import Engine, device, person
from tests.fakes import FakeTarget

ELSEWHERE = (("uid", "kietnt"), ("ou", "people"))


def scanner(engine: Engine) -> Scanner:
    """Give a scanner over the engine's book and target."""
    return Scanner(engine.outbox, engine.target, lambda: engine.now)


def full(engine: Engine) -> Report:
    """Scan everything, an hour after what happened before."""
    engine.now += timedelta(hours=1)
    return scanner(engine).full()


@pytest.fixture
def number(engine: Engine) -> str:
    """Give an account that is real."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    return number


def test_nothing_is_found_where_nothing_was_done(engine: Engine, number: str) -> None:
    """A target that nobody else wrote to has no drift, and every entry was met."""
    report = full(engine)

    assert report == Report(entries=3, restored=0, asked=0, foreign=0, is_held=False)


def test_changed_attribute_is_restored(engine: Engine, target: FakeTarget, number: str) -> None:
    """A value that somebody else wrote into an attribute of ours is put right by the next round."""
    target.edit(person(number), mail=("khac@tinh.gov.vn",))

    report = full(engine)
    engine.settle()

    assert report.restored == 1
    assert target.entries[person(number)][0]["mail"] == ("annv@tinh.gov.vn",)


def test_removed_entry_is_restored(engine: Engine, target: FakeTarget, number: str) -> None:
    """An entry that somebody else removed comes back."""
    del target.entries[person(number)]

    report = full(engine)
    engine.settle()

    assert report.restored == 1
    assert person(number) in target.entries


def test_entry_that_went_back_to_an_earlier_state_is_restored(engine: Engine, target: FakeTarget, number: str) -> None:
    """An entry that a restored backup has brought back as it was before our last change is put right."""
    before = target.entries[person(number)]
    engine.do(suspend, number, "QĐ 12")
    engine.settle()
    target.entries[person(number)] = before

    report = full(engine)
    engine.settle()

    assert report.restored == 1
    assert target.entries[person(number)][0]["cvState"] == ("suspended",)


def test_entry_ahead_of_the_book_is_kept_for_a_person(engine: Engine, target: FakeTarget, number: str) -> None:
    """Where the book has lost a suspension that LDAP shows, the scan opens nothing by itself: a person decides."""
    with engine.outbox.transaction() as session:
        revision = engine.account(session, number).revision
    target.edit(person(number), cvState=("suspended",), cvRevision=(str(revision + 1),))

    report = full(engine)
    engine.settle()

    assert (report.restored, report.asked, report.is_held) == (0, 1, False)
    assert target.entries[person(number)][0]["cvState"] == ("suspended",)


def test_person_writes_over_an_entry_ahead_of_the_book(engine: Engine, target: FakeTarget, number: str) -> None:
    """Whoever has looked and has such an entry written anew gives it the book's state, however late the entry's was."""
    target.edit(person(number), cvState=("suspended",), cvRevision=("1000",))
    full(engine)

    with engine.outbox.transaction() as session:
        restore(session, engine.actor, [("account", number)])
    engine.settle()

    assert target.entries[person(number)][0]["cvState"] == ("active",)
    assert target.entries[person(number)][0]["cvRevision"] == ("1001",)


def test_removed_app_password_is_restored(engine: Engine, target: FakeTarget, number: str) -> None:
    """The entry of an app password that somebody else removed comes back, though its parent was not touched."""
    name = device(engine.app_password(number), person(number))
    engine.write_again(number)
    del target.entries[name]

    report = full(engine)
    engine.settle()

    assert report.restored == 1
    assert name in target.entries


def test_changed_app_password_is_restored(engine: Engine, target: FakeTarget, number: str) -> None:
    """A scope that somebody else gave an app password is taken away."""
    name = device(engine.app_password(number), person(number))
    engine.write_again(number)
    target.edit(name, cvScope=("imap", "smtp"))

    full(engine)
    engine.settle()

    assert target.entries[name][0]["cvScope"] == ("imap",)


def test_foreign_attribute_is_left_alone(engine: Engine, target: FakeTarget, number: str) -> None:
    """What others add to an entry of ours is no drift, and the entry's new version is known from then on."""
    target.edit(person(number), description=("Phòng 12",))

    first, second = full(engine), full(engine)

    assert (first.restored, second.restored) == (0, 0)
    assert target.entries[person(number)][0]["description"] == ("Phòng 12",)
    status = engine.status(number)
    assert status is not None
    assert status.csn == target.entries[person(number)][1]


def test_foreign_entry_is_reported_and_left_alone(engine: Engine, target: FakeTarget) -> None:
    """An entry that is nobody's in the book is told, and still there."""
    target.entries[ELSEWHERE] = ({"uid": ("kietnt",)}, target.next_version())

    report = full(engine)
    engine.settle()

    assert report.foreign == 1
    with engine.outbox.transaction() as session:
        assert foreign(session, engine.actor) == (1, ["uid=kietnt,ou=people"])
    assert ELSEWHERE in target.entries


def test_foreign_entry_that_is_gone_is_no_longer_told(engine: Engine, target: FakeTarget) -> None:
    """The next full scan forgets what is not there any more."""
    target.entries[ELSEWHERE] = ({"uid": ("kietnt",)}, target.next_version())
    full(engine)
    del target.entries[ELSEWHERE]

    full(engine)

    with engine.outbox.transaction() as session:
        assert foreign(session, engine.actor) == (0, [])


def test_what_waits_for_the_engine_is_no_drift(engine: Engine, target: FakeTarget, number: str) -> None:
    """A subject whose entry is about to be written is not restored on top of that."""
    engine.do(suspend, number, "QĐ 12")
    target.edit(person(number), mail=("khac@tinh.gov.vn",))

    report = full(engine)

    assert report.restored == 0


def test_scan_of_changes_looks_only_at_what_was_written_since(engine: Engine, target: FakeTarget, number: str) -> None:
    """A scan of changes meets what was written since the scan before, and puts it right."""
    engine.hire(*(f"Trần Thị {letter}n" for letter in "ABCDEGH"))
    engine.settle()
    full(engine)
    target.edit(person(number), cvQuota=("1",))

    report = scanner(engine).changed()
    engine.settle()

    assert report.restored == 1
    assert report.entries <= 2  # the last one known, and the one that was changed
    assert target.entries[person(number)][0]["cvQuota"] != ("1",)


def test_so_much_that_something_must_be_wrong_waits_for_a_person(engine: Engine, target: FakeTarget) -> None:
    """When more entries are gone than may be made anew by themselves, nothing is done and each is kept to decide on."""
    numbers = engine.hire(*(f"Lê Văn {letter}{end}" for letter in "ABCDEGH" for end in ("n", "m")))
    engine.settle()
    for each in numbers:
        del target.entries[person(each)]

    report = full(engine)
    engine.settle()

    assert (report.restored, report.asked, report.is_held) == (0, len(numbers), True)
    assert not [each for each in numbers if person(each) in target.entries]


def test_person_restores_one_then_all(engine: Engine, target: FakeTarget) -> None:
    """What was kept for a person is restored one by one, or all that is left."""
    numbers = engine.hire(*(f"Lê Văn {letter}{end}" for letter in "ABCDEGH" for end in ("n", "m")))
    engine.settle()
    for each in numbers:
        del target.entries[person(each)]
    full(engine)

    with engine.outbox.transaction() as session:
        first = restore(session, engine.actor, [("account", numbers[0])])
    engine.settle()
    after_one = [each for each in numbers if person(each) in target.entries]
    with engine.outbox.transaction() as session:
        rest = restore(session, engine.actor, None)
    engine.settle()

    assert (first, rest) == (1, len(numbers) - 1)
    assert after_one == numbers[:1]
    assert all(person(each) in target.entries for each in numbers)


def test_kept_difference_shows_before_and_after(engine: Engine, target: FakeTarget) -> None:
    """A person sees what is there and what should be, but never the hash of an app password."""
    numbers = engine.hire(*(f"Lê Văn {letter}{end}" for letter in "ABCDEGH" for end in ("n", "m")))
    name = device(engine.app_password(numbers[0]), person(numbers[0]))
    engine.settle()
    target.edit(person(numbers[0]), mail=("khac@tinh.gov.vn",))
    target.edit(name, userPassword=("{SSHA512}khac",))
    for each in numbers[1:]:
        del target.entries[person(each)]

    full(engine)

    with engine.outbox.transaction() as session:
        found = drifts(session, engine.actor)
        [changed] = [line for line in found.first_held if line.kind == "changed"]
    assert (found.held, found.missing, found.asked) == (len(numbers), len(numbers) - 1, 0)
    before = {name: list(values) for each in changed.differences for name, values in each.before.items()}
    assert before["mail"] == ["khac@tinh.gov.vn"]
    assert before["userPassword"] == ["…"]


def test_nobody_restores_what_is_not_theirs(engine: Engine, target: FakeTarget, number: str) -> None:
    """Who looks after no agency's provisioning is refused."""
    with engine.outbox.transaction() as session:
        stranger = Actor(now=engine.now, source="test", account_id=engine.account(session, number).id)
    del target.entries[person(number)]

    with engine.outbox.transaction() as session, pytest.raises(NotAllowed):
        restore(session, stranger, [("account", number)])


def test_restoring_stands_in_the_audit(engine: Engine, target: FakeTarget, number: str) -> None:
    """Each subject that was put right is in the audit of its agency."""
    target.edit(person(number), mail=("khac@tinh.gov.vn",))

    full(engine)

    with engine.outbox.transaction() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "entry.restored")).all()
        assert [event.subject for event in events] == [f"account:{number}"]


@pytest.mark.parametrize(("entries", "limit"), [(0, 10), (500, 10), (5_000, 100), (25_000, 500), (2_300_000, 500)])
def test_limit_of_what_is_done_without_a_person(entries: int, limit: int) -> None:
    """At most ten, or two in a hundred, and never more than five hundred."""
    assert limit_of(entries) == limit


@pytest.mark.parametrize("asked", ["'{}'", "'[\"cn\"]'"])
def test_question_is_a_list_about_an_entry_that_is_there(engine: Engine, number: str, asked: str) -> None:
    """Going round the code, nobody is asked about the attributes of an entry that is missing, or about no list."""
    statement = (
        "INSERT INTO drifts (subject, subject_id, kind, differences, asked, found_at)"
        f" VALUES ('account', 1, 'missing', '{{}}', {asked}, now())"
    )

    with pytest.raises(IntegrityError), engine.outbox.transaction() as session:
        session.execute(text(statement))

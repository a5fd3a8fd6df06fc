"""What is done about an attribute that somebody else changed: taken over, asked about, or written anew."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from directory.audit import AuditEvent
from directory.lifecycle import Change, change, leave, suspend
from directory.lifecycle.leaving import Leaving
from directory.officials import Official
from provisioning.reconcile.drift import Drifts, NoFullName, drifts, restore, take_over
from provisioning.reconcile.rules import telephone
from provisioning.reconcile.scan import Report, Scanner
from tests.engines import Engine, person
from tests.fakes import FakeTarget

NAME = "Nguyễn Văn An"
OTHER = "Nguyễn Văn Ân"


@pytest.fixture
def number(engine: Engine) -> str:
    """Give an account that is real, of somebody with a telephone at work."""
    [number] = engine.hire(NAME)
    with engine.outbox.transaction() as session:
        official_id = engine.account(session, number).official_id
        change(session, engine.actor, [Change(official_id, {"work_phone": "02363822222", "extension": "12"})])
    engine.settle()
    return number


def full(engine: Engine) -> Report:
    """Scan everything an hour later, and let the engine do what came of it."""
    engine.now += timedelta(hours=1)
    report = Scanner(engine.outbox, engine.target, lambda: engine.now).full()
    engine.settle()
    return report


def entry(target: FakeTarget, number: str) -> dict[str, tuple[str, ...]]:
    """Give the attributes of somebody's entry."""
    return target.entries[person(number)][0]


def record(engine: Engine, number: str) -> Official:
    """Give somebody's record."""
    with engine.outbox.transaction() as session:
        found = session.get_one(Official, engine.account(session, number).official_id)
        session.expunge_all()
    return found


def waiting(engine: Engine) -> Drifts:
    """Give what waits for a decision."""
    with engine.outbox.transaction() as session:
        return drifts(session, engine.actor)


def ask(engine: Engine, target: FakeTarget, number: str, **attributes: tuple[str, ...]) -> None:
    """Let somebody else change the name in an entry, and a scan find it."""
    target.edit(person(number), **(attributes or {"cn": (OTHER,), "displayName": (OTHER,)}))
    full(engine)


def test_telephone_is_taken_over(engine: Engine, target: FakeTarget, number: str) -> None:
    """A telephone number that somebody else wrote into an entry stands in the record afterwards, and in the audit."""
    target.edit(person(number), telephoneNumber=("+84 236 3833333 ext 7",))

    report = full(engine)

    assert (report.taken, report.restored, report.asked) == (1, 0, 0)
    found = record(engine, number)
    assert (found.work_phone, found.extension) == ("02363833333", "7")
    assert entry(target, number)["telephoneNumber"] == ("+842363833333 ext. 7",)
    with engine.outbox.transaction() as session:
        told = session.scalars(select(AuditEvent.subject).where(AuditEvent.action == "entry.taken")).all()
    assert told == [f"account:{number}"]


def test_telephone_of_somebody_without_a_post_is_written_anew(engine: Engine, target: FakeTarget, number: str) -> None:
    """Nobody's record is changed whom no agency looks after: the entry gets back what the directory says."""
    with engine.outbox.transaction() as session:
        session.execute(text("UPDATE appointments SET kind = 'concurrent'"))
    engine.write_again(number)
    target.edit(person(number), telephoneNumber=("+84 236 3833333 ext 7",))

    report = full(engine)

    assert (report.taken, report.restored) == (0, 1)
    assert entry(target, number)["telephoneNumber"] == ("+842363822222 ext. 12",)


@pytest.mark.parametrize("values", [(), ("hỏi văn thư",), ("02363833333", "02363844444")])
def test_what_is_no_telephone_is_written_anew(
    engine: Engine, target: FakeTarget, number: str, values: tuple[str, ...]
) -> None:
    """A telephone that somebody else removed, or that is none, or two, is put right and never taken over."""
    target.edit(person(number), telephoneNumber=values)

    report = full(engine)

    assert (report.taken, report.restored) == (0, 1)
    assert entry(target, number)["telephoneNumber"] == ("+842363822222 ext. 12",)


def test_name_is_asked_about_and_left_meanwhile(engine: Engine, target: FakeTarget, number: str) -> None:
    """A name that somebody else changed is left in the entry and shown with what the directory says."""
    ask(engine, target, number)

    [line] = waiting(engine).first_asked
    assert entry(target, number)["cn"] == (OTHER,)
    assert (line.ref, line.name_there) == (number, OTHER)
    assert list(line.differences[0].before["cn"]) == [OTHER]
    assert list(line.differences[0].after["cn"]) == [NAME]


def test_what_else_was_changed_is_written_anew_beside_the_question(
    engine: Engine, target: FakeTarget, number: str
) -> None:
    """A quota changed together with the name is put right at once; about the name somebody is still asked."""
    ask(engine, target, number, displayName=(OTHER,), cvQuota=("1",))

    assert entry(target, number)["cvQuota"] != ("1",)
    assert entry(target, number)["displayName"] == (OTHER,)
    assert waiting(engine).asked == 1


def test_name_that_was_taken_away_is_written_anew(engine: Engine, target: FakeTarget, number: str) -> None:
    """An entry without a name says nothing that somebody could be asked about."""
    ask(engine, target, number, displayName=())

    assert entry(target, number)["displayName"] == (NAME,)
    assert waiting(engine).asked == 0


def test_question_outlives_other_writes_and_scans(engine: Engine, target: FakeTarget, number: str) -> None:
    """While somebody is asked, other changes of the account reach the entry, and the question stays as old as it is."""
    ask(engine, target, number)
    [before] = waiting(engine).first_asked

    engine.write_again(number)
    full(engine)

    [after] = waiting(engine).first_asked
    assert after.found_at == before.found_at
    assert entry(target, number)["cn"] == (OTHER,)


def test_question_outlives_a_scan_that_comes_before_the_engine(engine: Engine, target: FakeTarget, number: str) -> None:
    """A scan that finds the account due forgets no question about it: the engine still leaves the name as it is."""
    ask(engine, target, number)
    engine.do(suspend, number, "a reason")

    full(engine)

    assert entry(target, number)["cvState"] == ("suspended",)
    assert entry(target, number)["cn"] == (OTHER,)


def test_question_is_over_when_somebody_undoes_the_change(engine: Engine, target: FakeTarget, number: str) -> None:
    """If the entry has the directory's name again, nobody is asked any more."""
    ask(engine, target, number)
    target.edit(person(number), cn=(NAME,), displayName=(NAME,))

    full(engine)

    assert waiting(engine).asked == 0


def test_question_is_answered_by_writing_anew(engine: Engine, target: FakeTarget, number: str) -> None:
    """Whoever has the entry written anew gives it the directory's name."""
    ask(engine, target, number)

    with engine.outbox.transaction() as session:
        restore(session, engine.actor, [("account", number)])
    engine.settle()

    assert entry(target, number)["cn"] == (NAME,)
    assert waiting(engine).asked == 0


def test_question_is_answered_by_taking_over(engine: Engine, target: FakeTarget, number: str) -> None:
    """Whoever takes the name over gives it to the record, and the parts of the name follow in the entry."""
    ask(engine, target, number)

    with engine.outbox.transaction() as session:
        take_over(session, engine.actor, [("account", number)])
    engine.settle()

    assert record(engine, number).full_name == OTHER
    assert (entry(target, number)["cn"], entry(target, number)["givenName"]) == ((OTHER,), ("Văn Ân",))
    assert waiting(engine).asked == 0


def test_question_is_answered_by_another_name_in_the_record(engine: Engine, target: FakeTarget, number: str) -> None:
    """Whoever corrects the record meanwhile has answered: the entry gets the corrected name."""
    ask(engine, target, number)

    with engine.outbox.transaction() as session:
        official_id = engine.account(session, number).official_id
        change(session, engine.actor, [Change(official_id, {"full_name": "Nguyễn Văn Ẩn"})])
    engine.settle()

    assert entry(target, number)["cn"] == ("Nguyễn Văn Ẩn",)
    full(engine)
    assert waiting(engine).asked == 0


def test_two_names_are_no_name_to_take_over(engine: Engine, target: FakeTarget, number: str) -> None:
    """If the entry says two names, none is taken over, and nothing is written."""
    ask(engine, target, number, cn=("An Một",), displayName=("An Hai",))

    with engine.outbox.transaction() as session, pytest.raises(NoFullName):
        take_over(session, engine.actor, [("account", number)])

    assert record(engine, number).full_name == NAME
    assert waiting(engine).asked == 1


def test_nobody_is_asked_about_somebody_who_is_gone(engine: Engine, target: FakeTarget, number: str) -> None:
    """The entry of a closed account is written as the book says."""
    with engine.outbox.transaction() as session:
        leave(session, engine.actor, [Leaving(engine.account(session, number).official_id)])
    engine.settle()

    ask(engine, target, number)

    assert entry(target, number)["cn"] == (NAME,)
    assert waiting(engine).asked == 0


def test_so_many_telephones_at_once_wait_for_a_person(engine: Engine, target: FakeTarget) -> None:
    """When more numbers have changed than may be taken over by themselves, the record of nobody is changed."""
    numbers = engine.hire(*(f"Lê Văn {letter}{end}" for letter in "ABCDEGH" for end in ("n", "m")))
    engine.settle()
    for each in numbers:
        target.edit(person(each), telephoneNumber=("02363833333",))

    report = full(engine)

    assert (report.taken, report.asked, report.is_held) == (0, len(numbers), True)
    assert record(engine, numbers[0]).work_phone is None


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("+842363822222 ext. 12", ("02363822222", "12")),
        ("+84 236 382 2222", ("02363822222", None)),
        ("(0236) 3822222 máy lẻ 7", ("02363822222", "7")),
        ("024.38044444x105", ("02438044444", "105")),
        ("0236382222212345", None),
        ("gọi chị Hoa", None),
        ("ext. 12", None),
        ("", None),
    ],
)
def test_telephones_are_read_as_people_write_them(text: str, fields: tuple[str, str | None] | None) -> None:
    """A number and an extension are read from what address books write; everything else is no telephone."""
    found = telephone([text])

    assert found == (fields and {"work_phone": fields[0], "extension": fields[1]})

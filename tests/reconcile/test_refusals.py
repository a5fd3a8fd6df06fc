"""What the engine does about an entry that the target refuses: it opens nothing, and shuts what is to be shut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from directory.credentials.tables import AppPassword
from directory.lifecycle import Alias, add_alias, suspend
from directory.mailboxes import Mailbox
from provisioning.ports import Change, Modify, Outcome
from provisioning.reconcile.tables import EntryStatus
from tests.engines import Engine, device, person
from tests.fakes import FakeMailServer, FakeTarget

WANTED = "an@tinh.gov.vn"
FOREIGN = (("uid", "foreign"), ("ou", "people"))
TAKEN = "Another entry has one of these addresses."


@dataclass
class BusyTarget(FakeTarget):
    """A target that has no time to shut an entry by its state alone."""

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Make changes, unless one does nothing else."""
        if any(isinstance(each, Modify) and each.replace.keys() == {"cvState", "cvRevision"} for each in changes):
            return [Outcome("unavailable")] * len(changes)
        return super().apply(changes)


def refuse(engine: Engine, target: FakeTarget, number: str) -> None:
    """Let the next change of an account's entry be refused: the address that it gets is in a foreign entry."""
    target.entries[FOREIGN] = ({"cvAddress": (WANTED,)}, target.next_version())
    with engine.outbox.transaction() as session:
        add_alias(session, engine.actor, [Alias(mailbox_of(engine, session, number), WANTED)])


def mailbox_of(engine: Engine, session: Session, number: str) -> int:
    """Give the key of somebody's mailbox."""
    account_id = engine.account(session, number).id
    return session.scalars(select(Mailbox.id).where(Mailbox.account_id == account_id)).one()


@pytest.fixture
def number(engine: Engine) -> str:
    """Give an account that is real."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    return number


def test_refused_entry_gets_no_app_password(engine: Engine, target: FakeTarget, number: str) -> None:
    """Nothing is written below an entry that could not be made right."""
    refuse(engine, target, number)
    phone = engine.app_password(number)

    engine.settle()

    assert device(phone, person(number)) not in target.entries


def test_app_password_that_was_revoked_is_shut_below_a_refused_entry(
    engine: Engine, target: FakeTarget, mail: FakeMailServer, number: str
) -> None:
    """A revoked app password lets nobody in, and its open sessions end, although the account's entry is refused."""
    phone = engine.app_password(number)
    engine.write_again(number)
    refuse(engine, target, number)
    with engine.outbox.transaction() as session:
        session.execute(update(AppPassword).values(revoked_at=engine.now))

    engine.settle()

    assert target.entries[device(phone, person(number))][0]["cvState"] == ("disabled",)
    assert mail.kicked == list(target.entries[person(number)][0]["cvMailboxId"])


def test_app_password_is_not_taken_for_an_entry_that_others_renamed(
    engine: Engine, target: FakeTarget, number: str
) -> None:
    """What stands below a refused entry and carries its id has not been put elsewhere: the server's reason is told."""
    engine.app_password(number)
    engine.write_again(number)
    refuse(engine, target, number)

    engine.settle()

    status = engine.status(number)
    assert status is not None
    assert (status.state, status.reason) == ("refused", TAKEN)


def test_nobody_is_put_out_before_the_entry_is_shut(
    engine: Engine, target: FakeTarget, mail: FakeMailServer, number: str
) -> None:
    """Sessions that would be opened again at once, because the entry could not be shut, are not ended."""
    engine.do(suspend, number, "a reason")
    target.edit(person(number), cvQuota=("1",))
    stubborn = StubbornTarget(target.entries, version=target.version)

    engine.reconciler(stubborn).run()

    assert engine.due() == 1
    assert mail.kicked == []


@dataclass
class StubbornTarget(FakeTarget):
    """A target that refuses every change of an entry that is there."""

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Refuse."""
        return [Outcome("refused") for _ in changes]


def test_entry_ahead_of_the_book_is_shut_and_stays_ahead(engine: Engine, target: FakeTarget, number: str) -> None:
    """A suspension shuts also what is later there than in the book, and makes it look no older than it is."""
    target.edit(person(number), cvRevision=("99",))
    engine.do(suspend, number, "a reason")

    engine.settle()

    attributes = target.entries[person(number)][0]
    assert (attributes["cvState"], attributes["cvRevision"]) == (("suspended",), ("99",))


def test_entry_ahead_of_the_book_is_not_shut_without_a_decision(
    engine: Engine, target: FakeTarget, number: str
) -> None:
    """Whom a book that was restored holds suspended stays in where the entry is later: a person decides."""
    engine.do(suspend, number, "a reason")
    engine.settle()
    target.edit(person(number), cvState=("active",), cvRevision=("99",))

    engine.write_again(number)

    assert target.entries[person(number)][0]["cvState"] == ("active",)


def test_server_without_time_to_shut_is_waited_for(engine: Engine, target: FakeTarget, number: str) -> None:
    """While the server has no time to shut a refused entry, it is to blame and the account is not."""
    refuse(engine, target, number)
    engine.do(suspend, number, "a reason")
    busy = BusyTarget(target.entries, version=target.version)

    report = engine.reconciler(busy).run()

    assert report.paused_for is not None


def test_owner_that_is_being_written_is_not_marked_again(engine: Engine, target: FakeTarget, number: str) -> None:
    """Whoever waits for an address that another account is about to lose gives that one no more to do."""
    [other] = engine.hire("Trần Văn Bình")
    engine.settle()
    target.edit(person(other), cvAddress=("binhtv@tinh.gov.vn", WANTED))
    engine.do(suspend, other, "a reason")
    engine.now += timedelta(minutes=1)
    refuse(engine, target, number)
    with engine.outbox.transaction() as session:
        session.execute(text("UPDATE due SET claimed_until = now() + interval '1 hour' WHERE urgent"))
        before = engine.account(session, other).revision

    engine.run()

    with engine.outbox.transaction() as session:
        assert engine.account(session, other).revision == before
        assert session.get_one(EntryStatus, ("account", engine.account(session, number).id)).state == "retry"


def test_owner_that_passes_for_right_gives_the_address_up(engine: Engine, target: FakeTarget, number: str) -> None:
    """An entry of ours that a hand gave somebody else's address is written anew, and that one gets the address."""
    [other] = engine.hire("Trần Văn Bình")
    engine.settle()
    target.edit(person(other), cvAddress=("binhtv@tinh.gov.vn", WANTED))
    with engine.outbox.transaction() as session:
        add_alias(session, engine.actor, [Alias(mailbox_of(engine, session, number), WANTED)])

    engine.settle()

    assert WANTED in target.entries[person(number)][0]["cvAddress"]
    assert target.entries[person(other)][0]["cvAddress"] == ("binhtv@tinh.gov.vn",)

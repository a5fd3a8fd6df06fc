"""Links: what a person decides about entries that were there before, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg.errors import LockNotAvailable
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from directory.audit import AuditEvent
from directory.base import Actor
from directory.desired import Name
from directory.errors import NotAllowed, NotFound
from directory.targets import DEFAULT
from provisioning.reconcile import linking
from provisioning.reconcile.changes import OTHERS
from provisioning.reconcile.renames import follow
from provisioning.reconcile.targets import BeingWritten, NotKeptStill, end_maintenance
from tests.book import acting
from tests.engines import Engine, person
from tests.fakes import FakeTarget
from tests.reconcile.old_entries import ADDRESS, BRANCH, OLD, WRITTEN, adopted, confirm, number, proposed

__all__ = ["adopted", "number"]


def test_attribute_of_the_name_cannot_be_taken(engine: Engine, number: str) -> None:
    """The attribute by which the entry is called stays as it is."""
    with pytest.raises(linking.NamesTheEntry):
        confirm(engine, *proposed(engine), taken=("cn",))


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

    with engine.outbox.transaction() as session:
        assert linking.links(session, engine.actor) == []
    assert proposed(engine) == []


def test_account_with_its_own_entry_is_refused(engine: Engine, target: FakeTarget, number: str) -> None:
    """Who has an entry of our own making already would be without mail on the way to another one."""
    engine.settle()

    with pytest.raises(linking.HasOwnEntry):
        confirm(engine, *proposed(engine))


def test_target_that_is_written_to_is_refused(engine: Engine, number: str) -> None:
    """While workers write, an account may get an entry of its own: nothing is linked until somebody stops them."""
    refs = proposed(engine)

    with engine.outbox.transaction() as session, pytest.raises(NotKeptStill):
        linking.confirm(session, engine.actor, refs)


def test_account_in_a_worker_s_hands_is_refused(engine: Engine, number: str) -> None:
    """A worker that took the account before the maintenance began may still write it."""
    refs = proposed(engine)
    engine.reconciler().begin(only_urgent=False)

    with pytest.raises(BeingWritten):
        confirm(engine, *refs)


def test_entry_confirmed_anew_needs_no_maintenance(engine: Engine, target: FakeTarget, number: str) -> None:
    """An account that is linked already gets no entry of its own, so the new version is confirmed at any time."""
    refs = proposed(engine)
    target.edit(OLD, description=("Phòng 14",))
    confirm(engine, *refs)
    engine.settle()
    proposed(engine)

    with engine.outbox.transaction() as session:
        again = linking.confirm(session, engine.actor, refs)

    assert again == 1


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


def move(session: Session, actor: Actor) -> object:
    """Let links follow, as a worker does."""
    return follow(session, actor, DEFAULT, {})


def decide(session: Session, actor: Actor) -> object:
    """Confirm links."""
    return linking.confirm(session, actor, [])


def end(session: Session, actor: Actor) -> object:
    """Have the target written to again."""
    return end_maintenance(session, actor, [DEFAULT])


def is_kept_waiting(engine: Engine, verb: Callable[[Session, Actor], object]) -> bool:
    """Say whether a verb must wait for what others hold."""
    with engine.outbox.transaction() as session:
        session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        try:
            verb(session, engine.actor)
        except OperationalError as error:
            return isinstance(error.orig, LockNotAvailable)
    return False


@pytest.mark.parametrize("verb", [move, decide])
def test_links_are_decided_one_after_the_other(engine: Engine, verb: Callable[[Session, Actor], object]) -> None:
    """Who confirms links, or a worker that lets them follow, waits for whoever began: both would pass the checks."""
    with engine.outbox.transaction() as first:
        linking.confirm(first, engine.actor, [])

        assert is_kept_waiting(engine, verb)


def test_maintenance_does_not_end_while_somebody_confirms(engine: Engine, number: str) -> None:
    """Until what was confirmed is in the book no worker may write: it would give the account an entry of its own."""
    refs = proposed(engine)

    with engine.kept_still(), engine.outbox.transaction() as first:
        linking.confirm(first, engine.actor, refs)

        assert is_kept_waiting(engine, end)

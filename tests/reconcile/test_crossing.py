"""Rounds and marks that touch the same rows at once take them in one order: each waits, and none is ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.audit import record
from directory.base import Actor
from directory.due import mark
from directory.grants import Action, Grant
from directory.lifecycle import Founding, found_agency
from directory.lifecycle.careers import careers_of
from directory.lifecycle.granting import Granting, grant
from directory.lifecycle.reach import reach
from directory.reorganisation import Plan, reorganise
from provisioning.outbox import Outbox
from tests.book import LONG_AGO
from tests.engines import Engine

PATIENCE_SECONDS = 60
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
NAMES = ("Nguyễn Văn An", "Trần Thị Bình", "Lê Văn Cường")


@dataclass
class Others:
    """Transactions that run beside the test's own."""

    outbox: Outbox
    failed: list[OperationalError] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, work: Callable[[], object]) -> None:
        """Start one, until it waits for a row or is done."""

        def run() -> None:
            try:
                work()
            except OperationalError as error:
                self.failed.append(error)

        before, thread = self.waiting(), threading.Thread(target=run)
        thread.start()
        self.threads.append(thread)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while thread.is_alive() and self.waiting() <= before:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def waiting(self) -> int:
        """Count the transactions that wait for a row."""
        with self.outbox.engine.connect() as connection:
            return connection.scalar(WAITING) or 0

    def ended(self) -> list[str]:
        """Wait until all are done, and say which PostgreSQL has ended."""
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS)
        return [type(error.orig).__name__ for error in self.failed]


@pytest.fixture
def others(outbox: Outbox) -> Others:
    """Give none yet."""
    return Others(outbox)


def accounts_of(engine: Engine, *numbers: str) -> list[Account]:
    """Give accounts by their numbers."""
    with engine.outbox.transaction() as session:
        found = [engine.account(session, number) for number in numbers]
        session.expunge_all()
        return found


def shut(session: Session, actor: Actor, account: Account) -> None:
    """Lock an account as verbs do that shut it."""
    reach(session, actor, Action.SUSPEND, [account.id])


def change(session: Session, actor: Actor, account: Account) -> None:
    """Lock an account as verbs do that change a life in the service."""
    careers_of(session, actor, [account.official_id])


@pytest.mark.parametrize("lock", [shut, change])
def test_newcomer_is_recorded_while_somebody_changes_it(
    engine: Engine, others: Others, lock: Callable[[Session, Actor, Account], None]
) -> None:
    """The round that queues the welcome of an account, and whoever has locked the account and marks it, end both."""
    [account] = accounts_of(engine, *engine.hire(NAMES[0]))

    with engine.outbox.transaction() as session:
        lock(session, engine.actor, account)
        others.start(engine.run)
        mark(session, engine.actor, "account", [account.id], urgent=True)

    assert others.ended() == []
    assert (engine.due(), engine.welcomes()) == (1, 1)


def end_agency(session: Session, actor: Actor) -> None:
    """Let the department become part of a new one today."""
    places = {agency.code: agency.id for agency in session.scalars(select(Agency))}
    wish = Founding("department", "Sở Mới", parent_id=places["H36"], code="H36.90", valid_from=LONG_AGO)
    [heir] = found_agency(session, actor, [wish])
    reorganise(session, actor, [Plan([places["H36.05"]], actor.today, [heir.id])])


@pytest.mark.parametrize("lock", [shut, change])
def test_agency_ends_while_one_of_its_people_is_changed(
    engine: Engine, others: Others, lock: Callable[[Session, Actor, Account], None]
) -> None:
    """Whoever has locked somebody and then writes of the agency, and a reorganisation that ends it, end both."""
    [account] = accounts_of(engine, *engine.hire(NAMES[0]))

    def end() -> None:
        with engine.outbox.transaction() as session:
            end_agency(session, engine.actor)

    with engine.outbox.transaction() as session:
        agency_id = session.scalars(select(Agency.id).where(Agency.code == "H36.05")).one()
        lock(session, engine.actor, account)
        others.start(end)
        record(session, engine.actor, "account.suspended", f"account:{account.number}", agency_id)

    assert others.ended() == []


def test_round_is_recorded_while_its_subjects_are_marked(engine: Engine, others: Others) -> None:
    """A round that was claimed in another order than that of ids, and a mark of the same subjects, end both."""
    ids = [account.id for account in accounts_of(engine, *engine.hire(*NAMES))]
    with engine.outbox.transaction() as session:
        session.execute(text("UPDATE due SET since = since - subject_id * interval '1 min'"))
    reconciler = engine.reconciler()
    this = reconciler.begin(only_urgent=False)
    reconciler.make_real(this)

    with engine.outbox.transaction() as first:
        first.execute(text("SELECT FROM due WHERE subject_id = :id FOR UPDATE"), {"id": ids[0]})
        others.start(lambda: mark_all(engine, ids))
        others.start(lambda: reconciler.finish(this))

    assert others.ended() == []


def mark_all(engine: Engine, ids: list[int], plan: str = "") -> None:
    """Mark accounts in a transaction of their own, maybe with a plan that reads them in another order."""
    with engine.outbox.transaction() as session:
        for each in plan.split():
            session.execute(text(f"SET LOCAL enable_{each} = off"))
        mark(session, engine.actor, "account", ids)


def test_two_mark_the_same_subjects(engine: Engine, others: Others) -> None:
    """Two who mark the same accounts end both, although one reads them by an index and the other as they lie."""
    first, second, third = (account.id for account in accounts_of(engine, *engine.hire(*NAMES)))
    with engine.outbox.transaction() as session:  # it lies behind the others from now on
        session.execute(text("UPDATE accounts SET revision = revision WHERE id = :id"), {"id": first})

    with engine.outbox.transaction() as session:
        session.execute(text("SELECT FROM accounts WHERE id = :id FOR NO KEY UPDATE"), {"id": first})
        others.start(lambda: mark_all(engine, [first, second, third], "seqscan bitmapscan"))
        others.start(lambda: mark_all(engine, [first, second, third], "indexscan indexonlyscan bitmapscan"))

    assert others.ended() == []


def test_role_that_two_give_at_once_is_given_once(engine: Engine, others: Others) -> None:
    """Who gives a role while somebody else gives the same one waits, and finds it there: withdrawing it leaves none."""
    [account] = accounts_of(engine, *engine.hire(NAMES[0]))

    def give() -> None:
        with engine.outbox.transaction() as session:
            department = session.scalars(select(Agency.id).where(Agency.code == "H36.05")).one()
            grant(session, engine.actor, [Granting(account.id, "hr", department)])
            if not others.threads:
                others.start(give)

    give()

    assert others.ended() == []
    with engine.outbox.transaction() as session:
        assert len(session.scalars(select(Grant).where(Grant.account_id == account.id)).all()) == 1

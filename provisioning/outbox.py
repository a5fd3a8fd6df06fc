"""One transaction per intent: opened, committed and followed by its wake-ups here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from procrastinate import App, SyncPsycopgConnector
from procrastinate.types import JSONValue
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from directory.keys import Keys
from directory.targets import DEFAULT
from provisioning.patience import Impatient

Wake = Callable[[Session, str], None]
"""Enqueue a wake-up (`reconcile`, `notices`) inside the session's transaction, so that it leaves with the commit."""
WAKE_UPS = {
    "agencies": "agencies",
    "lists": "lists",
    "notices": "notices",
    "readings": "readings",
    "rollouts": "policies",
}
LANES = {"reconcile": "reconcile", "notices": "notices"}
"""Tasks with a queue of their own; the others share `default`.

A long list never makes a disable wait, and a thousand welcome letters never make a list wait.
"""
CALENDAR = "calendar"
"""The task that does what a day brings; its queue is emptied by whoever has the lane `default`, beside all else there.

Whoever leaves at midnight waits for no list that is being read.
"""


def lane_of(target: str, *, urgent: bool = False) -> str:
    """Give the task that makes the entries of a target real: each has its own, so that none waits for another.

    A second one, for disables alone, waits for no long batch of the first.
    """
    return ("disable" if urgent else "reconcile") + ("" if target == DEFAULT else f"-{target}")


def queue_of(task: str) -> str:
    """Give the queue in which a task waits."""
    own = task == CALENDAR or task.startswith(("reconcile", "disable"))
    return task if own else LANES.get(task, "default")


@dataclass(frozen=True)
class Queue:
    """Puts jobs for the worker into a transaction of the book: they are there with its commit, or not at all.

    Never with a queueing lock: one inside a user's transaction makes the next user wait for its end.
    """

    app: App = field(default_factory=lambda: App(connector=SyncPsycopgConnector()))

    def defer(self, session: Session, task: str, *, after: timedelta | None = None, **arguments: JSONValue) -> None:
        """Put one job in; its arguments are ids, never secrets."""
        self.app.configure_task(
            task,
            queue=queue_of(task),
            schedule_in={"seconds": after.total_seconds()} if after else None,
            connection=session.connection().connection.driver_connection,
        ).defer(**arguments)

    def wake(self, session: Session, wake_up: str) -> None:
        """Wake a worker for what the transaction leaves behind."""
        self.defer(session, wake_up)


class OutcomeUnknown(OperationalError):
    """The connection broke while a transaction was being committed: all of it is kept, or nothing."""


@dataclass(frozen=True)
class Outbox:
    """Makes transactions over one engine with the book's keys placed in them."""

    engine: Engine
    keys: Keys
    wake: Wake
    targets: Collection[str] | None = None
    """Those for which there are workers: for others nothing is put into the queue, where nobody would take it out.

    None: all.
    """

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Run one intent: commit at the end, or nothing at all; what became due wakes a worker with the commit."""
        with Session(self.engine, info={"keys": self.keys}) as session:
            yield session
            session.flush()
            for mark, wake_up in WAKE_UPS.items():
                if session.info.pop(mark, False):
                    self.wake(session, wake_up)
            for target, urgent in sorted(session.info.pop("due", ())):
                if self.targets is None or target in self.targets:
                    self.wake(session, lane_of(target, urgent=urgent))
            _commit(session)


def _commit(session: Session) -> None:
    """Commit, or raise `OutcomeUnknown` if PostgreSQL was asked to and its answer is lost."""
    try:
        session.commit()
    except OperationalError as broken:
        if broken.connection_invalidated:
            raise OutcomeUnknown(None, None, broken.orig or broken, connection_invalidated=True) from broken
        raise


_PLANNING = "-c jit=off -c random_page_cost=1.1"
"""Compiling a statement over millions takes longer than a page of it; and no disk has a head to move any more."""

_NETWORK = {
    "connect_timeout": "5",
    "tcp_user_timeout": "15000",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
"""A machine that is gone says nothing: without a limit a request, with its thread, would wait a quarter of an hour.

Where the address of the database names its own, these hold.
"""


def engine_for(database_url: str, pool_size: int = 10, patience: float | None = None) -> Engine:
    """Open the pool of connections to the book of record; with `patience` an answer is waited for so many seconds."""
    # An error's text must not carry what stood in the statement: it ends up in a log.
    engine = create_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={**_NETWORK, **make_url(database_url).query, "options": _PLANNING},
    )
    if patience is not None:

        @event.listens_for(engine, "do_connect", named=True)
        def connect(cparams: dict[str, Any], **_: object) -> Impatient:
            made = Impatient.connect(**cparams)
            made.patience = patience
            return made

    return engine

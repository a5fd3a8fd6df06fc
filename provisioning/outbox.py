"""One transaction per intent: opened, committed and followed by its wake-ups here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from directory.keys import Keys

Wake = Callable[[Session, str], None]
"""Enqueue a wake-up (`reconcile`, `notices`) inside the session's transaction, so that it leaves with the commit."""
WAKE_UPS = {"due": "reconcile", "notices": "notices"}


@dataclass(frozen=True)
class Outbox:
    """Makes transactions over one engine with the book's keys placed in them."""

    engine: Engine
    keys: Keys
    wake: Wake

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Run one intent: commit at the end, or nothing at all; what became due wakes a worker with the commit."""
        with Session(self.engine, info={"keys": self.keys}) as session, session.begin():
            yield session
            session.flush()
            for mark, wake_up in WAKE_UPS.items():
                if session.info.pop(mark, False):
                    self.wake(session, wake_up)


def engine_for(database_url: str, pool_size: int = 10) -> Engine:
    """Open the pool of connections to the book of record."""
    return create_engine(database_url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)

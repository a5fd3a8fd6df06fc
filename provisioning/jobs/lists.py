"""The jobs of staff lists: read one file, apply one batch; the transaction of each wakes the job for the next."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update

from directory.base import system
from directory.staff_lists.apply import apply_next
from directory.staff_lists.intake import read_next
from directory.staff_lists.purge import purge
from directory.staff_lists.tables import StaffListFile
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job
from provisioning.logs import log_of
from provisioning.outbox import Outbox

log = log_of(__name__)


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles of garbage meanwhile: there are none among rows, and to look took a third of the time.

    Whoever comes in the middle of another one leaves it as it is.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def apply(service: Service) -> None:
    """Do one batch of the lists that are being applied."""
    with uncollected(), service.outbox.transaction() as session:
        apply_next(session, clock(), "lists")


@dataclass(frozen=True)
class Noted:
    """Notes how far a file is read, in transactions of its own: the page shows it before the plan is there."""

    outbox: Outbox

    def begin(self, list_id: int) -> int:
        """Note that a file is begun; give how often it was."""
        with self.outbox.transaction() as session:
            begun = session.scalar(
                update(StaffListFile)
                .where(StaffListFile.list_id == list_id)
                .values(attempts=StaffListFile.attempts + 1, rows_read=0)
                .returning(StaffListFile.attempts)
            )
        return begun or 0

    def tell(self, list_id: int, rows: int) -> None:
        """Note how many rows are done."""
        with self.outbox.transaction() as session:
            session.execute(update(StaffListFile).where(StaffListFile.list_id == list_id).values(rows_read=rows))


def read_one(service: Service) -> None:
    """Read and plan the file that waits longest."""
    with uncollected(), service.outbox.transaction() as session:
        read_next(session, clock(), "lists", service.reader.reading, Noted(service.outbox))


def purge_old(service: Service) -> None:
    """Forget what lists said of people, once they are old enough; their counts stay."""
    kept = timedelta(days=service.settings.list_days)
    with service.outbox.transaction() as session:
        purged = purge(session, system(clock(), "worker"), kept)
    if purged:
        log.info("lists are purged", lists=purged)


JOBS = (
    Job("lists", apply, every="* * * * *"),
    Job("readings", read_one, every="* * * * *"),
    # A quarter past two at night in Viet Nam.
    Job("list_purge", purge_old, every="15 19 * * *"),
)
"""By themselves once a minute too: a wake-up that a killed worker took along is made good."""

"""A book of 10,000 accounts with its target, and nothing due: what the benches of the engine stand on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from benches.crowd import Size
from benches.figures import BenchError
from benches.target import Loaded, loaded
from benches.workers import export, names_in, wait_real, working
from directory.base import system
from directory.due import mark
from provisioning.bootstrap import clock

ACCOUNTS = 10_000
_SIZE = Size(officials=10_800, agencies=400, domains=100)
"""One official in twenty has no account."""


@dataclass(frozen=True)
class Accounts:
    """The target, its book, and the first 10,000 accounts in it."""

    target: Loaded
    ids: tuple[int, ...]
    numbers: tuple[str, ...]

    @property
    def ldif(self) -> Path:
        """The accounts' entries as the engine made them."""
        return self.target.ldif.with_name("accounts.ldif")

    def forget(self) -> None:
        """Leave the target without any account, and the book without any news of entries."""
        with self.target.emptied(), self.target.service.outbox.transaction() as session:
            session.execute(text("DELETE FROM entry_status"))
            session.execute(text("DELETE FROM notices"))

    def give_telephone(self, number: str) -> None:
        """Give all accounts' officials another telephone at work."""
        with self.target.service.outbox.transaction() as session:
            session.execute(text(_TELEPHONE), {"number": number, "ids": list(self.ids)})

    def made_real(self, workers: int = 1) -> float:
        """Mark all due and let workers do it; give the seconds from the commit until nothing is due any more."""
        service = self.target.service
        with working(self.target.stack, service, count=workers):
            with service.outbox.transaction() as session:
                mark(session, system(clock(), "bench"), "account", self.ids)
                began = time.perf_counter()
            wait_real(service)
            return time.perf_counter() - began

    def check(self) -> None:
        """Refuse a figure unless every entry is there, right, and written once for all."""
        service = self.target.service
        with service.outbox.transaction() as session:
            wrong = session.scalar(text("SELECT count(*) FROM entry_status WHERE state <> 'ok'"))
        if wrong:
            raise BenchError(f"{wrong} entries could not be made")
        export(self.target.stack, service, self.numbers, self.ldif)
        if (there := len(names_in(self.ldif))) != ACCOUNTS:
            raise BenchError(f"{there} of {ACCOUNTS} entries are there")


@contextmanager
def accounts(*parts: str) -> Iterator[Accounts]:
    """Make the book and the target, beside more servers if they are named."""
    with loaded(_SIZE, *parts) as target:
        with target.service.outbox.transaction() as session:
            found = session.execute(text(_FIRST), {"limit": ACCOUNTS}).all()
        if len(found) < ACCOUNTS:
            raise BenchError(f"there are only {len(found)} accounts")
        ids, numbers = zip(*found, strict=True)
        yield Accounts(target, ids, numbers)


_FIRST = "SELECT id, number FROM accounts ORDER BY id LIMIT :limit"
_TELEPHONE = """
UPDATE officials SET work_phone = :number FROM accounts
WHERE accounts.official_id = officials.id AND accounts.id = ANY(:ids)
"""

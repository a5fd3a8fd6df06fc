"""A target with 100,000 entries and the directory that they are of, made once for all benches of a run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from benches.crowd import Size, crowd
from benches.figures import BenchError
from benches.place import servers, service_on, shared
from directory.due import TABLES
from directory.targets import DEFAULT
from provisioning.bootstrap import Service
from provisioning.cli.ldif import write
from provisioning.worker import settle
from stack.servers import Stack

FEW = Size(officials=10_500, agencies=400, domains=100)
MANY = Size(officials=105_000, agencies=1_000, domains=400)


@dataclass(frozen=True)
class Loaded:
    """A service whose book says what is in its target."""

    stack: Stack
    service: Service
    ldif: Path

    @property
    def slapadd(self) -> list[str]:
        """Load entries into the stopped server, without its checks between them."""
        return ["/usr/sbin/slapadd", "-q", "-n1", "-F", str(self.stack.slapd.config)]

    @contextmanager
    def emptied(self) -> Iterator[None]:
        """Stop the server and leave nothing in it but the branches; start it again afterwards."""
        self.service.target.close()
        self.stack.supervisor.stop("slapd")
        for file in self.stack.slapd.data.glob("*.mdb"):
            file.unlink()
        self.stack.slapd.load_base()
        yield
        self.stack.slapd.prepare()
        self.stack.supervisor.start(self.stack.slapd)


@contextmanager
def loaded(size: Size, *parts: str) -> Iterator[Loaded]:
    """Fill a book, write its entries as LDIF, load them, and note in the book what is in the target."""
    with servers("postgresql", "slapd", *parts) as stack, service_on(stack, "book") as service:
        with service.outbox.engine.begin() as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            crowd(connection, size)
        place = Loaded(stack, service, stack.layout.folder("work") / "all.ldif")
        with place.ldif.open("wb") as file:
            write(service, DEFAULT, file)
        with place.emptied():
            load(place)
        note(service)
        with service.outbox.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # as autovacuum would have done by and by
        settle()  # as the worker does, and `congvu ldif`
        yield place


@contextmanager
def many(large: bool) -> Iterator[Loaded]:  # noqa: ARG001, FBT001 - as every bench; the goal names its size
    """Give the target of 100,000 entries; it stays for the other benches of this run."""
    yield shared(_many, False)


@contextmanager
def _many(large: bool) -> Iterator[Loaded]:  # noqa: ARG001, FBT001 - as every bench
    with loaded(MANY) as place:
        yield place


def load(place: Loaded) -> None:
    """Load the file into the stopped server."""
    done = subprocess.run([*place.slapadd, "-l", place.ldif], check=False, capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"slapadd ended with {done.returncode}: {done.stderr.strip()[-300:]}")


def note(service: Service) -> None:
    """Have the engine look at every entry once, as after `congvu reconcile --all`: it must find nothing to write."""
    with service.outbox.transaction() as session:
        session.execute(text("DELETE FROM entry_status"))
        session.execute(text("DELETE FROM due"))
        for subject, table in TABLES.items():
            session.execute(text(_DUE.format(subject=subject, table=table)))
    writes = 0
    while (report := service.reconciler.run()).claimed:
        writes += report.claimed - report.done
    if writes:
        raise BenchError(f"{writes} of the subjects could not be found in the target as they should be")


_DUE = (
    "INSERT INTO due (subject, subject_id, revision, since) SELECT '{subject}', id, revision, now() FROM {table}"
    " WHERE '{subject}' <> 'mailbox' OR to_jsonb({table}) ->> 'kind' = 'role'"
)

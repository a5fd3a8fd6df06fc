"""A staff list of 500, from the file to the entries, against `ldapadd` of the same entries.

Ours is what the web and the workers do: the file is read in its child process, planned and applied to the book of the
sample batch by batch, and meanwhile a worker, a process of its own as in the stack, writes the entries of each batch.
The other side has no book: `ldapadd` adds, to the same slapd, the entries that ours has made; they were exported by
`ldapsearch` and deleted. Both speak StartTLS, PostgreSQL and slapd sync to disk, and both find the entries of the
sample in the tree. With `--large` the lists have 5,000 rows.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from benches.figures import BenchError, at_least, seconds
from benches.place import servers, service_on, speak
from benches.workers import delete, export, wait_real, working
from directory.accounts import Account
from directory.agencies import agency_by_code
from directory.base import system
from directory.staff_lists import apply
from directory.staff_lists.plan import Upload, plan
from directory.staff_lists.tables import StaffList, StaffListRow
from provisioning.bootstrap import Service, clock
from provisioning.sample import load, write_staff_list
from provisioning.sheets.reader import read
from provisioning.worker import settle
from stack.servers import Stack

NAME = "import-500"
GOAL = at_least(0.5)
UNIT = "entries/s"

AGENCIES = ("H36.05", "H27.05", "H49.05")
"""A list for each run: departments of three provinces, none of whose people is in the sample or in another list."""
ROWS, MANY_ROWS = 500, 5_000


@dataclass
class Place:
    """The servers, the service, and what it has been given."""

    stack: Stack
    service: Service
    work: Path
    rows: int
    codes: Iterator[str]

    @property
    def ldif(self) -> Path:
        """The entries of the last list."""
        return self.work / "entries.ldif"


@contextmanager
def set_up(large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Load the sample and make its entries real."""
    with servers("postgresql", "slapd") as stack, service_on(stack, "book") as service:
        load(service.outbox, system(clock(), "bench"))
        with working(stack, service):
            wait_real(service)
            settle()
            yield Place(stack, service, stack.layout.folder("work"), MANY_ROWS if large else ROWS, iter(AGENCIES))


def ours(place: Place) -> float:
    """Bring a list to its entries; then export and delete them."""
    code = next(place.codes)
    file = place.work / f"{code}.xlsx"
    write_staff_list(file, code, place.rows)
    taken = seconds(lambda: bring(place.service, code, file))
    export(place.stack, place.service, numbers(place, code), place.ldif)
    made = delete(place.stack, place.ldif)
    # Of some thousand who were drawn a few share name and birth date: a question for a person.
    if not place.rows - place.rows // 1000 <= made <= place.rows:
        raise BenchError(f"the list of {place.rows} came to {made} entries")
    return made / taken


def other(place: Place) -> float:
    """Add the exported entries; then delete them."""
    taken = seconds(lambda: speak(place.stack, "ldapadd", "-f", place.ldif))
    return delete(place.stack, place.ldif) / taken


def bring(service: Service, code: str, file: Path) -> None:
    """Do what the web and the worker do with a list."""
    content = file.read_bytes()
    sheets = read(content)
    hr = system(clock(), "bench")
    with service.outbox.transaction() as session:
        upload = Upload(agency_by_code(session, code).id, file.name, hashlib.sha256(content).hexdigest(), sheets)
        apply.start(session, hr, plan(session, hr, upload), has_read=True)
    is_applying = True
    while is_applying:
        with service.outbox.transaction() as session:
            is_applying = apply.apply_next(session, clock(), "bench")
    wait_real(service)


def numbers(place: Place, code: str) -> Sequence[str]:
    """Give the account numbers of those who came by the list of an agency."""
    with place.service.outbox.transaction() as session:
        return session.scalars(
            select(Account.number)
            .join(StaffListRow, StaffListRow.official_id == Account.official_id)
            .join(StaffList, StaffList.id == StaffListRow.list_id)
            .where(StaffList.agency_id == agency_by_code(session, code).id)
        ).all()

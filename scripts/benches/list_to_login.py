"""A planned list of 10,000, from "apply" until Postfix takes mail for all, against `ldapadd` of the same entries.

Ours is what the workers of the stack do: one process applies the list to the book batch by batch, another writes the
entries of each batch meanwhile. The clock stops when the list is applied and nothing is due; then Postfix is asked
once for each of the 10,000 addresses and must answer 250, and 100 of the people activate their accounts, set up a mail
client and sign in by IMAP. Letters of welcome wait: the lane that sends them does not run. The other side has no book:
it adds, to a tree that was just made like ours, what ours has made. Both speak StartTLS, PostgreSQL and slapd sync.
Groups of agencies follow when the people are there, or after a minute: mostly after the clock has stopped.
"""

import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from sqlalchemy import select, text

from benches.figures import BenchError, at_least, seconds
from benches.listed import ROWS, Listed, analyse, drawn, listed, write
from benches.mail_clients import app_password, deliverable, imap
from benches.place import speak
from benches.target import Loaded
from benches.workers import PATIENCE_SECONDS, POLL_SECONDS, export, names_in, wait_real, working
from directory.accounts import Account
from directory.addresses import Address
from directory.base import system
from directory.credentials.activation import activate, issue_activation_codes
from directory.due import mark
from directory.mailboxes import Mailbox
from directory.staff_lists.tables import StaffList, StaffListRow
from provisioning.bootstrap import Service, clock
from provisioning.sample.names import Made
from provisioning.signin import guarded

NAME = "list-to-login"
GOAL = at_least(0.9)
UNIT = "entries/s"
SAMPLED = 100
SPARE = 100
"""More rows than are promised: among so many drawn people some are a question for a person, and no newcomers."""


@dataclass(frozen=True)
class Place:
    """The directory, the target, and a number for each list."""

    listed: Listed
    target: Loaded
    numbers: Iterator[int]
    ldif: Path


@dataclass(frozen=True)
class Person:
    """Somebody of the list."""

    account_id: int
    number: str
    address: str


@contextmanager
def set_up(_large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Make the directory; what it held before the list is not in the tree, but for the domain of the list."""
    with listed("slapd", "dovecot", "postfix") as found:
        analyse(found.service)
        target = Loaded(found.stack, found.service, found.folder / "all.ldif")
        yield Place(found, target, count(), found.folder / "list.ldif")


def ours(place: Place) -> float:
    """Bring a list of newcomers to their entries, and let some of them sign in."""
    found, number = place.listed, next(place.numbers)
    list_id = found.plan(write(found.folder / f"{number}.xlsx", newcomers(number), f"{50 + number:03}"))
    empty(place)
    with working(found.stack, found.service), working(found.stack, found.service, ("default",)):
        wait_real(found.service)
        began = time.perf_counter()
        found.start(list_id)
        wait_applied(found, list_id)
        wait_real(found.service)
        taken = time.perf_counter() - began
        came = people_of(found, list_id)
        if len(came) < ROWS:
            raise BenchError(f"the list came to {len(came)} accounts")
        export(found.stack, found.service, [each.number for each in came], place.ldif)
        asked = seconds(lambda: deliverable(found.stack, [each.address for each in came]))
        print(f"  {taken:.1f} s to the last entry; Postfix was asked for {asked:.1f} s", file=sys.stderr)
        sign_in(found, came[:: ROWS // SAMPLED])
    return len(came) / taken


def other(place: Place) -> float:
    """Add the same entries."""
    empty(place)
    return len(names_in(place.ldif)) / seconds(lambda: speak(place.listed.stack, "ldapadd", "-f", place.ldif))


def empty(place: Place) -> None:
    """Give the target a new tree; the domain of the list comes into it with the next worker."""
    with place.target.emptied(), place.listed.service.outbox.transaction() as session:
        session.execute(text("DELETE FROM due"))
        session.execute(text("DELETE FROM membership_changes"))
        domains = session.scalars(text("SELECT id FROM domains WHERE name = 'danhsach.gov.vn'"))
        mark(session, system(clock(), "bench"), "domain", domains)


def newcomers(number: int) -> list[Made]:
    """Draw people of whom no two have name and birth date in common, in this list or in another."""
    lists = number + 1
    made = {(each.full_name, each.birth_date): each for each in drawn(2 * lists * ROWS, NAME)}
    return list(made.values())[number * (ROWS + SPARE) : lists * (ROWS + SPARE)]


def wait_applied(found: Listed, list_id: int) -> None:
    """Wait until a worker has done all of a list."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    state = select(StaffList.state).where(StaffList.id == list_id)
    with found.service.outbox.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(state) != "applied":
            if time.monotonic() > deadline:
                raise BenchError(f"the list is not applied after {PATIENCE_SECONDS} s")
            time.sleep(POLL_SECONDS)


def people_of(found: Listed, list_id: int) -> list[Person]:
    """Give those whom a list brought."""
    with found.service.outbox.transaction() as session:
        rows = session.execute(
            select(Account.id, Account.number, Address.address)
            .join(StaffListRow, StaffListRow.official_id == Account.official_id)
            .join(Mailbox, Mailbox.account_id == Account.id)
            .join(Address, (Address.mailbox_id == Mailbox.id) & (Address.kind == "primary"))
            .where(StaffListRow.list_id == list_id, StaffListRow.applied_at.is_not(None))
            .order_by(Account.id)
        )
        return [Person(*row) for row in rows]


def first_day(service: Service, code: str) -> None:
    """Activate an account with the code of its slip, as the page does."""
    password = secrets.token_urlsafe()
    guarded(
        service.outbox,
        replace(system(clock(), "bench"), is_system=False),
        "activation",
        lambda _session: "slip",
        lambda session, attempt: activate(session, system(clock(), "bench"), attempt, code, password).id,
    )


def sign_in(found: Listed, people: Sequence[Person]) -> None:
    """Let people activate their accounts, set up a mail client, and sign in with it."""
    service = found.service
    with service.outbox.transaction() as session:
        issued = issue_activation_codes(session, system(clock(), "bench"), [each.account_id for each in people])
        codes = {account.id: code for account, code in issued}
    for person in people:
        first_day(service, codes[person.account_id])
    opened = [app_password(service, each.account_id) for each in people]
    wait_real(service)
    for address, secret in opened:
        imap(found.stack, address, secret).logout()

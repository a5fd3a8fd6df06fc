"""A suspension among 10,000 accounts that are due: how long it takes until mail is shut, against the 5 s it may take.

Mail is shut when a mail client that signs in is refused and one that was signed in is cut off; the longer of the two
counts, although an open session may take 60 s. A worker is in the middle of the 10,000 meanwhile, and is not done
when mail is shut.
"""

import imaplib
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from sqlalchemy import func, select

from benches.accounts import ACCOUNTS, Accounts, accounts
from benches.figures import BenchError, at_most
from benches.mail_clients import app_password, imap
from benches.workers import wait_real, working
from directory.accounts import Account
from directory.base import system
from directory.due import Due, mark
from directory.lifecycle import reinstate, suspend
from provisioning.bootstrap import clock

NAME = "disable-first"
GOAL = at_most(1)
UNIT = "s"
SECONDS = 5.0
BEGUN = 500
"""So many of the accounts are done when somebody is suspended."""


@dataclass(frozen=True)
class Place:
    """The accounts, and one whose holder reads mail."""

    accounts: Accounts
    account_id: int
    address: str
    password: str
    turns: Iterator[int]


@contextmanager
def set_up(_large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Let somebody set up a mail client, and a worker work."""
    with accounts("dovecot") as found:
        service = found.target.service
        with service.outbox.transaction() as session:
            active = select(Account.id).where(Account.state == "active", Account.id.in_(found.ids))
            account_id = session.scalars(active.order_by(Account.id).limit(1)).one()
        with working(found.target.stack, service):
            address, password = app_password(service, account_id)
            wait_real(service)
            yield Place(found, account_id, address, password, count(1))


def ours(place: Place) -> float:
    """Suspend somebody while everybody is due; give the seconds until mail is shut, and let them in again."""
    service, stack = place.accounts.target.service, place.accounts.target.stack
    client = imap(stack, place.address, place.password)
    place.accounts.give_telephone(f"0244{next(place.turns):07}")
    with service.outbox.transaction() as session:
        mark(session, system(clock(), "bench"), "account", place.accounts.ids)
    while waiting(place) > ACCOUNTS - BEGUN:
        time.sleep(0.01)
    with service.outbox.transaction() as session:
        suspend(session, system(clock(), "bench"), [place.account_id], "bench")
        began = time.perf_counter()
    cut_off = CutOff(client)
    refused = first_refusal(place) - began
    ended = cut_off.at() - began
    if not (left := waiting(place)):
        raise BenchError("nothing else was waiting any more")
    print(f"  refused after {refused:.2f} s, cut off after {ended:.2f} s, {left} still due", file=sys.stderr)
    with service.outbox.transaction() as session:
        reinstate(session, system(clock(), "bench"), [place.account_id], "bench")
    wait_real(service)
    return max(refused, ended)


def other(_place: Place) -> float:
    """Give the time that it may take."""
    return SECONDS


def waiting(place: Place) -> int:
    """Count what is due."""
    with place.accounts.target.service.outbox.transaction() as session:
        return session.scalar(select(func.count()).select_from(Due)) or 0


def first_refusal(place: Place) -> float:
    """Sign in again and again; give when the first attempt that was refused began."""
    while True:
        began = time.perf_counter()
        try:
            imap(place.accounts.target.stack, place.address, place.password).logout()
        except imaplib.IMAP4.error:
            return began


class CutOff:
    """Waits, beside what else is done, until the server ends a session."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self.client = client
        self.ended: list[float] = []
        self.thread = threading.Thread(target=self.wait)
        self.thread.start()

    def wait(self) -> None:
        """Read what the server says by itself, until it says goodbye."""
        self.client.sock.settimeout(60)
        while (line := self.client.readline()) and b"BYE" not in line:
            continue
        self.ended.append(time.perf_counter())
        self.client.shutdown()

    def at(self) -> float:
        """Give when it was ended."""
        self.thread.join()
        if not self.ended:
            raise BenchError("the open session was not ended within a minute")
        return self.ended[0]

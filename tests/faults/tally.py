"""What a test broke and what came of it, counted from the end state: book, tree, and what was promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select

from directory.accounts import Account
from directory.base import system
from directory.credentials.tables import AppPassword
from directory.desired import wanted
from directory.domains import Domain
from directory.due import Due, mark
from directory.lifecycle import reinstate, suspend
from directory.mailboxes import Mailbox
from directory.mailing_lists import follow
from directory.notices import Notice
from provisioning.ldap import LdapTarget
from provisioning.reconcile.changes import changes
from provisioning.reconcile.scan import Report, Scanner
from provisioning.reconcile.tables import EntryStatus
from tests.engines import Engine

BASE = "dc=gov,dc=vn"
_STATES: dict[Callable[..., object], str] = {suspend: "suspended", reinstate: "active"}
_TRIED = select(EntryStatus.subject, EntryStatus.subject_id, EntryStatus.state)
_WANTED = {
    "account": select(Account.id),
    "mailbox": select(Mailbox.id).where(Mailbox.kind == "role"),
    "domain": select(Domain.id),
}
"""What has entries whether or not anybody ever tried; a personal mailbox stands in its account's."""


@dataclass
class PromisingEngine(Engine):
    """An engine that remembers what was acknowledged: whatever happens later, it must be there in the end, once."""

    people: dict[str, str] = field(default_factory=dict)
    """The state that each account was last given."""
    devices: set[str] = field(default_factory=set)

    def hire(self, *names: str, state: str = "active") -> list[str]:
        """Appoint people, and remember them once that is committed."""
        numbers = super().hire(*names, state=state)
        self.people |= dict.fromkeys(numbers, state)
        return numbers

    def do(self, verb: Callable[..., object], number: str, *more: object) -> None:
        """Do something to an account, and remember the state it leaves behind."""
        super().do(verb, number, *more)
        if state := _STATES.get(verb):
            self.people[number] = state

    def app_password(self, number: str, mailbox_id: int | None = None, **values: object) -> str:
        """Give an app password, and remember it."""
        device = super().app_password(number, mailbox_id, **values)
        self.devices.add(device)
        return device

    def touch(self, number: str) -> None:
        """Mark an account due, and no more."""
        with self.outbox.transaction() as session:
            mark(session, self.actor, "account", [self.account(session, number).id])

    def follow_and_settle(self) -> None:
        """Let groups follow the people whom a real worker has made, as it does every ten seconds; write them."""
        with self.outbox.transaction() as session:
            follow(session, self.actor)
        self.settle()

    def scan(self) -> Report:
        """Scan everything, an hour after what happened before."""
        self.now += timedelta(hours=1)
        return Scanner(self.outbox, self.target, lambda: self.now).full()

    def newcomers(self) -> list[str]:
        """Let there be adds to do, of people and of app passwords below them."""
        numbers = self.hire("Nguyễn Văn An", "Trần Thị Bình", "Lê Văn Cường")
        for number in numbers:
            self.app_password(number)
        return numbers

    def shutting(self) -> str:
        """Let there be changes to do: a suspension, and an app password below that is shut with it."""
        [number] = self.hire("Nguyễn Văn An")
        self.app_password(number)
        self.settle()
        self.do(suspend, number, "a reason")
        return number


@dataclass
class Tally:
    """The counts of one test."""

    found: dict[str, str | int]

    def injected(self, times: int = 1) -> None:
        """Count faults that were made."""
        self.found["injections"] = int(self.found["injections"]) + times

    def close(self, engine: PromisingEngine, target: LdapTarget, foreign: Collection[str] = ()) -> None:
        """Count what is lost and what is doubled now that all is quiet, and assert that it is nothing.

        `foreign` names the entries that the test itself put there.
        """
        self.count([*lost_in_book(engine), *lost_on_the_way(engine, target)], twice(engine, target, foreign))

    def count(self, lost: Collection[str], doubled: Collection[str]) -> None:
        """Count what was found lost and doubled, and assert that it is nothing."""
        self.found |= {
            "lost": int(self.found["lost"]) + len(lost),
            "doubled": int(self.found["doubled"]) + len(doubled),
        }
        assert (list(lost), list(doubled)) == ([], []), f"lost: {lost}; doubled: {doubled}"


def lost_in_book(engine: PromisingEngine) -> list[str]:
    """Name what was acknowledged and does not stand in the book."""
    with engine.outbox.transaction() as session:
        states = {row.number: row.state for row in session.execute(select(Account.number, Account.state))}
        devices = set(session.scalars(select(AppPassword.public_id)))
    people = [f"account {number}" for number, state in engine.people.items() if states.get(number) != state]
    return people + [f"app password {each}" for each in engine.devices - devices]


def lost_on_the_way(engine: Engine, target: LdapTarget) -> list[str]:
    """Name what stands in the book and is due still, was given up, or is not so in its entries."""
    with engine.outbox.transaction() as session:
        due = {(subject, key) for subject, key in session.execute(select(Due.subject, Due.subject_id))}
        tried = {row[:2]: row[2] for row in session.execute(_TRIED)}
        keys = {*due, *tried, *((subject, key) for subject, query in _WANTED.items() for key in session.scalars(query))}
        wants = wanted(session, system(engine.now, "test"), keys)
    seen = target.observe([want.entry.name for want in wants.values()])
    wrong = {key for key, want in wants.items() if changes(want.entry, seen.get(want.entry.name))}
    failed = {key for key, state in tried.items() if state != "ok"}
    return [f"{subject} {key}" for subject, key in sorted(due | failed | wrong)]


def twice(engine: Engine, target: LdapTarget, foreign: Collection[str]) -> list[str]:
    """Name entries that are nobody's in the book, addresses with two owners, and people who were welcomed twice."""
    with engine.outbox.transaction() as session:
        known = set(session.scalars(select(Account.number)))
        welcomed = select(Notice.account_id).where(Notice.message == "welcome").group_by(Notice.account_id)
        again = session.scalars(welcomed.having(func.count() > 1)).all()
    entries = tree(target)
    excess = [uid for entry in entries for uid in entry.get("uid", ()) if uid not in known and uid not in foreign]
    owners = Counter(address for entry in entries for address in entry.get("cvAddress", ()))
    shared = [address for address, count in owners.items() if count > 1]
    return [*excess, *shared, *(f"welcome of account {each}" for each in again)]


def tree(target: LdapTarget) -> list[dict[str, list[str]]]:
    """Read every entry of the target, over a line of its own and not as the engine does."""
    connection = target.line.open()
    connection.search(BASE, "(objectClass=*)", attributes=["objectClass", "uid", "cvAddress"])
    found = [
        {name: [value.decode() for value in values] for name, values in entry["raw_attributes"].items()}
        for entry in connection.response or ()
    ]
    connection.unbind()
    return found


def people_in(target: LdapTarget) -> int:
    """Count the entries of people."""
    return sum("cvAccount" in entry.get("objectClass", ()) for entry in tree(target))

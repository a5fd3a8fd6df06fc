"""Small stand-ins that pass the same contracts as the real servers (tests/contracts), with faults on order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

from directory.desired import Name
from directory.desired.entries import Attributes
from directory.linking import Found
from provisioning.ports import Add, Change, Delete, Modify, Observed, Outcome, Reason, Sight, Unavailable


@dataclass
class FakeTarget:
    """An LDAP server in a dictionary: one owner an address, a new version at each write, guarded writes.

    `faults` holds what befalls the next calls of `apply`, first come first served: `down` (nothing is applied),
    `lost` (applied, but the reply is lost), `late` (lost, and applied only when `arrive` is called).
    """

    entries: dict[Name, tuple[dict[str, tuple[str, ...]], str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    late: list[Change] = field(default_factory=list)
    is_down: bool = False
    writes: list[Change] = field(default_factory=list)
    looks: list[Name] = field(default_factory=list)
    version: int = 0

    def observe(self, names: Sequence[Name]) -> dict[Name, Observed]:
        """Read entries with those below them."""
        self.ping()
        self.looks += names
        found = {}
        for name in names:
            if name in self.entries:
                attributes, csn = self.entries[name]
                below = [each for each in self.entries if each[1:] == name]
                children = {each: Observed(each, dict(self.entries[each][0]), self.entries[each][1]) for each in below}
                found[name] = Observed(name, dict(attributes), csn, children)
        return found

    def walk(self, branch: str, since: str | None = None) -> Iterator[Sequence[Sight]]:
        """Give what is below a branch, one a page."""
        self.ping()
        top = tuple(branch.split("=", 1)) if "=" in branch else ("ou", branch)
        for name, (_, csn) in list(self.entries.items()):
            if name[-1] == top and (since is None or csn >= since):
                yield [Sight(_path(name[:-1]), csn)]

    def survey(self, branch: str, attributes: Sequence[str]) -> Iterator[Sequence[Found]]:
        """Give what is below a branch, one a page."""
        self.ping()
        for name, (values, csn) in list(self.entries.items()):
            if _path(name).endswith(f",{branch}"):
                read = {key: value for key, value in values.items() if key in attributes}
                yield [Found(_path(name), name, csn, read)]

    def marked(self, numbers: Sequence[str]) -> dict[str, Found]:
        """Search everything for entries that carry accounts' numbers."""
        found = self.bearing("cvAccountNumber", numbers)
        return {number: each[0] for number, each in found.items() if len(each) == 1}

    def bearing(self, attribute: str, values: Sequence[str]) -> dict[str, Sequence[Found]]:
        """Search everything for entries that carry values."""
        self.ping()
        found: dict[str, list[Found]] = {}
        for name, (there, csn) in self.entries.items():
            for value in set(there.get(attribute, ())) & set(values):
                found.setdefault(value, []).append(Found(_path(name), name, csn, dict(there)))
        return dict(found)

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Make changes, unless a fault was ordered."""
        self.ping()
        fault = self.faults.pop(0) if self.faults else None
        if fault == "down":
            raise Unavailable("ordered by the test")
        if fault == "late":
            self.late += changes
            raise Unavailable("ordered by the test")
        outcomes = [self.write(each) for each in changes]
        if fault == "lost":
            raise Unavailable("ordered by the test")
        return outcomes

    def arrive(self) -> None:
        """Let the requests that were stuck run now."""
        stuck, self.late = self.late, []
        for each in stuck:
            self.write(each)

    def ping(self) -> None:
        """Give a sign of life."""
        if self.is_down:
            raise Unavailable("ordered by the test")

    def close(self) -> None:
        """There is nothing to let go of."""

    def edit(self, name: Name, **attributes: tuple[str, ...]) -> None:
        """Change an entry by hand, past the service."""
        self.entries[name] = ({**self.entries[name][0], **attributes}, self.next_version())

    def write(self, change: Change) -> Outcome:
        """Make one change as slapd would."""
        there = self.entries.get(change.name)
        if isinstance(change, Add):
            if there is not None:
                return Outcome("stale")
            return self.store(change, dict(change.attributes))
        if there is None or there[1] != change.csn:
            return Outcome("stale")
        if isinstance(change, Delete):
            if any(each[1:] == change.name for each in self.entries):
                return Outcome("refused", reason=Reason("Another program has put entries below this one."))
            del self.entries[change.name]
            self.writes.append(change)
            return Outcome("applied")
        return self.modify(change, there[0])

    def modify(self, change: Modify, before: Attributes) -> Outcome:
        """Replace values, take some away and add some."""
        after = {**before, **change.replace}
        for name, gone in change.remove.items():
            if not set(gone) <= set(after.get(name, ())):
                return Outcome("refused", reason=Reason("The entry lacks a value that should be there."))
            after[name] = tuple(each for each in after[name] if each not in set(gone))
        for name, come in change.add.items():
            if set(come) & set(after.get(name, ())):
                return Outcome("refused", reason=Reason("A value is there twice."))
            after[name] = (*after.get(name, ()), *come)
        return self.store(change, {name: values for name, values in after.items() if values})

    def store(self, change: Add | Modify, attributes: dict[str, tuple[str, ...]]) -> Outcome:
        """Keep what an entry became, if its addresses are free."""
        if self.is_taken(change.name, attributes):
            reason = Reason("Another entry has one of these addresses.")
            return Outcome("refused", reason=reason, may_be_taken=True)
        csn = self.next_version()
        self.entries[change.name] = (attributes, csn)
        self.writes.append(change)
        return Outcome("applied", csn=csn)

    def is_taken(self, name: Name, attributes: Attributes) -> bool:
        """Say whether another entry has one of the addresses."""
        wanted = set(attributes.get("cvAddress", ()))
        return any(wanted & set(other.get("cvAddress", ())) for key, (other, _) in self.entries.items() if key != name)

    def next_version(self) -> str:
        """Count versions."""
        self.version += 1
        return f"{self.version:020}"


def _path(name: Name) -> str:
    return ",".join("=".join(part) for part in name)


@dataclass
class FakeMailServer:
    """A mail store that remembers whose sessions were ended."""

    kicked: list[str] = field(default_factory=list)
    removed: dict[str, datetime] = field(default_factory=dict)
    full: set[str] = field(default_factory=set)
    """Mailboxes of which something cannot be removed."""
    is_down: bool = False

    def kick(self, mailbox_ids: Iterable[str]) -> None:
        """End sessions."""
        self.ping()
        self.kicked += mailbox_ids

    def remove_mail(self, before: Mapping[str, datetime]) -> set[str]:
        """Remove mail; of a mailbox that nobody knows there is none to remove."""
        self.ping()
        known = {each: instant for each, instant in before.items() if each not in self.full}
        self.removed.update(known)
        return set(known)

    def ping(self) -> None:
        """Give a sign of life."""
        if self.is_down:
            raise Unavailable("ordered by the test")


@dataclass
class FakeMailer:
    """A mailer that keeps what it is handed; `faults` befall the next messages."""

    sent: list[tuple[str, EmailMessage]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    visits: int = 0

    @contextmanager
    def visit(self) -> Iterator[FakeMailer]:
        """Begin a visit."""
        self.visits += 1
        yield self

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand in a message."""
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append((recipient, message))

    def ping(self) -> None:
        """Give a sign of life."""

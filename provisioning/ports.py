"""What the service asks of the world outside, and the two ways in which it fails: try again, or a person must look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Literal, NamedTuple, Protocol

from directory.desired import Name
from directory.desired.entries import Attributes
from directory.linking import Found


class Unavailable(Exception):
    """The server cannot be reached, is busy, or did not answer in time. Nobody's fault: wait and try again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Reason:
    """Why a person must look: an English message id with the {fields} that it shows, never a secret."""

    message: str
    fields: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The server understood and said no. It will say so again until a person changes something."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.message)
        self.reason = reason


@dataclass(frozen=True)
class Observed:
    """An entry as it is in the target, with its version (entryCSN) and the entries below it."""

    name: Name
    attributes: Attributes
    csn: str
    children: Mapping[Name, Observed] = field(default_factory=dict)


@dataclass(frozen=True)
class Add:
    """Make an entry that is not there."""

    name: Name
    attributes: Attributes


@dataclass(frozen=True)
class Modify:
    """Give attributes other values (none: take the attribute away) if the entry still has this version.

    `add` and `remove` change single values of an attribute and leave the others alone.
    """

    name: Name
    replace: Attributes
    csn: str
    add: Attributes = field(default_factory=dict)
    remove: Attributes = field(default_factory=dict)


@dataclass(frozen=True)
class Delete:
    """Remove an entry if it still has this version."""

    name: Name
    csn: str


Change = Add | Modify | Delete


@dataclass(frozen=True)
class Outcome:
    """What became of one change.

    `stale`: the entry is not as it was observed, so look again and think again. `unavailable`: the server cannot
    write now, though it answers. `refused`: a person must look.
    """

    kind: Literal["applied", "stale", "unavailable", "refused"]
    csn: str | None = None
    """The version after the change, as far as the target tells it."""
    reason: Reason | None = None
    may_be_taken: bool = False
    """It was refused, maybe because another entry had an address; that one may have lost it since."""


class Sight(NamedTuple):  # a scan makes millions, and a class of data takes twice as long to make
    """One entry met on a walk: its DN below the branch, and its version."""

    path: str
    csn: str


class TargetSystem(Protocol):
    """The LDAP server seen from inside. Every method raises `Unavailable` when it cannot go on.

    After `Unavailable` the outcome of every change asked for is unknown: it may have been applied, or may still be.
    """

    def observe(self, names: Sequence[Name]) -> dict[Name, Observed]:
        """Read entries with those below them; what is not there is left out."""

    def walk(self, branch: str, since: str | None = None) -> Iterator[Sequence[Sight]]:
        """Give everything below a branch a page at a time, or only what has this version or a later one.

        A branch is one of ours (`people`) or the name of another one, below the base (`cn=Users`).
        """

    def survey(self, branch: str, attributes: Sequence[str]) -> Iterator[Sequence[Found]]:
        """Give everything below a branch (`ou=Users`), a page at a time, with some of its attributes."""

    def marked(self, numbers: Sequence[str]) -> dict[str, Found]:
        """Give the entries that carry accounts' numbers (`cvAccountNumber`), wherever below the base they stand; a
        number that no entry carries, or more than one, is left out.
        """

    def bearing(self, attribute: str, values: Sequence[str]) -> dict[str, Sequence[Found]]:
        """Give the entries that carry each of these values, wherever below the base; of a value that is nowhere, none.

        Of each is told what says whose it is and whether it lets anybody in.
        """

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Make changes that do not depend on each other; one outcome for each, in their order."""

    def ping(self) -> None:
        """Ask for a sign of life, as the one who writes."""

    def close(self) -> None:
        """Let go of the connection, if there is one; the next use makes another."""


class MailServer(Protocol):
    """The mail store."""

    def kick(self, mailbox_ids: Iterable[str]) -> None:
        """End the open mail sessions of mailboxes; one that has none is fine."""

    def remove_mail(self, before: Mapping[str, datetime]) -> set[str]:
        """Remove from mailboxes, by id, what came before an instant each; give those that hold nothing any more."""

    def ping(self) -> None:
        """Ask for a sign of life."""


class Counter(Protocol):
    """One visit to where notices are handed in, for any number of messages."""

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand in one message: it is on its way, or `Unavailable`, or this one is `Refused`, for now or for good."""


class Mailer(Protocol):
    """Where notices are handed in."""

    def visit(self) -> AbstractContextManager[Counter]:
        """Begin a visit; the connection is made with the first message, and let go of in the end."""

    def ping(self) -> None:
        """Ask for a sign of life."""

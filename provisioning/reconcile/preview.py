"""What reconciling would do, without doing it: which subjects are meant, and how their entries differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from directory.accounts import Account, account_by_number
from directory.agencies import Agency, agency_by_code, inside
from directory.agency_groups import AgencyGroup
from directory.base import Actor
from directory.desired import wanted
from directory.desired.entries import Attributes, Entry
from directory.desired.values import Key
from directory.domains import Domain
from directory.due import TABLES, Due, Subject
from directory.mailboxes import Mailbox
from directory.mailing_lists import MailingList
from directory.targets import HOMES
from provisioning.outbox import Outbox
from provisioning.ports import Add, Change, Modify, Observed, TargetSystem
from provisioning.reconcile.changes import changes
from provisioning.reconcile.marks import Marks, batches
from provisioning.reconcile.subjects import agency_of_account

BATCH = 500
PAGE = 5000
"""Subjects that are in memory at once."""
HIDDEN = "userPassword"


class Span(NamedTuple):
    """The subjects of one kind whose ids lie from `first` to before `end`."""

    subject: Subject
    first: int
    end: int


@dataclass(frozen=True)
class Difference:
    """One entry that is not as it should be: its name, what would be done, and the attributes before and after."""

    entry: str
    kind: str
    before: Attributes
    after: Attributes

    @property
    def names(self) -> list[str]:
        """The attributes that differ."""
        return sorted({*self.before, *self.after})


def keys_of_account(session: Session, number: str) -> list[Key]:
    """Give the subject of one account, by its number."""
    return [("account", account_by_number(session, number).id)]


def keys_of_agency(session: Session, actor: Actor, code: str) -> list[Key]:
    """Give the subjects of an agency and of all below it, by its identifier code."""
    within = inside(agency_by_code(session, code).id)
    lists = select(MailingList.id)
    agencies = session.scalars(within).all()
    accounts = select(Account.id).where(agency_of_account(actor.today).in_(within))
    return [
        *(("account", each) for each in session.scalars(accounts)),
        *(("mailbox", each) for each in session.scalars(select(Mailbox.id).where(Mailbox.agency_id.in_(within)))),
        *(("domain", each) for each in session.scalars(select(Domain.id).where(Domain.agency_id.in_(within)))),
        *(("mailing_list", each) for each in session.scalars(lists.where(MailingList.agency_id.in_(within)))),
        *(("agency", each) for each in agencies),
        *(("group", each) for each in agencies),
    ]


def all_keys(session: Session) -> Marks:
    """Give every subject of the book."""
    ids = {
        "domain": select(Domain.id),
        "mailbox": select(Mailbox.id).where(Mailbox.kind == "role"),
        "account": select(Account.id),
        "mailing_list": select(MailingList.id),
        "agency": select(Agency.id),
        "group": select(AgencyGroup.id),
    }
    found = Marks()
    for subject, query in ids.items():
        rows = session.scalars(query.execution_options(yield_per=PAGE))
        found.update((subject, subject_id) for subject_id in rows)
    return found


def spans(session: Session, size: int) -> list[Span]:
    """Divide the ids of every kind of subject into stretches; the kinds of which there are few come first."""
    tops = {subject: session.scalar(text(f"SELECT max(id) FROM {table}")) or 0 for subject, table in TABLES.items()}  # noqa: S608 - constants
    return [
        Span(subject, first, first + size)
        for subject in sorted(tops, key=tops.__getitem__)
        for first in range(1, tops[subject] + 1, size)
    ]


def keys_of_target(session: Session, target: str, span: Span) -> list[Key]:
    """Give those subjects of a span whose entries stand in a target."""
    subject = span.subject
    is_role = "kind = 'role' AND" if subject == "mailbox" else ""
    there = text(
        f"SELECT id FROM {TABLES[subject]}"  # noqa: S608 - constants
        f" WHERE {is_role} id >= :first AND id < :end AND {HOMES[subject]} = :target ORDER BY id"
    )
    found = session.scalars(there, {"first": span.first, "end": span.end, "target": target})
    return [(subject, subject_id) for subject_id in found]


def waiting_keys(session: Session) -> list[Key]:
    """Give what is due."""
    return [(subject, subject_id) for subject, subject_id in session.execute(select(Due.subject, Due.subject_id))]


def by_target(session: Session, keys: Iterable[Key]) -> dict[str, Marks]:
    """Sort subjects by the targets of their entries, in a statement for each kind of some thousand."""
    found: dict[str, Marks] = {}
    for some in batches(keys, PAGE):
        for subject, table in TABLES.items():
            ids = [subject_id for each, subject_id in some if each == subject]
            home = text(f"SELECT id, {HOMES[subject]} FROM {table} WHERE id = ANY(CAST(:ids AS bigint[]))")  # noqa: S608 - constants
            for subject_id, target in session.execute(home, {"ids": ids}) if ids else ():
                found.setdefault(target, Marks()).add((subject, subject_id))
    return found


def pages(outbox: Outbox, actor: Actor, target: str, some: Iterable[Span]) -> Iterator[Sequence[Entry]]:
    """Give the entries that the subjects of each span should have in a target."""
    for span in some:
        with outbox.transaction() as session:
            wants = wanted(session, actor, keys_of_target(session, target, span))
        yield [want.entry for want in wants.values()]


def differences(outbox: Outbox, target: TargetSystem, actor: Actor, keys: Iterable[Key]) -> Iterator[Difference]:
    """Compare entries with the book, a batch at a time. Only looks; passwords' hashes are not shown."""
    for some in batches(keys, BATCH):
        with outbox.transaction() as session:
            wants = wanted(session, actor, some)
        seen = target.observe([want.entry.name for want in wants.values()])
        for want in wants.values():
            there = seen.get(want.entry.name)
            for change in changes(want.entry, there):
                yield difference(change, there)


def difference(change: Change, there: Observed | None) -> Difference:
    """Tell one change as before and after."""
    entry = ",".join(f"{attribute}={value}" for attribute, value in change.name)
    known = {} if there is None else {there.name: there, **there.children}
    before = known[change.name].attributes if change.name in known else {}
    if isinstance(change, Add):
        return Difference(entry, "add", {}, _shown(change.attributes))
    if isinstance(change, Modify):
        old = {name: before[name] for name in change.replace if name in before}
        # Of thousands of values only those are worth showing that go and come.
        return Difference(entry, "modify", _shown({**old, **change.remove}), _shown({**change.replace, **change.add}))
    return Difference(entry, "delete", _shown(before), {})


def _shown(attributes: Attributes) -> Attributes:
    """Hide the hashes of app passwords."""
    return {name: ("…",) if name == HIDDEN and values else values for name, values in attributes.items()}

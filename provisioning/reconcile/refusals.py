"""What is done about entries that a target refused, or that others put elsewhere: whoever must not get in is kept out
all the same, a closed list delivers nothing, and an address that another entry of ours still has is waited for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.base import Actor, any_of
from directory.desired import Entry, Wanted
from directory.desired.entries import worst
from directory.desired.values import Key
from directory.due import TABLES, Due, mark
from directory.linking import Found
from directory.mailboxes import Mailbox
from directory.mailing_lists import MailingList
from provisioning.languages import N_
from provisioning.ports import Modify, Reason, TargetSystem, Unavailable
from provisioning.reconcile.subjects import among
from provisioning.reconcile.tables import EntryStatus

MOVED = N_("Others renamed this entry. Give it back the name that it had, then try again.")
WAITS = Reason(N_("Another entry of this directory still has one of these addresses; it is taken away there first."))
STILL_IN = N_("Somebody who is to be kept out of mail still gets in: the LDAP server did not let the entry be closed.")
DELIVERS = N_("Mail to this closed mailing list is still delivered: the LDAP server did not let its entry be closed.")
LOOKS = 3
"""How often entries are looked at again that others change meanwhile."""
_IDS = ("cvMailboxId", "cvListId")
"""The attributes that say whose addresses an entry has."""
Mark = tuple[str, str]
"""One of these attributes, with its value."""
InBook = Callable[[AbstractSet[Mark]], AbstractSet[Mark]]
"""Says which of some ids the book knows."""


@dataclass(frozen=True)
class InTheWay:
    """What stands where a subject's entry should have been written."""

    moved_to: str | None
    """Where the subject's own entry is, if others renamed it."""
    owners: AbstractSet[Mark]
    """Who else has its addresses."""

    @property
    def is_nothing(self) -> bool:
        """Whether the place is free."""
        return self.moved_to is None and not self.owners


def keep_out(
    target: TargetSystem, wants: Mapping[Key, Wanted], in_book: InBook, *, even_later: bool = False
) -> dict[Mark, Key]:
    """Close what is to let nobody in, or to deliver nothing, by the state alone, in every entry that carries the id of
    the mailbox or the list; give those of which nothing is open any more that should not be.

    An entry that shows a later revision is closed only if that is said. `in_book` says which ids the book knows.
    """
    closing = {key: want for key, want in wants.items() if closes(want.entry)}
    marks = {mark: key for key, want in closing.items() if (mark := _mark_of(want.entry.attributes))}
    left: dict[Mark, list[tuple[Found, str]]] = {}
    for _ in range(LOOKS if marks else 0):
        found = _carrying(target, {mark: wants[key].entry for mark, key in marks.items()}, in_book)
        left = {mark: list(_too_open(wants[marks[mark]].entry, some)) for mark, some in found.items()}
        later = {mark for mark in left if not even_later and _is_later(wants[marks[mark]], found[mark])}
        changes = [
            _closing(each, state, wants[marks[mark]].revision)
            for mark, some in left.items()
            if mark not in later
            for each, state in some
        ]
        if not changes:
            break
        for outcome in target.apply(changes):
            if outcome.kind == "unavailable":
                raise Unavailable(" ".join(outcome.reason.fields.values()) if outcome.reason else "")
    return {mark: key for mark, key in marks.items() if not left.get(mark)}


def closes(entry: Entry) -> bool:
    """Say whether a mailbox, or one of its app passwords, is to let nobody in, or a mailing list to deliver nothing."""
    is_either = _mark_of(entry.attributes) is not None
    return is_either and {entry.state, *(each.state for each in entry.children)} != {"active"}


def _bearing(target: TargetSystem, marks: Iterable[Mark]) -> dict[Mark, Sequence[Found]]:
    """Find the entries that carry ids."""
    wanted = list(marks)
    return {
        (attribute, value): found
        for attribute in _IDS
        for value, found in target.bearing(attribute, [value for name, value in wanted if name == attribute]).items()
    }


def _carrying(target: TargetSystem, entries: Mapping[Mark, Entry], in_book: InBook) -> dict[Mark, list[Found]]:
    """Find the entries that carry ids, and lists that have the addresses of a closed one: its id is its name, and
    whoever gave it another one has changed both. A list that the book knows is another one, which may have got them.
    """
    found = {mark: {each.path: each for each in some} for mark, some in _bearing(target, entries).items()}
    former = {address: mark for mark, entry in entries.items() for address in entry.former}
    there = {address: _lists(some) for address, some in target.bearing("cvAddress", list(former)).items()}
    ids = {each for some in there.values() for each in some}
    known = in_book(ids) if ids else frozenset()
    for address, some in there.items():
        strange = (each for mark, each in some.items() if mark not in known)
        found.setdefault(former[address], {}).update({each.path: each for each in strange})
    return {mark: list(each.values()) for mark, each in found.items()}


def _lists(found: Iterable[Found]) -> dict[Mark, Found]:
    """Give the mailing lists among entries, by their ids."""
    return {("cvListId", value): each for each in found for value in each.values("cvListId")}


def _is_later(want: Wanted, found: Sequence[Found]) -> bool:
    """Say whether an entry shows more than the book knows."""
    return any(int(value) > want.revision for each in found for value in each.values("cvRevision"))


def _too_open(entry: Entry, found: Sequence[Found]) -> Iterator[tuple[Found, str]]:
    """Give the entries that allow more than they should, each with the state that it should have."""
    states = {each.attributes["cvDeviceId"][0]: each.state for each in entry.children}
    for each in found:
        own = [states.get(device, entry.state) for device in each.values("cvDeviceId")]
        for state in each.values("cvState"):
            if (allowed := worst(entry.state, state, *own)) != state:
                yield each, allowed


def _closing(found: Found, state: str, revision: int) -> Modify:
    """Close an entry, whatever its name. With the revision, an older round that reads it only now opens it no more."""
    shown = max(revision, *map(int, found.values("cvRevision")), 0)
    return Modify(found.called, {"cvState": (state,), "cvRevision": (str(shown),)}, found.csn)


def in_the_way(target: TargetSystem, wants: Mapping[Key, Wanted]) -> dict[Key, InTheWay]:
    """Find what stands where entries should have been written."""
    marks = {key: mark for key, want in wants.items() if (mark := _mark_of(want.entry.attributes))}
    own = _bearing(target, marks.values())
    keys = {address: key for key in marks for address in wants[key].entry.attributes.get("cvAddress", ())}
    owners: dict[Key, set[Mark]] = defaultdict(set)
    for address, found in target.bearing("cvAddress", list(keys)).items():
        owners[keys[address]].update(mark for each in found if (mark := _mark_of(each.attributes)))
    return {
        key: InTheWay(_moved(wants[key].entry, own.get(mark, ())), owners[key] - {mark}) for key, mark in marks.items()
    }


def told(entry: Entry, reason: Reason | None, found: InTheWay | None, *, is_shut: bool) -> Reason | None:
    """Give what a person must be told of a refused entry instead of what the server said; None: just that."""
    fields = dict(reason.fields) if reason else {}
    if found is not None and found.moved_to:
        fields = {"entry": found.moved_to}
    if closes(entry) and not is_shut:
        return Reason(DELIVERS if "cvListId" in entry.attributes else STILL_IN, fields)
    return Reason(MOVED, fields) if found is not None and found.moved_to else None


def _mark_of(attributes: Mapping[str, Sequence[str]]) -> Mark | None:
    """Give what says whose addresses an entry has."""
    return next(((name, attributes[name][0]) for name in _IDS if name in attributes), None)


def _moved(entry: Entry, found: Sequence[Found]) -> str | None:
    """Give the path of an entry that others renamed: it carries the id, and is no app password."""
    return next((each.path for each in found if each.name != entry.name and not each.values("cvDeviceId")), None)


def give_way(session: Session, actor: Actor, target: str, found: Mapping[Key, InTheWay]) -> set[Key]:
    """Give the subjects whose addresses other subjects of the book still have in the target: these lose them first,
    since by the book nobody else has an address. Those that are taken for right already are written anew.
    """
    marks = {mark for each in found.values() for mark in each.owners}
    owners = subjects_of(session, marks, target)
    waiting = select(Due.subject_id).where(Due.subject == EntryStatus.subject, Due.subject_id == EntryStatus.subject_id)
    settled = select(EntryStatus.subject, EntryStatus.subject_id).where(
        among(EntryStatus, owners.values()), EntryStatus.state == "ok", ~waiting.exists()
    )
    wrong = session.execute(settled).all()
    for subject in TABLES:
        mark(session, actor, subject, [subject_id for each, subject_id in wrong if each == subject])
    return {key for key, each in found.items() if each.owners & owners.keys()}


def subjects_of(session: Session, marks: AbstractSet[Mark], target: str) -> dict[Mark, Key]:
    """Find whose ids these are, among what lives in the target."""
    boxes = [value for attribute, value in marks if attribute == "cvMailboxId"]
    lists = [value for attribute, value in marks if attribute == "cvListId"]
    found: dict[Mark, Key] = {}
    own = (Mailbox.public_id, Mailbox.id, Mailbox.account_id)
    for box, mailbox_id, account_id in session.execute(
        select(*own).where(any_of(Mailbox.public_id, boxes), Mailbox.target == target)
    ):
        found["cvMailboxId", box] = ("account", account_id) if account_id else ("mailbox", mailbox_id)
    named = (MailingList.public_id, MailingList.id)
    for each, list_id in session.execute(
        select(*named).where(any_of(MailingList.public_id, lists), MailingList.target == target)
    ):
        found["cvListId", each] = ("mailing_list", list_id)
    return found

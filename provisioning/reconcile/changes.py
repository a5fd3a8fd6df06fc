"""What to do so that an entry becomes what it should be: a function of two values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from directory.desired import Entry, Name
from directory.desired.entries import GROWING, MANAGED, Attributes
from provisioning.languages import N_
from provisioning.ports import Add, Change, Delete, Modify, Observed, Reason

GONE = Reason(
    N_(
        "The entry to which this account was linked is no longer there under its name."
        " Bring it back, or undo the link (congvu link undo)."
    )
)
CHANGED = Reason(
    N_(
        "Somebody changed the entry after it was proposed for this account."
        " Propose the branch again, look at it, and confirm it; if it is no longer proposed, undo the link"
        " (congvu link undo)."
    )
)
OTHERS = Reason(N_("The entry belongs to another account already. Undo this link (congvu link undo)."))

CLASSES = (
    "cvAccount", "cvMailbox", "cvRoleMailbox", "cvAppPassword", "cvMailDomain", "cvMailingList", "cvAgency",
    "cvAgencyGroup",
)  # fmt: skip
"""Object classes that are ours alone; another program may have given an entry more."""


def changes(wanted: Entry, seen: Observed | None) -> list[Change]:
    """Give the changes that an entry and those below it need, parents first.

    The entry of a person, a mailbox or a domain is never removed. An app password's is, once the book has
    forgotten it, which is long after it was disabled.
    """
    return list(_changes(wanted, seen))


def is_ahead(wanted: Entry, seen: Observed | None) -> bool:
    """Say whether the target shows a later revision than the one we know: then ours must not be written over it."""
    return seen is not None and _revision(seen.attributes) > _revision(wanted.attributes)


def objection(wanted: Entry, seen: Observed | None) -> Reason | None:
    """Say why an entry that was there before cannot be made an account's; None for every other entry.

    Until it carries the account's number it is adopted only in the version that a person has confirmed.
    """
    if wanted.link is None:
        return None
    if seen is None:
        return GONE
    number = seen.attributes.get("cvAccountNumber", ())
    if number:
        return None if number == wanted.attributes["cvAccountNumber"] else OTHERS
    return None if seen.csn == wanted.link.csn else CHANGED


def newest(seen: Observed) -> str:
    """Give the latest version among an entry and those below it."""
    return max(seen.csn, *(child.csn for child in seen.children.values()), "")


def ends_sessions(wanted: Entry, plan: Sequence[Change], *, was_tried: bool) -> bool:
    """Say whether open mail sessions must end: the mailbox is shut, or one of its app passwords has just been.

    After an earlier try nobody knows whether sessions were ended then, so they are ended again.
    """
    if "cvMailboxId" not in wanted.attributes:
        return False
    if wanted.state != "active":
        return True
    if was_tried and any(child.state != "active" for child in wanted.children):
        return True
    return any(
        isinstance(each, Delete)
        or (isinstance(each, Modify) and each.replace.get("cvState", ("active",)) != ("active",))
        for each in plan
    )


def strange_mailboxes(wanted: Entry, seen: Observed | None) -> set[str]:
    """Give the mailboxes of others that an entry, or an app password below it, let somebody into: a hand was there."""
    if seen is None:
        return set()
    there = (seen, *seen.children.values())
    found = {box for each in there for box in each.attributes.get("cvMailboxId", ())}
    return found - set(wanted.attributes.get("cvMailboxId", ()))


def _changes(wanted: Entry, seen: Observed | None) -> Iterator[Change]:
    if seen is None:
        if wanted.link is not None:
            return  # It is not ours to make.
        yield Add(wanted.name, wanted.attributes)
    elif differing := _differences(wanted, seen.attributes):
        yield _modify(wanted.name, differing, seen)
    there = seen.children if seen else {}
    for child in wanted.children:
        yield from _changes(child, there.get(child.name))
    expected = {child.name for child in wanted.children}
    for name, child_seen in there.items():
        if name not in expected:
            yield Delete(name, child_seen.csn)


def _modify(name: Name, differing: Attributes, seen: Observed) -> Modify:
    """Replace what differs; of an attribute with very many values name only those that come and go."""
    replace, add, remove = dict(differing), {}, {}
    for each in GROWING & differing.keys() & seen.attributes.keys():
        after, before = replace.pop(each), seen.attributes[each]
        if not after:
            replace[each] = ()
            continue
        if come := tuple(sorted(set(after) - set(before))):
            add[each] = come
        if gone := tuple(sorted(set(before) - set(after))):
            remove[each] = gone
    return Modify(name, replace, seen.csn, add, remove)


def _differences(wanted: Entry, seen: Attributes) -> Attributes:
    """Give the attributes that differ, with the values they should have; the order of values means nothing."""
    replace = {}
    for name in MANAGED:
        values, there = wanted.attributes.get(name, ()), seen.get(name, ())
        if values == there or name in wanted.left:
            continue
        if name == "objectClass":
            values = _classes(values, there)
        if set(values) != set(there):
            replace[name] = values
    return replace


def _classes(wanted: tuple[str, ...], seen: tuple[str, ...]) -> tuple[str, ...]:
    """Give the object classes wanted with those that others have added."""
    ours = {name.lower() for name in (*CLASSES, *wanted)}
    known = {name.lower(): name for name in seen}
    foreign = tuple(name for name in seen if name.lower() not in ours)
    return tuple(known.get(name.lower(), name) for name in wanted) + foreign


def _revision(attributes: Attributes) -> int:
    """Read a revision; an entry that another program made has none."""
    [text] = attributes.get("cvRevision", ("0",))
    return int(text)

"""Candidates: the accounts that entries of an LDAP server may be of, found for hundreds of entries at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import posts_of
from directory.base import Actor, any_of, array_of
from directory.linking.evidence import Candidate, Clues, plain
from directory.mailboxes import Mailbox
from directory.officials import Official, personal_id_digest
from directory.targets import DEFAULT


@dataclass
class Meant:
    """Which accounts each value of the entries means."""

    by_mark: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_personal_id: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_number: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_address: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def ids(self) -> set[int]:
        """Give every account that is meant by something."""
        tables = (self.by_mark, self.by_personal_id, self.by_number, self.by_address, self.by_name)
        return {each for table in tables for ids in table.values() for each in ids}


def candidates_for(session: Session, actor: Actor, clues: Sequence[Clues], target: str) -> list[list[Candidate]]:
    """Give for each entry the accounts of its target that it may be of. A closed account is nobody's any more."""
    meant = _meant(session, clues)
    known = _candidates(session, actor, meant.ids(), target)
    return [list(_of(each, meant, known)) for each in clues]


def _of(clues: Clues, meant: Meant, known: dict[int, Candidate]) -> Iterator[Candidate]:
    """Give the candidates of one entry."""
    identified = _those(meant.by_personal_id, clues.personal_ids)
    ids = identified | _those(meant.by_mark, clues.marks) | _those(meant.by_number, clues.numbers)
    ids |= _those(meant.by_address, clues.addresses)
    ids |= _those(meant.by_name, (spelling for name in clues.names for spelling in spellings(name)))
    for each in sorted(ids & known.keys()):
        yield replace(known[each], has_personal_id=each in identified)


def spellings(name: str) -> list[str]:
    """Give the orders in which a folded name may be written: family first, family last, given name first."""
    first, *rest = name.split()
    return [name] if not rest else [name, " ".join((rest[-1], first, *rest[:-1])), " ".join((*rest, first))]


def _those(table: dict[str, set[int]], values: Iterable[str]) -> set[int]:
    return {each for value in values for each in table.get(value, ())}


def _meant(session: Session, clues: Sequence[Clues]) -> Meant:
    """Ask the book whom the values of the entries mean, a statement for each kind of value."""
    meant = Meant()
    marks = sorted({mark for each in clues for mark in each.marks})
    _note(meant.by_mark, session.execute(select(Account.number, Account.id).where(any_of(Account.number, marks))).all())
    boxes = select(Mailbox.public_id, Mailbox.account_id).where(any_of(Mailbox.public_id, marks))
    _note(meant.by_mark, session.execute(boxes.where(Mailbox.account_id.is_not(None))).all())
    digests = {personal_id_digest(session, number): number for each in clues for number in each.personal_ids}
    people = select(Account.id).join(Official, Official.id == Account.official_id)
    found = people.add_columns(Official.personal_id_index).where(any_of(Official.personal_id_index, list(digests)))
    _note(meant.by_personal_id, [(digests[digest], id_) for id_, digest in session.execute(found) if digest])
    numbers = sorted({number for each in clues for number in each.numbers})
    numbered = people.add_columns(Official.staff_number).where(any_of(Official.staff_number, numbers))
    _note(meant.by_number, [(number, id_) for id_, number in session.execute(numbered)])
    addresses = sorted({address for each in clues for address in each.addresses})
    owners = select(Address.address, Mailbox.account_id).join(Mailbox, Mailbox.id == Address.mailbox_id)
    owners = owners.where(any_of(Address.address, addresses), Address.kind.in_(("primary", "alias", "receive_only")))
    _note(meant.by_address, session.execute(owners.where(Mailbox.account_id.is_not(None))).all())
    _note(
        meant.by_name,
        _named(session, sorted({way for each in clues for name in each.names for way in spellings(name)})),
    )
    return meant


def _named(session: Session, names: Sequence[str]) -> list[tuple[str, int]]:
    """Find accounts by folded names in full, with the index that people are looked up with."""
    array = cast(literal(array_of(list(names)), Text()), ARRAY(Text))
    wanted = func.unnest(array).table_valued("name", name="wanted").render_derived()
    rows = session.execute(
        select(wanted.c.name, Account.id)
        .select_from(wanted)
        .join(Official, func.spaced(Official.name_key) == func.spaced(wanted.c.name))
        .join(Account, Account.official_id == Official.id)
    )
    return [(name, id_) for name, id_ in rows]


def _note(table: dict[str, set[int]], pairs: Iterable[Sequence[object]]) -> None:
    for value, id_ in pairs:
        if isinstance(value, str) and isinstance(id_, int):
            table[value].add(id_)


def _candidates(session: Session, actor: Actor, ids: set[int], target: str) -> dict[int, Candidate]:
    """Read what must be known of accounts to judge."""
    rows = session.execute(
        select(Account.id, Account.number, Official.id.label("official"), Official.full_name, Official.staff_number)
        .add_columns(Mailbox.id.label("mailbox"), Mailbox.public_id)
        .join(Official, Official.id == Account.official_id)
        .outerjoin(Mailbox, Mailbox.account_id == Account.id)
        .where(any_of(Account.id, sorted(ids)), Account.state != "disabled", Official.merged_into_id.is_(None))
        .where(func.coalesce(Mailbox.target, DEFAULT) == target)
    ).all()
    addresses: dict[int, set[str]] = defaultdict(set)
    owned = select(Address.mailbox_id, Address.address).where(
        any_of(Address.mailbox_id, [row.mailbox for row in rows if row.mailbox is not None])
    )
    for mailbox_id, address in session.execute(owned.where(Address.kind != "quarantined")):
        addresses[mailbox_id or 0].add(address)
    agencies = _agencies(session, actor, [row.official for row in rows])
    return {
        row.id: Candidate(
            account_id=row.id,
            number=row.number,
            name=row.full_name,
            mailbox_id=row.public_id,
            staff_number=row.staff_number,
            addresses=frozenset(addresses[row.mailbox or 0]),
            agencies=agencies.get(row.official, frozenset()),
        )
        for row in rows
    }


def _agencies(session: Session, actor: Actor, officials: Sequence[int]) -> dict[int, frozenset[str]]:
    """Give how the agencies of officials may be called: their own, and those above but for the topmost."""
    posts = posts_of(session, officials, actor.today)
    paths = dict(
        session.execute(
            select(Agency.id, Agency.path).where(any_of(Agency.id, [post.agency_id for post in posts.values()]))
        ).all()
    )
    lines = {id_: [int(label) for label in path.split(".")] for id_, path in paths.items()}
    meant = {id_: line[1:] or line for id_, line in lines.items()}
    rows = session.execute(
        select(Agency.id, Agency.name, Agency.short_name, Agency.code).where(
            any_of(Agency.id, sorted({each for line in meant.values() for each in line}))
        )
    )
    names = {id_: {plain(each) for each in called if each} for id_, *called in rows}
    return {
        official: frozenset(name for each in meant[post.agency_id] for name in names[each])
        for official, post in posts.items()
    }

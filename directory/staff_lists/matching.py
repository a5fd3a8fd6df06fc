"""Ask the directory about the rows of a list, many at a time: one statement a kind of key, whatever the number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import Actor, any_of
from directory.domains import domains_of
from directory.grants import Action, can
from directory.keys import keys_of
from directory.mailboxes import Mailbox
from directory.officials import Official
from directory.source_keys import SourceKey
from directory.staff_lists.correlation import Choice, Decision, Known, Mail, Matches, decide
from directory.staff_lists.filed import COLUMNS, Filed
from directory.staff_lists.identities import identities_of
from directory.staff_lists.rows import ListRow, Record
from directory.staff_lists.units import Node, Units, units_of

Key = InstrumentedAttribute[Any]
Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Place:
    """The agency of a list with everything below it that is not closed, and the HR system that the list comes from."""

    agency: Agency
    inside: Mapping[int, Agency]
    units: Units
    source: str = ""


def place_of(session: Session, actor: Actor, agency: Agency, source: str = "") -> Place:
    """Look round the agency of a list."""
    found = session.scalars(
        select(Agency).where(
            Agency.path.op("<@")(agency.path), or_(Agency.valid_to.is_(None), Agency.valid_to > actor.today)
        )
    )
    inside = {each.id: each for each in found}
    nodes = {each.id: Node(each.id, each.name, each.short_name, each.code) for each in inside.values()}
    own = nodes.pop(agency.id, Node(agency.id, agency.name, agency.short_name, agency.code))
    may_found = can(session, actor, Action.AGENCY, agency.id)
    return Place(agency, inside, units_of(own, nodes.values(), may_found=may_found), source)


def decide_all(
    session: Session,
    actor: Actor,
    place: Place,
    rows: Sequence[ListRow],
    choices: Mapping[int, Choice] | None = None,
) -> list[Decision]:
    """Say what each row comes to, against the directory as it is now; `choices` by row number."""
    records = [row.record for row in rows]
    found = _Found(session, actor, place, records)
    by_unit = {unit: place.units.target(unit) for unit in {record.unit for record in records}}
    targets = [by_unit[record.unit] for record in records]
    mails = _mails(session, actor, place, {target.agency_id or place.agency.id for target in targets}, records)
    choices = choices or {}
    return [
        decide(row, matches, target, mails[target.agency_id or place.agency.id], choices.get(row.number))
        for row, matches, target in zip(rows, found.matches(), targets, strict=True)
    ]


class _Found:
    """The officials that have identifiers of some rows."""

    def __init__(self, session: Session, actor: Actor, place: Place, records: Sequence[Record]) -> None:
        self.session = session
        self.records = records
        self.identities = identities_of(session, place.source)
        self.by_source = self._by_source(place, {each.source_record for each in records} - {None, ""})
        self.by_id = self._by_id({each.personal_id for each in records} - {None})
        self.by_number = self._by_number(place, {each.staff_number for each in records} - {None})
        self.births = self._births()
        self.by_birth = self._by_birth(set(self.births.values()))
        ids = {*self.by_source.values(), *self.by_id.values()}
        ids |= {each for group in (self.by_number, self.by_birth) for several in group.values() for each in several}
        self.known = _known(
            session,
            actor,
            place,
            ids,
            {official_id: number for number, official_id in self.by_id.items()},
            with_addresses=any(each.address for each in records),
        )

    def matches(self) -> Iterator[Matches]:
        """Give, row by row, who has its identifiers; by name and birth date only inside the list's agency."""
        by_source, by_id, by_number, known = self.by_source, self.by_id, self.by_number, self.known
        for at, record in enumerate(self.records):
            source, number = by_source.get(record.source_record or ""), by_id.get(record.personal_id or "")
            birth = self.by_birth.get(self.births[at], ()) if at in self.births else ()
            yield Matches(
                known[source] if source else None,
                known[number] if number else None,
                [known[each] for each in by_number.get(record.staff_number or "", ())],
                [known[each] for each in birth if known[each].agency_id is not None],
            )

    def _births(self) -> dict[int, bytes]:
        """Give the digests of name and birth date of the rows for which no better key has found somebody."""
        digests = (
            (at, self.identities.birth(each)) for at, each in enumerate(self.records) if not self._is_found(each)
        )
        return {at: digest for at, digest in digests if digest is not None}

    def _is_found(self, record: Record) -> bool:
        """Say whether a better key than name and birth date has found somebody."""
        return bool(
            (record.personal_id and record.personal_id in self.by_id)
            or (record.source_record and record.source_record in self.by_source)
            or (record.staff_number and record.staff_number in self.by_number)
        )

    def _by_source(self, place: Place, records: Iterable[str | None]) -> dict[str, int]:
        wanted = list(records)
        if not wanted or not place.source:
            return {}
        query = select(SourceKey.record, SourceKey.official_id).where(SourceKey.source == place.source)
        return dict(self._rows(query, SourceKey.record, wanted))

    def _by_id(self, numbers: Iterable[str | None]) -> dict[str, int]:
        digests = {self.identities.personal_id(each): each for each in numbers if each}
        query = select(Official.personal_id_index, Official.id)
        found = self._rows(query, Official.personal_id_index, list(digests))
        return {digests[digest]: official_id for digest, official_id in found}

    def _by_birth(self, digests: Iterable[bytes]) -> dict[bytes, list[int]]:
        query = select(Official.birth_date_index, Official.id)
        return _grouped(self._rows(query, Official.birth_date_index, list(digests)))

    def _by_number(self, place: Place, numbers: Iterable[str | None]) -> dict[str, list[int]]:
        here = (
            select(Appointment.official_id)
            .join(Agency, Agency.id == Appointment.agency_id)
            .where(Agency.path.op("<@")(place.agency.path))
        )
        query = select(Official.staff_number, Official.id).where(Official.id.in_(here))
        return _grouped(self._rows(query, Official.staff_number, list(numbers)))

    def _rows(self, query: Query, key: Key, wanted: Sequence[object]) -> Sequence[Any]:
        return _with_keys(self.session, query, key, wanted)


def _with_keys(session: Session, query: Query, key: Key, wanted: Sequence[object]) -> Sequence[Any]:
    """Ask with one array: the statement is the same for one key and for thousands."""
    if not wanted:
        return ()
    # Through the connection: of tens of thousands of rows the session makes more than their columns.
    return session.connection().execute(query.where(any_of(key, wanted))).all()


def _grouped(pairs: Iterable[Any]) -> dict[Any, list[int]]:
    groups: dict[Any, list[int]] = defaultdict(list)
    for key, official_id in pairs:
        groups[key].append(official_id)
    return groups


def _known(
    session: Session,
    actor: Actor,
    place: Place,
    official_ids: Iterable[int],
    numbers: Mapping[int, str],
    *,
    with_addresses: bool,
) -> dict[int, Known]:
    """Give what the directory knows of these officials, their posts, accounts and addresses.

    `numbers`: the personal ID numbers of those who were found by them; they need not be opened.
    `with_addresses`: the list says something of addresses.
    """
    ids = sorted(official_ids)
    posts = {post[0]: post for post in _posts(session, actor, ids)}
    accounts = _accounts(session, ids, with_addresses=with_addresses)
    keys, inside, today = keys_of(session), place.inside, actor.today
    known: dict[int, Known] = {}
    for columns in _with_keys(session, select(*COLUMNS), Official.id, ids):
        official_id = columns[0]
        _, agency_id, title, rank, until = posts.get(official_id, _NO_POST)
        known[official_id] = Known(
            official_id,
            Filed(keys, columns, title, rank, numbers.get(official_id)),
            agency_id if agency_id in inside else None,
            agency_id is None or (until is not None and until <= today),
            official_id in accounts,
            accounts.get(official_id, _NO_ADDRESS),
        )
    return known


_NO_POST = (None,) * 5
_NO_ADDRESS: frozenset[str] = frozenset()


def _posts(session: Session, actor: Actor, ids: Sequence[int]) -> Sequence[Any]:
    """Give the primary posts as `posts_of` does, but as columns: of thousands, objects cost more than their rows."""
    query = (
        select(
            Appointment.official_id, Appointment.agency_id, Appointment.title, Appointment.rank, Appointment.valid_to
        )
        .where(Appointment.kind == "primary")
        .ext(distinct_on(Appointment.official_id))
        .order_by(Appointment.official_id, held_on(actor.today).desc(), Appointment.valid_from.desc())
    )
    return _with_keys(session, query, Appointment.official_id, ids)


def _accounts(session: Session, ids: Sequence[int], *, with_addresses: bool) -> dict[int, frozenset[str]]:
    """Give the addresses of those who have an account; of a list that says nothing of them only who has one."""
    if not with_addresses:
        having = _with_keys(session, select(Account.official_id), Account.official_id, ids)
        return {official_id: _NO_ADDRESS for (official_id,) in having}
    query = (
        select(Account.official_id, func.array_remove(func.array_agg(Address.address), None))
        .outerjoin(Mailbox, Mailbox.account_id == Account.id)
        .outerjoin(Address, (Address.mailbox_id == Mailbox.id) & Address.kind.in_(("primary", "alias", "receive_only")))
        .group_by(Account.official_id)
    )
    found = _with_keys(session, query, Account.official_id, ids)
    return {official_id: frozenset(addresses) for official_id, addresses in found}


def _mails(
    session: Session, actor: Actor, place: Place, agency_ids: Iterable[int], records: Sequence[Record]
) -> dict[int, Mail]:
    """Give, for each agency where rows put people, its domains, and which addresses of the rows are taken."""
    in_use = Address.valid_until.is_(None) | (Address.kind != "quarantined") | (Address.valid_until >= actor.today)
    wanted = list({each.address for each in records if each.address})
    taken = _with_keys(session, select(Address.address).where(in_use), Address.address, wanted)
    taken_addresses = frozenset(address for (address,) in taken)
    domains = domains_of(session, [place.inside.get(each, place.agency) for each in agency_ids])
    return {
        agency_id: Mail(frozenset(domain.name for domain in found), taken_addresses)
        for agency_id, found in domains.items()
    }

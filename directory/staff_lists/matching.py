"""Ask the directory about the rows of a list, many at a time: one statement a kind of key, whatever the number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from directory.addresses import Address
from directory.agencies import Agency
from directory.base import Actor
from directory.domains import domains_of
from directory.grants import Action, can
from directory.officials import Official
from directory.source_keys import SourceKey
from directory.staff_lists.correlation import Choice, Decision, Mail, Matches, decide
from directory.staff_lists.identities import identities_of
from directory.staff_lists.personnel import Key, Personnel, Query, add_addresses, members, personnel_of, with_keys
from directory.staff_lists.rows import ListRow, Record
from directory.staff_lists.units import Node, Units, units_of


@dataclass(frozen=True)
class Place:
    """The agency of a list with everything below it that is not closed, and the HR system that the list comes from."""

    agency: Agency
    inside: Mapping[int, Agency]
    units: Units
    source: str = ""
    members: Personnel | None = None
    """Those of the agency, if they were looked up beforehand: all who ever had a post at it or below."""


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


def with_members(session: Session, actor: Actor, place: Place, most: int) -> Place:
    """Look the members of the agency up beforehand, for a list that may tell of all of them; not if they are more."""
    found = session.connection().execute(members(place.agency).distinct().limit(most + 1)).all()
    if len(found) > most:
        return place
    return replace(place, members=personnel_of(session, actor, place.inside, [official_id for (official_id,) in found]))


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
        self.members = place.members or Personnel()
        self.by_source = self._by_source(place, {each.source_record for each in records} - {None, ""})
        self.by_id = self._by_id({each.personal_id for each in records} - {None})
        self.by_number = self._by_number(place, {each.staff_number for each in records} - {None})
        self.births = self._births()
        self.by_birth = self._by_birth(set(self.births.values()))
        ids = {*self.by_source.values(), *self.by_id.values()}
        ids |= {each for group in (self.by_number, self.by_birth) for several in group.values() for each in several}
        numbers = {official_id: number for number, official_id in self.by_id.items()}
        self.members.numbers.update(numbers)
        others = personnel_of(session, actor, place.inside, ids - self.members.known.keys(), numbers)
        self.known = {**self.members.known, **others.known}
        if any(each.address for each in records):
            add_addresses(session, {each: self.known[each] for each in ids})

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
        here = self.members.by_digest
        query = select(Official.personal_id_index, Official.id)
        others = self._rows(query, Official.personal_id_index, list(digests.keys() - here.keys()))
        inside = ((digest, here[digest]) for digest in digests.keys() & here.keys())
        return {digests[digest]: official_id for digest, official_id in chain(inside, others)}

    def _by_birth(self, digests: Iterable[bytes]) -> dict[bytes, list[int]]:
        query = select(Official.birth_date_index, Official.id)
        return _grouped(self._rows(query, Official.birth_date_index, list(digests)))

    def _by_number(self, place: Place, numbers: Iterable[str | None]) -> Mapping[str, Sequence[int]]:
        if place.members is not None:
            return place.members.by_number
        query = select(Official.staff_number, Official.id).where(Official.id.in_(members(place.agency)))
        return _grouped(self._rows(query, Official.staff_number, list(numbers)))

    def _rows(self, query: Query, key: Key, wanted: Sequence[object]) -> Sequence[Any]:
        return with_keys(self.session, query, key, wanted)


def _grouped(pairs: Iterable[Any]) -> dict[Any, list[int]]:
    groups: dict[Any, list[int]] = defaultdict(list)
    for key, official_id in pairs:
        groups[key].append(official_id)
    return groups


def _mails(
    session: Session, actor: Actor, place: Place, agency_ids: Iterable[int], records: Sequence[Record]
) -> dict[int, Mail]:
    """Give, for each agency where rows put people, its domains, and which addresses of the rows are taken."""
    in_use = Address.valid_until.is_(None) | (Address.kind != "quarantined") | (Address.valid_until >= actor.today)
    wanted = list({each.address for each in records if each.address})
    taken = with_keys(session, select(Address.address).where(in_use), Address.address, wanted)
    taken_addresses = frozenset(address for (address,) in taken)
    domains = domains_of(session, [place.inside.get(each, place.agency) for each in agency_ids])
    return {
        agency_id: Mail(frozenset(domain.name for domain in found), taken_addresses)
        for agency_id, found in domains.items()
    }

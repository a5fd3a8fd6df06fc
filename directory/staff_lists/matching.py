"""Ask the directory about the rows of a list, many at a time: a handful of statements for a thousand rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, posts_of
from directory.base import Actor
from directory.domains import domains_of
from directory.grants import Action, can
from directory.mailboxes import Mailbox
from directory.naming import fold
from directory.officials import Official, birth_digest, open_field, personal_id_digest
from directory.staff_lists.correlation import Decision, Known, Mail, Matches, decide
from directory.staff_lists.rows import ListRow, Record
from directory.staff_lists.units import Node, Units, units_of


@dataclass(frozen=True)
class Place:
    """The agency of a list with everything below it that is not closed."""

    agency: Agency
    inside: Mapping[int, Agency]
    units: Units


def place_of(session: Session, actor: Actor, agency: Agency) -> Place:
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
    return Place(agency, inside, units_of(own, nodes.values(), may_found=may_found))


def decide_all(session: Session, actor: Actor, place: Place, rows: Sequence[ListRow]) -> list[Decision]:
    """Say what each row comes to, against the directory as it is now."""
    found = _Found(session, actor, place, rows)
    targets = [place.units.target(row.record.unit) for row in rows]
    mails = _mails(session, actor, place, {target.agency_id or place.agency.id for target in targets}, rows)
    return [
        decide(row, found.matches(row.record), target, mails[target.agency_id or place.agency.id])
        for row, target in zip(rows, targets, strict=True)
    ]


class _Found:
    """The officials that have identifiers of some rows."""

    def __init__(self, session: Session, actor: Actor, place: Place, rows: Sequence[ListRow]) -> None:
        self.session = session
        records = [row.record for row in rows]
        self.by_id = self._by_id(records)
        self.by_birth = self._by_birth(records)
        self.by_number = self._by_number(records, place)
        everyone = {each.id: each for group in (self.by_id, self.by_birth, self.by_number) for each in _all(group)}
        self.known = _known(session, actor, place, everyone)

    def matches(self, record: Record) -> Matches:
        """Give who has the identifiers of one row; by name and birth date only inside the list's agency."""
        by_id = self.by_id.get(record.personal_id or "", [])
        by_number = self.by_number.get(record.staff_number or "", [])
        by_birth = [self.known[each.id] for each in self.by_birth.get(_birth_key(record), [])]
        return Matches(
            by_personal_id=next((self.known[each.id] for each in by_id), None),
            by_staff_number=[self.known[each.id] for each in by_number],
            by_name_and_birth=[each for each in by_birth if each.agency_id is not None],
        )

    def _by_id(self, records: Iterable[Record]) -> dict[str, list[Official]]:
        digests = {
            personal_id_digest(self.session, record.personal_id): record.personal_id
            for record in records
            if record.personal_id
        }
        found = self.session.scalars(select(Official).where(Official.personal_id_index.in_(digests))) if digests else ()
        return _grouped((digests[each.personal_id_index or b""], each) for each in found)

    def _by_birth(self, records: Iterable[Record]) -> dict[str, list[Official]]:
        digests = {
            birth_digest(self.session, fold(record.full_name), record.birth_date.isoformat()): _birth_key(record)
            for record in records
            if record.full_name and record.birth_date
        }
        found = self.session.scalars(select(Official).where(Official.birth_date_index.in_(digests))) if digests else ()
        return _grouped((digests[each.birth_date_index or b""], each) for each in found)

    def _by_number(self, records: Iterable[Record], place: Place) -> dict[str, list[Official]]:
        numbers = {record.staff_number for record in records if record.staff_number}
        if not numbers:
            return {}
        here = (
            select(Appointment.official_id)
            .join(Agency, Agency.id == Appointment.agency_id)
            .where(Agency.path.op("<@")(place.agency.path))
        )
        found = self.session.scalars(select(Official).where(Official.staff_number.in_(numbers), Official.id.in_(here)))
        return _grouped((each.staff_number or "", each) for each in found)


def _grouped(pairs: Iterable[tuple[str, Official]]) -> dict[str, list[Official]]:
    groups: dict[str, list[Official]] = defaultdict(list)
    for key, official in pairs:
        groups[key].append(official)
    return groups


def _all(group: Mapping[str, Sequence[Official]]) -> list[Official]:
    return [official for officials in group.values() for official in officials]


def _birth_key(record: Record) -> str:
    return f"{fold(record.full_name)}|{record.birth_date}" if record.full_name and record.birth_date else ""


def _known(session: Session, actor: Actor, place: Place, officials: Mapping[int, Official]) -> dict[int, Known]:
    """Give what the directory knows of these officials, their posts, accounts and addresses."""
    posts = posts_of(session, officials, actor.today)
    accounts: dict[int, set[str]] = {}
    rows = (
        session.execute(
            select(Account.official_id, Address.address)
            .outerjoin(Mailbox, Mailbox.account_id == Account.id)
            .outerjoin(
                Address, (Address.mailbox_id == Mailbox.id) & Address.kind.in_(("primary", "alias", "receive_only"))
            )
            .where(Account.official_id.in_(officials))
        )
        if officials
        else ()
    )
    for official_id, address in rows:
        accounts.setdefault(official_id, set()).update([address] if address else [])
    return {
        each.id: Known(
            official_id=each.id,
            record=_record(session, each, posts.get(each.id)),
            agency_id=post.agency_id if (post := posts.get(each.id)) and post.agency_id in place.inside else None,
            has_left=post is None or (post.valid_to is not None and post.valid_to <= actor.today),
            has_account=each.id in accounts,
            addresses=frozenset(accounts.get(each.id, ())),
        )
        for each in officials.values()
    }


def _record(session: Session, official: Official, post: Appointment | None) -> Record:
    """Give the directory's record of an official in the form of a row's."""
    born = open_field(session, official, "birth_date")
    return Record(
        full_name=official.full_name,
        birth_date=date.fromisoformat(born) if born else None,
        sex=official.sex,
        category=official.category,
        personal_id=open_field(session, official, "personal_id"),
        phone=open_field(session, official, "phone"),
        personal_mail=open_field(session, official, "personal_mail"),
        staff_number=official.staff_number,
        title=post.title if post else None,
        rank=post.rank if post else None,
    )


def _mails(
    session: Session, actor: Actor, place: Place, agency_ids: Iterable[int], rows: Sequence[ListRow]
) -> dict[int, Mail]:
    """Give, for each agency where rows put people, its domains, and which addresses of the rows are taken."""
    wanted = {row.record.address for row in rows if row.record.address}
    in_use = Address.valid_until.is_(None) | (Address.kind != "quarantined") | (Address.valid_until >= actor.today)
    taken = frozenset(
        session.scalars(select(Address.address).where(Address.address.in_(wanted), in_use)) if wanted else ()
    )
    domains = domains_of(session, [place.inside.get(each, place.agency) for each in agency_ids])
    return {agency_id: Mail(frozenset(domain.name for domain in found), taken) for agency_id, found in domains.items()}

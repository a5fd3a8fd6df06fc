"""What the directory knows of officials, many at a time; of an agency's own already while its list is being read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import Actor, any_of
from directory.keys import keys_of
from directory.mailboxes import Mailbox
from directory.officials import Official
from directory.staff_lists.correlation import Known
from directory.staff_lists.filed import COLUMNS, Filed

Key = InstrumentedAttribute[Any]
Query = Select[*tuple[Any, ...]]
_NO_POST = (None,) * 5


@dataclass(frozen=True)
class Personnel:
    """Officials as the directory has them today, and who among them has an identifier."""

    known: Mapping[int, Known] = field(default_factory=dict)
    by_digest: Mapping[bytes, int] = field(default_factory=dict)
    """By the digest of the personal ID number, which only one official has."""
    by_number: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """By the staff number."""
    numbers: dict[int, str] = field(default_factory=dict)
    """The personal ID numbers of those who were found by them: they need not be opened."""


def members(agency: Agency) -> Select[int]:
    """Select who has, had or will have a post at an agency or below it."""
    return (
        select(Appointment.official_id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .where(Agency.path.op("<@")(agency.path))
    )


def personnel_of(
    session: Session,
    actor: Actor,
    inside: Mapping[int, Agency],
    official_ids: Iterable[int],
    numbers: dict[int, str] | None = None,
) -> Personnel:
    """Give what the directory knows of these officials, but for their addresses; posts count that are `inside`."""
    ids, numbers = sorted(official_ids), {} if numbers is None else numbers
    posts = {post[0]: post for post in _posts(session, actor, ids)}
    query = select(Account.id, Official.personal_id_index, *COLUMNS).outerjoin(Account)
    keys, today = keys_of(session), actor.today
    known: dict[int, Known] = {}
    by_digest: dict[bytes, int] = {}
    by_number: dict[str, list[int]] = defaultdict(list)
    for account_id, digest, *columns in with_keys(session, query, Official.id, ids):
        official_id = columns[0]
        _, agency_id, title, rank, until = posts.get(official_id, _NO_POST)
        filed = Filed(keys, columns, title, rank, numbers)
        known[official_id] = Known(
            official_id,
            filed,
            agency_id if agency_id in inside else None,
            agency_id is None or (until is not None and until <= today),
            account_id is not None,
        )
        if digest is not None:
            by_digest[digest] = official_id
        if filed.staff_number is not None:
            by_number[filed.staff_number].append(official_id)
    return Personnel(known, by_digest, by_number, numbers)


def add_addresses(session: Session, known: Mapping[int, Known]) -> None:
    """Add the addresses of those who have an account; only for a list that says something of addresses."""
    query = (
        select(Account.official_id, func.array_remove(func.array_agg(Address.address), None))
        .outerjoin(Mailbox, Mailbox.account_id == Account.id)
        .outerjoin(Address, (Address.mailbox_id == Mailbox.id) & Address.kind.in_(("primary", "alias", "receive_only")))
        .group_by(Account.official_id)
    )
    for official_id, addresses in with_keys(session, query, Account.official_id, sorted(known)):
        known[official_id].addresses = frozenset(addresses)


def with_keys(session: Session, query: Query, key: Key, wanted: Sequence[object]) -> Sequence[Any]:
    """Ask with one array: the statement is the same for one key and for thousands."""
    if not wanted:
        return ()
    # Through the connection: of tens of thousands of rows the session makes more than their columns.
    return session.connection().execute(query.where(any_of(key, wanted))).all()


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
    return with_keys(session, query, Appointment.official_id, ids)

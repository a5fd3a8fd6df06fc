"""Allot addresses: the wanted one if it is free, else the first free one that the naming patterns give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from directory.addresses import Address, normal_address
from directory.agencies import Agency
from directory.base import Actor, any_of, insert_all
from directory.domains import Domain
from directory.errors import AddressReserved, AddressTaken, BadValue, DomainUnknown, NoDomain, NoFreeAddress
from directory.grants import Action, scope
from directory.naming import NOTHING_MORE, Candidate, Withheld, is_reserved, may_have

_FIRST_LOOK, _FIRST_LOOK_AT_MOST = 4, 64
"""Candidates looked up for one mailbox at first, beside one for each namesake of the batch; each further look is
four times as wide."""


@dataclass
class Wish:
    """What one mailbox needs: an address in one of its domains, by preference the wanted one."""

    row: int
    name: str
    agency: str
    domains: Sequence[Domain]
    candidates: Iterator[Candidate]
    wanted: str | None = None
    mailbox_id: int = 0
    """Known once the mailbox is made."""
    is_role: bool = False
    is_list: bool = False
    """The address is for a mailing list, and `mailbox_id` is the list's id."""
    withheld: Withheld = NOTHING_MORE
    looked_at: list[str] = field(default_factory=list)

    @property
    def owner(self) -> dict[str, int | None]:
        """Give the columns that say whose the address is."""
        mailbox_id, list_id = (None, self.mailbox_id) if self.is_list else (self.mailbox_id, None)
        return {"mailbox_id": mailbox_id, "mailing_list_id": list_id}


def allot(session: Session, actor: Actor, wishes: Sequence[Wish]) -> dict[int, str]:
    """Give each mailbox its primary address, by mailbox id.

    What ever stood in the table counts as taken, so a counter is never given twice. The unique index decides
    between two transactions at once: who comes second takes the next candidate, or hears `AddressTaken`.
    """
    for wish in wishes:
        if not wish.domains:
            raise NoDomain(row=wish.row, agency=wish.agency)
    if len(wishes) > 1:
        _take_turns(session, {wish.domains[0].id for wish in wishes})
    given = _allot_wanted(session, actor, [wish for wish in wishes if wish.wanted])
    waiting, wider = [wish for wish in wishes if not wish.wanted], 1
    namesakes = Counter(wish.name for wish in waiting)
    while waiting:
        for wish in waiting:
            width = min(_FIRST_LOOK + namesakes[wish.name] - 1, _FIRST_LOOK_AT_MOST) * wider
            wish.looked_at += [each.local for each in islice(wish.candidates, width)]
        given |= _allot_proposed(session, waiting)
        waiting, wider = [wish for wish in waiting if wish.mailbox_id not in given], wider * 4
    return given


def _take_turns(session: Session, domain_ids: set[int]) -> None:
    """Let batches in the same domain follow each other: two that insert many addresses crosswise would deadlock."""
    session.execute(
        text(
            "SELECT pg_advisory_xact_lock(hashtextextended('addresses of domain ' || id, 0))"
            " FROM (SELECT unnest(cast(:ids AS bigint[])) AS id ORDER BY 1) ordered"
        ),
        {"ids": sorted(domain_ids)},
    )


def _allot_proposed(session: Session, wishes: Sequence[Wish]) -> dict[int, str]:
    """Choose in memory against one query of what is taken, and insert what was chosen in one statement."""
    looked_at = {local for wish in wishes for local in wish.looked_at}
    domain_ids = {wish.domains[0].id for wish in wishes}
    rows = session.execute(
        select(Address.domain_id, Address.local).where(
            Address.domain_id.in_(domain_ids), any_of(Address.local, list(looked_at))
        )
    )
    used = {(domain_id, local) for domain_id, local in rows}
    chosen: list[tuple[Wish, str]] = []
    for wish in wishes:
        if not wish.looked_at:
            raise NoFreeAddress(row=wish.row, name=wish.name)
        domain_id = wish.domains[0].id
        local = next((each for each in wish.looked_at if (domain_id, each) not in used), None)
        wish.looked_at = []
        if local is not None:
            used.add((domain_id, local))
            chosen.append((wish, local))
    return _insert(session, [(wish, local, wish.domains[0]) for wish, local in chosen])


def _insert(session: Session, chosen: Sequence[tuple[Wish, str, Domain]]) -> dict[int, str]:
    """Insert primary addresses; those that another transaction took meanwhile are missing from the answer."""
    if not chosen:
        return {}
    rows = [
        {
            "local": local,
            "domain_id": domain.id,
            "domain_name": domain.name,
            "kind": "primary",
            **wish.owner,
        }
        for wish, local, domain in sorted(chosen, key=lambda each: (each[2].id, each[1]))
    ]
    statement = insert_all(Address, rows).on_conflict_do_nothing(index_elements=["address"])
    owner_id = func.coalesce(Address.mailbox_id, Address.mailing_list_id)
    return dict(session.execute(statement.returning(owner_id, Address.address)).all())


def _allot_wanted(session: Session, actor: Actor, wishes: Sequence[Wish]) -> dict[int, str]:
    """Give wanted addresses that are free: never used, or with a quarantine that is over."""
    chosen: list[tuple[Wish, str, Domain]] = []
    for wish in wishes:
        try:
            local, _, domain_name = normal_address(wish.wanted or "").partition("@")
        except BadValue as error:
            raise BadValue(row=wish.row, **error.fields) from error
        domain = next((each for each in wish.domains if each.name == domain_name), None)
        if domain is None:
            raise DomainUnknown(row=wish.row, domain=domain_name)
        if not may_have(local, wish.withheld, is_role=wish.is_role):
            raise AddressReserved(row=wish.row, address=f"{local}@{domain_name}")
        chosen.append((wish, local, domain))
    speaking = [(wish.row, local, domain) for wish, local, domain in chosen if is_reserved(local, wish.withheld)]
    refuse_for_others(session, actor, speaking)
    given = _insert(session, chosen)
    for wish, local, domain in chosen:
        if wish.mailbox_id not in given:
            address = f"{local}@{domain.name}"
            if not _take_over(session, actor, wish, address):
                raise AddressTaken(row=wish.row, address=address)
            given[wish.mailbox_id] = address
    return given


def refuse_for_others(session: Session, actor: Actor, speaking: Sequence[tuple[int, str, Domain]]) -> None:
    """Raise `AddressReserved` for a word such as `hostmaster` in the domain of an agency that the actor has no hand in.

    Mail to it is meant for the agency whose domain it is; of each, the row to name is given.
    """
    owners = {domain.agency_id for _, _, domain in speaking}
    here = select(Agency.id).where(Agency.id.in_(owners), scope(actor, Action.ROLE_MAILBOX))
    reached = set(session.scalars(here)) if owners else set()
    for row, local, domain in speaking:
        if domain.agency_id not in reached:
            raise AddressReserved(row=row, address=f"{local}@{domain.name}")


def _take_over(session: Session, actor: Actor, wish: Wish, address: str) -> bool:
    """Hand on an address whose quarantine is over; one conditional statement decides.

    Over on PostgreSQL's clock too, which may be behind the host's: it refuses such an address, whoever asks.
    """
    over = Address.valid_until < func.least(actor.today, func.vietnamese_day())
    taken = session.execute(
        update(Address)
        .where(Address.address == address, Address.kind == "quarantined", over)
        .values(**wish.owner, kind="primary", valid_until=None, kind_before=None)
        .returning(Address.id)
    )
    return taken.scalar_one_or_none() is not None

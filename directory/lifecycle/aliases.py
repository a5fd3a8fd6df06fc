"""Give mailboxes and mailing lists further addresses: aliases, those in a retiring domain that still receive, and
another official one in the place of that of before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.orm import Session, joinedload

from directory import due
from directory.addresses import Address, normal_address
from directory.agencies import Agency
from directory.audit import record
from directory.base import Actor
from directory.domains import Domain
from directory.errors import AddressReserved, AddressTaken, AnotherTarget, BadValue, DomainUnknown
from directory.lifecycle.address_owners import AddressOwner, Key, is_of, lock_owners
from directory.lifecycle.allotment import refuse_for_others
from directory.lifecycle.quarantine import HELD
from directory.lifecycle.readdressing import go_on_beside
from directory.naming import Withheld, is_reserved, may_have
from directory.policies import effective, effective_values

Owners = Mapping[Key, AddressOwner]


@dataclass(frozen=True)
class Alias:
    """One more address of a mailbox, or of a mailing list."""

    owner_id: int
    address: str
    is_primary: bool = False
    """It is the official address from now on, and that of before goes on beside it."""
    is_list: bool = False
    """`owner_id` is that of a mailing list."""

    @property
    def key(self) -> Key:
        """Give what its owner is found by."""
        return self.owner_id, self.is_list


def add_alias(session: Session, actor: Actor, aliases: Sequence[Alias]) -> list[str]:
    """Give mailboxes and mailing lists further addresses in domains of their agency; errors carry `row`.

    In an active domain it is an alias, from which a mailbox may also send; in a retiring one it only receives, as long
    as the domain. One that is to be the primary address may be an alias of its owner already.
    """
    if not aliases:
        return []
    owners = lock_owners(session, actor, {each.key for each in aliases})
    rows = _rows(session, actor, aliases, owners)
    insertion = insert_unless(Address).on_conflict_do_nothing(index_elements=["address"]).returning(Address.address)
    added = set(session.scalars(insertion, rows))
    addresses = [f"{row['local']}@{row['domain_name']}" for row in rows]
    _settle(session, actor, list(zip(aliases, addresses, strict=True)), added, owners)
    concerned: dict[due.Subject, list[int]] = defaultdict(list)
    for owner in owners.values():
        concerned[owner.due[0]].append(owner.due[1])
    for subject, ids in concerned.items():
        due.mark(session, actor, subject, ids)
    return addresses


def _settle(
    session: Session, actor: Actor, wishes: Sequence[tuple[Alias, str]], added: Collection[str], owners: Owners
) -> None:
    """Raise `AddressTaken` for what was not added, unless it is an own one that becomes primary; tell the audit."""
    preferred = {alias.key: address for alias, address in wishes if alias.is_primary}
    own = _lock_own(session, preferred)
    seen: set[str] = set()
    for place, (alias, address) in enumerate(wishes):
        is_own = alias.is_primary and any(each.address == address for each in own[alias.key])
        if not (address in added or is_own) or address in seen:
            raise AddressTaken(row=place, address=address)
        seen.add(address)
        if address in added:
            owner = owners[alias.key]
            record(session, actor, "address.added", owner.subject, owner.agency_id, address=address)
    for key, address in preferred.items():
        _prefer(session, actor, owners[key], own[key], address)


def _lock_own(session: Session, keys: Collection[Key]) -> dict[Key, list[Address]]:
    """Lock the addresses that mailboxes and mailing lists have now, by owner."""
    own: dict[Key, list[Address]] = {key: [] for key in keys}
    if not own:
        return own
    rows = session.scalars(
        select(Address)
        .where(is_of(keys), Address.kind.in_(HELD))
        .options(joinedload(Address.domain))
        .order_by(Address.id)
        .with_for_update(of=Address)
        .execution_options(populate_existing=True)
    )
    for address in rows:
        own[address.mailbox_id or address.mailing_list_id or 0, address.mailbox_id is None].append(address)
    return own


def _prefer(session: Session, actor: Actor, owner: AddressOwner, own: Sequence[Address], wanted: str) -> None:
    """Make one of its own addresses the primary one of a mailbox or list; that of before goes on beside it."""
    before = next((each for each in own if each.kind == "primary" and each.address != wanted), None)
    if before is not None:
        agency = session.get_one(Agency, owner.agency_id)
        go_on_beside(actor, before, effective(session, agency, "alias_days").value)
        session.flush()  # one primary address at a time
    chosen = next(each for each in own if each.address == wanted)
    chosen.kind, chosen.valid_until = "primary", None
    session.flush()
    told = {"address": wanted, "before": before and before.address}
    record(session, actor, "address.changed", owner.subject, owner.agency_id, **told)


def _rows(session: Session, actor: Actor, aliases: Sequence[Alias], owners: Owners) -> list[dict[str, Any]]:
    """Give the rows of the new addresses, each checked."""
    agency_ids = {owner.agency_id for owner in owners.values()}
    agencies = {row.id: row for row in session.scalars(select(Agency).where(Agency.id.in_(agency_ids)))}
    policies = effective_values(session, agencies.values(), ("reserved_locals", "forbidden_locals"))
    names = {each.address.strip().lower().rpartition("@")[2] for each in aliases}
    domains = {each.name: each for each in session.scalars(select(Domain).where(Domain.name.in_(names)))}
    rows: list[dict[str, Any]] = []
    speaking: list[tuple[int, str, Domain]] = []
    for place, each in enumerate(aliases):
        try:
            local, _, name = normal_address(each.address).partition("@")
        except BadValue as error:
            raise BadValue(row=place, **error.fields) from error
        owner = owners[each.key]
        domain = _domain(place, each, domains.get(name), agencies[owner.agency_id], owner.target)
        withheld = Withheld.by(policies[owner.agency_id])
        if not may_have(local, withheld, is_role=owner.kind != "personal"):
            raise AddressReserved(row=place, address=f"{local}@{name}")
        if is_reserved(local, withheld):
            speaking.append((place, local, domain))
        rows.append(
            {
                "local": local,
                "domain_id": domain.id,
                "domain_name": name,
                "kind": "alias" if domain.state == "active" else "receive_only",
                "valid_until": None if domain.state == "active" else domain.receives_until,
                **owner.columns,
            }
        )
    refuse_for_others(session, actor, speaking)
    return rows


def _domain(row: int, alias: Alias, domain: Domain | None, agency: Agency, target: str) -> Domain:
    """Give the domain of a wanted address, if the agency may have addresses in it."""
    name = alias.address.strip().lower().rpartition("@")[2]
    if domain is None or str(domain.agency_id) not in agency.path.split(".") or domain.state == "retired":
        raise DomainUnknown(row=row, domain=name)
    if domain.target != target:
        raise AnotherTarget(row=row, domain=name)
    if alias.is_primary and domain.state != "active":
        raise BadValue(row=row, field="address", reason="in a domain that retires")
    return domain

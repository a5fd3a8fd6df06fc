"""Give mailboxes further addresses: aliases, and old addresses in a retiring domain that still receive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.orm import Session, joinedload

from directory import due
from directory.addresses import Address, normal_address
from directory.agencies import Agency
from directory.appointments import posts_of
from directory.audit import record
from directory.base import Actor
from directory.domains import Domain
from directory.errors import (
    AddressReserved,
    AddressTaken,
    AnotherTarget,
    BadValue,
    DomainUnknown,
    MailboxClosed,
    NotFound,
)
from directory.grants import Action, may
from directory.lifecycle.allotment import refuse_for_others
from directory.mailboxes import Mailbox
from directory.naming import Withheld, is_reserved, may_have
from directory.policies import effective_values


@dataclass(frozen=True)
class Alias:
    """One more address of a mailbox."""

    mailbox_id: int
    address: str


def add_alias(session: Session, actor: Actor, aliases: Sequence[Alias]) -> list[str]:
    """Give mailboxes further addresses in domains of their agency; errors carry `row`.

    In an active domain it is an alias, that may also send; in a retiring one it only receives, as long as the domain.
    """
    if not aliases:
        return []
    ids = {each.mailbox_id for each in aliases}
    statement = select(Mailbox).where(Mailbox.id.in_(ids)).options(joinedload(Mailbox.account))
    mailboxes = {mailbox.id: mailbox for mailbox in session.scalars(statement)}
    agency_ids = _agencies(session, actor, list(mailboxes.values()))
    if len(agency_ids) < len(ids):
        raise NotFound
    if closed := next((mailbox for mailbox in mailboxes.values() if mailbox.state == "disabled"), None):
        raise MailboxClosed(name=closed.name or closed.public_id)
    for action, kind in ((Action.APPOINT, "personal"), (Action.ROLE_MAILBOX, "role")):
        if concerned := {agency_ids[mailbox.id] for mailbox in mailboxes.values() if mailbox.kind == kind}:
            may(session, actor, action, *concerned)
    rows = _rows(session, actor, aliases, mailboxes, agency_ids)
    insertion = insert_unless(Address).on_conflict_do_nothing(index_elements=["address"]).returning(Address.address)
    added = set(session.scalars(insertion, rows))
    addresses = [f"{row['local']}@{row['domain_name']}" for row in rows]
    for place, (alias, address) in enumerate(zip(aliases, addresses, strict=True)):
        if address not in added or address in addresses[:place]:
            raise AddressTaken(row=place, address=address)
        mailbox = mailboxes[alias.mailbox_id]
        subject = f"account:{mailbox.account.number}" if mailbox.account else f"mailbox:{mailbox.public_id}"
        record(session, actor, "address.added", subject, agency_ids[mailbox.id], address=address)
    due.mark(session, actor, "account", [each.account_id for each in mailboxes.values() if each.account_id])
    due.mark(session, actor, "mailbox", [each.id for each in mailboxes.values() if each.kind == "role"])
    return addresses


def _agencies(session: Session, actor: Actor, mailboxes: Sequence[Mailbox]) -> dict[int, int]:
    """Give the agency of each mailbox: its own, or that of its official's post."""
    officials = {each.id: each.account.official_id for each in mailboxes if each.account}
    posts = posts_of(session, officials.values(), actor.today)
    found = {each.id: each.agency_id for each in mailboxes if each.agency_id}
    return found | {id_: posts[official].agency_id for id_, official in officials.items() if official in posts}


def _rows(
    session: Session, actor: Actor, aliases: Sequence[Alias], mailboxes: dict[int, Mailbox], agency_ids: dict[int, int]
) -> list[dict[str, Any]]:
    """Give the rows of the new addresses, each checked."""
    agencies = {row.id: row for row in session.scalars(select(Agency).where(Agency.id.in_(agency_ids.values())))}
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
        domain = domains.get(name)
        agency = agencies[agency_ids[each.mailbox_id]]
        line = agency.path.split(".")
        if domain is None or str(domain.agency_id) not in line or domain.state == "retired":
            raise DomainUnknown(row=place, domain=name)
        if domain.target != mailboxes[each.mailbox_id].target:
            raise AnotherTarget(row=place, domain=name)
        is_role = mailboxes[each.mailbox_id].kind == "role"
        if not may_have(local, Withheld.by(policies[agency.id]), is_role=is_role):
            raise AddressReserved(row=place, address=f"{local}@{name}")
        if is_reserved(local, Withheld.by(policies[agency.id])):
            speaking.append((place, local, domain))
        rows.append(
            {
                "local": local,
                "domain_id": domain.id,
                "domain_name": name,
                "kind": "alias" if domain.state == "active" else "receive_only",
                "mailbox_id": each.mailbox_id,
                "valid_until": None if domain.state == "active" else domain.receives_until,
            }
        )
    refuse_for_others(session, actor, speaking)
    return rows

"""Give mailboxes further addresses: aliases, and old addresses in a retiring domain that still receive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from directory.lifecycle.quarantine import HELD
from directory.lifecycle.readdressing import go_on_beside
from directory.mailboxes import Mailbox
from directory.naming import Withheld, is_reserved, may_have
from directory.policies import effective, effective_values


@dataclass(frozen=True)
class Alias:
    """One more address of a mailbox."""

    mailbox_id: int
    address: str
    is_primary: bool = False
    """It is the official address from now on, and that of before goes on beside it."""


def add_alias(session: Session, actor: Actor, aliases: Sequence[Alias]) -> list[str]:
    """Give mailboxes further addresses in domains of their agency; errors carry `row`.

    In an active domain it is an alias, that may also send; in a retiring one it only receives, as long as the domain.
    One that is to be the primary address may be an alias of the mailbox already.
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
    _settle(session, actor, list(zip(aliases, addresses, strict=True)), added, mailboxes, agency_ids)
    due.mark(session, actor, "account", [each.account_id for each in mailboxes.values() if each.account_id])
    due.mark(session, actor, "mailbox", [each.id for each in mailboxes.values() if each.kind == "role"])
    return addresses


def _settle(
    session: Session,
    actor: Actor,
    wishes: Sequence[tuple[Alias, str]],
    added: Collection[str],
    mailboxes: dict[int, Mailbox],
    agency_ids: dict[int, int],
) -> None:
    """Raise `AddressTaken` for what was not added, unless it is an own one that becomes primary; tell the audit."""
    preferred = {alias.mailbox_id: address for alias, address in wishes if alias.is_primary}
    own = _lock_own(session, preferred)
    seen: set[str] = set()
    for place, (alias, address) in enumerate(wishes):
        is_own = alias.is_primary and any(each.address == address for each in own[alias.mailbox_id])
        if not (address in added or is_own) or address in seen:
            raise AddressTaken(row=place, address=address)
        seen.add(address)
        if address in added:
            mailbox = mailboxes[alias.mailbox_id]
            record(session, actor, "address.added", _subject(mailbox), agency_ids[mailbox.id], address=address)
    for mailbox_id, address in preferred.items():
        agency = session.get_one(Agency, agency_ids[mailbox_id])
        _prefer(session, actor, mailboxes[mailbox_id], agency, own[mailbox_id], address)


def _subject(mailbox: Mailbox) -> str:
    """Give what the audit calls the owner of a mailbox."""
    return f"account:{mailbox.account.number}" if mailbox.account else f"mailbox:{mailbox.public_id}"


def _lock_own(session: Session, mailbox_ids: Collection[int]) -> dict[int, list[Address]]:
    """Lock the addresses that mailboxes have now, by mailbox id."""
    if not mailbox_ids:
        return {}
    rows = session.scalars(
        select(Address)
        .where(Address.mailbox_id.in_(mailbox_ids), Address.kind.in_(HELD))
        .options(joinedload(Address.domain))
        .order_by(Address.id)
        .with_for_update(of=Address)
        .execution_options(populate_existing=True)
    )
    own: dict[int, list[Address]] = {mailbox_id: [] for mailbox_id in mailbox_ids}
    for address in rows:
        own[address.mailbox_id or 0].append(address)
    return own


def _prefer(
    session: Session, actor: Actor, mailbox: Mailbox, agency: Agency, own: Sequence[Address], wanted: str
) -> None:
    """Make one of its own addresses the primary one of a mailbox; that of before goes on beside it."""
    before = next((each for each in own if each.kind == "primary" and each.address != wanted), None)
    if before is not None:
        go_on_beside(actor, before, effective(session, agency, "alias_days").value)
        session.flush()  # one primary address at a time
    chosen = next(each for each in own if each.address == wanted)
    chosen.kind, chosen.valid_until = "primary", None
    session.flush()
    told = {"address": wanted, "before": before and before.address}
    record(session, actor, "address.changed", _subject(mailbox), agency.id, **told)


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
        agency, mailbox = agencies[agency_ids[each.mailbox_id]], mailboxes[each.mailbox_id]
        domain = domains.get(name)
        if domain is None or str(domain.agency_id) not in agency.path.split(".") or domain.state == "retired":
            raise DomainUnknown(row=place, domain=name)
        if domain.target != mailbox.target:
            raise AnotherTarget(row=place, domain=name)
        if each.is_primary and domain.state != "active":
            raise BadValue(row=place, field="address", reason="in a domain that retires")
        withheld = Withheld.by(policies[agency.id])
        if not may_have(local, withheld, is_role=mailbox.kind == "role"):
            raise AddressReserved(row=place, address=f"{local}@{name}")
        if is_reserved(local, withheld):
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

"""Propose addresses: those that are free, and why those before them are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import posts_of
from directory.base import Actor
from directory.errors import NoDomain
from directory.grants import Action, may, scope
from directory.lifecycle.surroundings import surroundings_of
from directory.mailboxes import Mailbox
from directory.naming import Candidate, check_patterns, proposals, split_name

_LOOK = 24
EXAMPLES = (
    *map(" ".join, zip(("Nguyễn", "Trần", "Đặng"), ("Văn", "Thị Ngọc", "Đức"), ("An", "Ánh", "Đạt"), strict=True)),
    *("Y Thanh Niê", "H'Linh Byă", "K'Brêu"),
)
"""Names that show what a pattern does: common ones, and those of peoples who write the given name first or alone."""


@dataclass(frozen=True)
class PassedOver:
    """An address that comes first by the naming patterns and cannot be had."""

    address: str
    pattern: str
    obstacle: str
    """`reserved`, `forbidden`, `taken`, `quarantined`; `used`: free again, but only for whoever asks for it."""
    owner: str | None = None
    """Whose it is or was, if the actor may know."""
    until: date | None = None
    """The last day of the quarantine."""


@dataclass(frozen=True)
class Proposals:
    """Free addresses, the first the one that `appoint` would take now, and what was passed over on the way to it."""

    free: Sequence[Candidate]
    passed_over: Sequence[PassedOver]


def propose(session: Session, actor: Actor, agency_id: int, full_name: str, limit: int = 5) -> Proposals:
    """Give free addresses for a name, with the pattern that each comes from, and why the first ones are not free."""
    may(session, actor, Action.APPOINT, agency_id)
    here = surroundings_of(session, [agency_id])[agency_id]
    if not here.domains:
        raise NoDomain(agency=here.agency.name)
    domain = here.domains[0]
    found = proposals(split_name(full_name), here.policies["naming_patterns"], here.unit, here.withheld)
    looked_at: list[Candidate] = []
    used: dict[str, Address] = {}
    free: list[Candidate] = []
    width = _LOOK
    while not free and (batch := list(islice(found, width))):
        used |= _used(session, domain.id, [each.local for each in batch])
        free = [each for each in batch if each.bar is None and each.local not in used]
        looked_at, width = looked_at + batch, width * 8
    before = looked_at[: looked_at.index(free[0])][:limit] if free else looked_at[:limit]
    owners = _owners(session, actor, [used[each.local] for each in before if each.local in used])
    return Proposals(
        [Candidate(f"{each.local}@{domain.name}", each.reason) for each in free[:limit]],
        [_passed_over(actor, each, domain.name, used.get(each.local), owners) for each in before],
    )


def _used(session: Session, domain_id: int, locals_: Sequence[str]) -> dict[str, Address]:
    """Give the addresses of a domain that stand or ever stood in the table, by local part."""
    rows = session.scalars(
        select(Address)
        .where(Address.domain_id == domain_id, Address.local == func.any(bindparam("locals", type_=ARRAY(Text))))
        .options(joinedload(Address.mailbox).joinedload(Mailbox.account).joinedload(Account.official)),
        {"locals": list(locals_)},
    )
    return {row.local: row for row in rows}


def _passed_over(
    actor: Actor, candidate: Candidate, domain: str, row: Address | None, owners: dict[int, str]
) -> PassedOver:
    """Say why a candidate cannot be had."""
    address = f"{candidate.local}@{domain}"
    if candidate.bar or row is None or row.kind == "reserved":
        return PassedOver(address, candidate.reason, candidate.bar or "reserved")
    owner = owners.get(row.id)
    if row.kind != "quarantined":
        return PassedOver(address, candidate.reason, "taken", owner)
    is_over = row.valid_until is not None and row.valid_until < actor.today
    return PassedOver(address, candidate.reason, "used" if is_over else "quarantined", owner, row.valid_until)


def _owners(session: Session, actor: Actor, rows: Sequence[Address]) -> dict[int, str]:
    """Name the owners of addresses, by address id, as far as the actor looks after their agencies."""
    mailboxes = {row.id: row.mailbox for row in rows if row.mailbox is not None}
    officials = {id_: box.account.official_id for id_, box in mailboxes.items() if box.account}
    posts = posts_of(session, officials.values(), actor.today)
    agencies = {id_: posts[official].agency_id for id_, official in officials.items() if official in posts}
    agencies |= {id_: box.agency_id for id_, box in mailboxes.items() if box.agency_id}
    in_view = set(
        session.scalars(select(Agency.id).where(Agency.id.in_(set(agencies.values())), scope(actor, Action.VIEW)))
    )
    return {
        id_: box.account.official.full_name if box.account else box.name
        for id_, box in mailboxes.items()
        if agencies.get(id_) in in_view
    }


def examples(
    session: Session, actor: Actor, agency_id: int, patterns: Sequence[str]
) -> list[tuple[str, list[Candidate]]]:
    """Give what patterns would make of some names at an agency, whether or not it is free there."""
    may(session, actor, Action.VIEW, agency_id)
    check_patterns(patterns)
    here = surroundings_of(session, [agency_id])[agency_id]
    return [
        (name, list(islice(proposals(split_name(name), patterns, here.unit, here.withheld), len(patterns) + 2)))
        for name in EXAMPLES
    ]

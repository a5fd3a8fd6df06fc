"""New primary addresses for those who have a mailbox: after a transfer, a new name, or coming back.

The address given up stays as an alias for as long as the policy says, and goes into quarantine afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from directory.addresses import Address
from directory.audit import record
from directory.base import Actor
from directory.domains import Domain
from directory.errors import AnotherTarget
from directory.lifecycle.allotment import Wish, allot
from directory.lifecycle.quarantine import HELD
from directory.lifecycle.surroundings import Surroundings, surroundings_of
from directory.mailboxes import Mailbox
from directory.policies import effective_values

_LOOK = 24
"""So many candidates of a name are looked through for an address that is its own already."""


@dataclass(frozen=True)
class Readdressing:
    """Somebody who is to have a primary address at an agency."""

    row: int
    account_id: int
    full_name: str
    agency_id: int
    wanted: str | None = None
    keeps: bool = False
    """A primary address that is there already stays, wherever it is."""
    has_new_name: bool = False
    """Only an address that the name gives will do."""
    comes_back: bool = False
    """What the quarantine still keeps for them is theirs again."""


@dataclass(frozen=True)
class _Case:
    """One request with the mailbox it is about, its primary address of now, and an own one that will do, if any."""

    request: Readdressing
    mailbox: Mailbox
    here: Surroundings
    present: Address | None
    right: Address | None

    @property
    def given_up(self) -> Address | None:
        """The primary address that another one is to take the place of."""
        return self.present if self.right is not self.present else None


def readdress(session: Session, actor: Actor, requests: Sequence[Readdressing]) -> dict[int, str]:
    """Give accounts their primary addresses, by account id, where these are not right already; errors carry `row`."""
    if not requests:
        return {}
    cases = _cases(session, requests)
    _give_up(session, actor, [case for case in cases if case.given_up])
    chosen: dict[int, str] = {}
    wishes: dict[int, Wish] = {}
    for case in cases:
        asked = case.request
        if case.right is None:
            wishes[asked.account_id] = case.here.wish(asked.row, asked.full_name, asked.wanted)
            wishes[asked.account_id].mailbox_id = case.mailbox.id
        elif case.right is not case.present:
            case.right.kind, case.right.valid_until, case.right.kind_before = "primary", None, None
            chosen[asked.account_id] = _spelled(case.right)
    session.flush()
    given = allot(session, actor, list(wishes.values()))
    chosen |= {account_id: given[wish.mailbox_id] for account_id, wish in wishes.items()}
    for case in cases:
        account, address = case.mailbox.account, chosen.get(case.request.account_id)
        if account is not None and address is not None:
            detail = {"address": address, "before": _spelled(case.given_up) if case.given_up else None}
            record(session, actor, "address.changed", f"account:{account.number}", case.request.agency_id, **detail)
    return chosen


def _spelled(address: Address) -> str:
    """Spell an address out of its parts; PostgreSQL's own spelling would be read again, row by row, after a change."""
    return f"{address.local}@{address.domain_name}"


def _cases(session: Session, requests: Sequence[Readdressing]) -> list[_Case]:
    """Put together each request with what there is already."""
    boxes = {
        mailbox.account_id: mailbox
        for mailbox in session.scalars(
            select(Mailbox)
            .where(Mailbox.account_id.in_({each.account_id for each in requests}))
            .options(joinedload(Mailbox.account))
        )
    }
    surroundings = surroundings_of(session, {each.agency_id for each in requests})
    own = _addresses(session, [mailbox.id for mailbox in boxes.values()])
    cases: list[_Case] = []
    for each in requests:
        mailbox, around = boxes[each.account_id], surroundings[each.agency_id]
        here = around.in_target(mailbox.target)
        if each.wanted and here is not around:
            _refuse_elsewhere(each, here)
        mine = own.get(mailbox.id, [])
        if each.comes_back:
            _give_back(mine)
        present = next((address for address in mine if address.kind == "primary"), None)
        # Where all domains of the agency are on another server than the mailbox, it keeps the address that it has.
        stays = each.keeps or (around.domains and not here.domains)
        right = present if present and stays and not each.wanted else _own_choice(each, here, mine)
        cases.append(_Case(each, mailbox, here, present, right))
    return cases


def _refuse_elsewhere(request: Readdressing, here: Surroundings) -> None:
    """Raise `AnotherTarget` for a wanted address in none of the agency's domains on the mailbox's server."""
    domain = (request.wanted or "").strip().lower().rpartition("@")[2]
    if all(each.name != domain for each in here.domains):
        raise AnotherTarget(row=request.row, domain=domain)


def _addresses(session: Session, mailbox_ids: Sequence[int]) -> dict[int, list[Address]]:
    """Give what belongs, or belonged last, to each mailbox: the primary first, then the newest."""
    rows = session.scalars(
        select(Address)
        .where(Address.mailbox_id.in_(mailbox_ids))
        .options(joinedload(Address.domain))
        .order_by((Address.kind == "primary").desc(), Address.id.desc())
        .with_for_update(of=Address)
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[Address]] = {}
    for address in rows:
        found.setdefault(address.mailbox_id or 0, []).append(address)
    return found


def _give_back(mine: Sequence[Address]) -> None:
    """Take addresses out of quarantine for whom they are kept; only one can be the primary."""
    has_primary = any(address.kind == "primary" for address in mine)
    for address in mine:
        if address.kind == "quarantined" and address.kind_before in HELD and address.domain.state == "active":
            address.kind = "alias" if has_primary else address.kind_before
            address.kind_before = address.valid_until = None
            has_primary = has_primary or address.kind == "primary"


def _own_choice(request: Readdressing, here: Surroundings, mine: Sequence[Address]) -> Address | None:
    """Give the address among one's own that is to be the primary one, if one of them will do."""
    if request.wanted:
        names = {domain.name for domain in here.domains}
        wanted = request.wanted.strip().lower()
        return next((each for each in mine if _spelled(each) == wanted and each.domain_name in names), None)
    local = [each for each in mine if here.domains and each.domain_id == here.domains[0].id]
    if not request.has_new_name:
        return next((each for each in local if each.kind in HELD or each.kind_before), None)
    proposed = [each.local for each in islice(here.wish(0, request.full_name, None).candidates, _LOOK)]
    return next((each for name in proposed for each in local if each.local == name), None)


def _give_up(session: Session, actor: Actor, cases: Sequence[_Case]) -> None:
    """Make old primary addresses aliases for as long as the policy of the new agency says, before others come."""
    policies = effective_values(session, {case.here.agency for case in cases}, ["alias_days"])
    for case in cases:
        if (old := case.given_up) is None:
            continue
        go_on_beside(actor, old, policies[case.here.agency.id]["alias_days"])
    session.flush()


def go_on_beside(actor: Actor, old: Address, days: int | None) -> None:
    """Let a former primary address go on beside another: so many days (None: for ever), or as long as its domain."""
    old.kind, old.valid_until = beside(old.domain, actor.today, days)


def beside(domain: Domain, today: date, days: int | None) -> tuple[str, date | None]:
    """Say as what a primary address in a domain goes on when another one takes its place, and until when."""
    if domain.state != "active":
        return "receive_only", domain.receives_until
    return "alias", today + timedelta(days=days) if days is not None else None

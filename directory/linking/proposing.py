"""Propose links: which entries of an LDAP server are whose accounts, for a person to confirm or refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.base import Actor, any_of, insert_all, public_id
from directory.errors import NotAllowed
from directory.grants import Action, scope
from directory.linking.candidates import candidates_for
from directory.linking.evidence import Found, Proposal, clues_of, is_person, shown_of, weigh
from directory.links import Link
from directory.targets import DEFAULT


def may_link(session: Session, actor: Actor) -> None:
    """Raise `NotAllowed` unless the actor founds agencies at the top: an LDAP server is of all of them."""
    tops = select(Agency.id).where(Agency.parent_id.is_(None), scope(actor, Action.AGENCY))
    if not actor.is_system and session.scalar(tops.limit(1)) is None:
        raise NotAllowed


def propose(session: Session, actor: Actor, found: Sequence[Found], target: str = DEFAULT) -> int:
    """Propose accounts for entries, and give for how many entries there is one.

    Entries that are nobody's are left alone, and what a person has refused stays refused. An entry that was adopted
    is not looked at again; one that is confirmed and not adopted yet waits to be confirmed anew if it has changed.
    """
    may_link(session, actor)
    people = [each for each in found if is_person(each)]
    clues = [clues_of(each) for each in people]
    candidates = candidates_for(session, actor, clues, target)
    weighed = list(zip(people, map(weigh, clues, candidates), strict=True))
    confirmed = _confirmed(session, weighed, target)
    rows = [
        _row(actor, target, each, proposal)
        for each, proposals in weighed
        for proposal in proposals
        if (each.path, proposal.account_id) in confirmed.pairs
        or (each.path not in confirmed.paths and proposal.account_id not in confirmed.accounts)
    ]
    if rows:
        statement = insert_all(Link, rows)
        new = statement.excluded
        session.execute(
            statement.on_conflict_do_update(
                constraint="links_once",
                set_={name: getattr(new, name) for name in ("confidence", "reasons", "shown", "csn", "proposed_at")},
            )
        )
    return sum(bool(proposals) for _, proposals in weighed)


def conclude(session: Session, actor: Actor, branch: str, began: datetime, target: str = DEFAULT) -> None:
    """End a run over a branch: forget proposals whose entries or reasons are gone, and doubt those that compete.

    An account for which there are two entries is somebody's decision, however well each of them fits.
    """
    may_link(session, actor)
    below = Link.path.endswith(f",{branch}", autoescape=True)
    session.execute(
        delete(Link).where(Link.target == target, below, Link.state == "proposed", Link.proposed_at < began)
    )
    competing = select(Link.account_id).where(Link.state == "proposed").group_by(Link.account_id)
    accounts = list(session.scalars(competing.having(func.count() > 1)))
    session.execute(_DOUBT, {"accounts": accounts, "reason": "several_entries"})


_DOUBT = text(
    "UPDATE links SET confidence = 'unsure', reasons = (reasons - :reason) || jsonb_build_array(:reason)"
    " WHERE account_id = ANY(:accounts) AND state = 'proposed'"
)


@dataclass(frozen=True)
class Confirmed:
    """What is decided already of some entries and accounts."""

    pairs: frozenset[tuple[str, int]]
    """Confirmed and not adopted yet, as far as the entry tells."""
    paths: frozenset[str]
    accounts: frozenset[int]


def _confirmed(session: Session, weighed: Sequence[tuple[Found, Sequence[Proposal]]], target: str) -> Confirmed:
    """Read which of these entries and accounts are linked."""
    paths = [each.path for each, _ in weighed]
    accounts = sorted({proposal.account_id for _, proposals in weighed for proposal in proposals})
    rows = session.execute(
        select(Link.target, Link.path, Link.account_id).where(
            Link.state == "confirmed", or_(any_of(Link.path, paths), any_of(Link.account_id, accounts))
        )
    ).all()
    adopted = {each.path for each, _ in weighed if each.values("cvAccountNumber")}
    here = {(path, account_id) for of_target, path, account_id in rows if of_target == target}
    return Confirmed(
        frozenset(pair for pair in here if pair[0] not in adopted),
        frozenset(path for path, _ in here),
        frozenset(account_id for _, _, account_id in rows),
    )


def _row(actor: Actor, target: str, found: Found, proposal: Proposal) -> dict[str, object]:
    return {
        "public_id": public_id(),
        "target": target,
        "path": found.path,
        "name": [list(part) for part in found.name],
        "account_id": proposal.account_id,
        "confidence": proposal.confidence,
        "reasons": list(proposal.reasons),
        "shown": shown_of(found),
        "csn": found.csn,
        "proposed_at": actor.now,
    }

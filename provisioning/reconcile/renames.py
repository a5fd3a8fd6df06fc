"""Adopted entries that others renamed: found again by the mark that we left in them, and followed by their links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor, any_of, public_id
from directory.linking import Found
from directory.links import Link
from provisioning.reconcile.linking import decide_alone, forget_moot, mark_groups, tell


def follow(session: Session, actor: Actor, target: str, found: Mapping[int, Found]) -> dict[str, int]:
    """Let accounts be linked to the names under which their entries were found; the links to the old ones are over.

    A name to which another account is linked is not taken from it, unless that one's entry was found elsewhere too.
    Those that are in the way are given, by their numbers: their entries must be elsewhere.
    """
    decide_alone(session)
    paths = {account_id: each.path for account_id, each in found.items()}
    confirmed = select(Link).where(Link.target == target, Link.state == "confirmed")
    there = confirmed.where(any_of(Link.path, list(paths.values())))
    holders = {each.path: each.account_id for each in session.scalars(there)}
    links = session.scalars(confirmed.where(any_of(Link.account_id, list(found))))
    going = {each.account_id: each for each in links if each.path != paths[each.account_id]}
    while blocked := [each for each in going if holders.get(paths[each], each) not in going]:
        for account_id in blocked:
            del going[account_id]
    if going:
        _move(session, actor, found, list(going.values()))
        moved = session.scalars(confirmed.where(any_of(Link.account_id, list(going)))).all()
        tell(session, actor, "account.entry_renamed", moved)
        mark_groups(session, actor, list(going))
    in_the_way = sorted(set(holders.values()) - found.keys())
    return dict(session.execute(select(Account.number, Account.id).where(any_of(Account.id, in_the_way))).all())


def _move(session: Session, actor: Actor, found: Mapping[int, Found], links: Sequence[Link]) -> None:
    """Put links to the new names in the place of those to the old ones, and forget what was proposed for either."""
    rows = [_row(actor, link, found[link.account_id]) for link in links]
    for link in links:
        link.state, link.confirmed_csn, link.decided_at = "refused", None, actor.now
    session.flush()
    added = insert(Link).values(rows)
    # The entry may have had this name before, or be proposed under it already.
    again = {name: added.excluded[name] for name in ("state", "csn", "confirmed_csn", "taken", "decided_at")}
    session.execute(added.on_conflict_do_update(constraint="links_once", set_=again))
    session.expire_all()
    forget_moot(session, [str(row["path"]) for row in rows], [link.account_id for link in links])


def _row(actor: Actor, link: Link, found: Found) -> dict[str, object]:
    """Give the link of an account under the new name. What is part of that name now is no longer ours to write."""
    part = found.name[0][0].lower()
    return {
        "public_id": public_id(),
        "target": link.target,
        "path": found.path,
        "name": [list(each) for each in found.name],
        "account_id": link.account_id,
        "confidence": "certain",
        "reasons": ["mark"],
        "shown": link.shown,
        "csn": found.csn,
        "confirmed_csn": found.csn,
        "taken": [each for each in link.taken if each.lower() != part],
        "state": "confirmed",
        "proposed_at": actor.now,
        "decided_at": actor.now,
    }

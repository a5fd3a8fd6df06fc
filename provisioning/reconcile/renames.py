"""Adopted entries that others renamed: found again by the mark that we left in them, and followed by their links."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from directory.base import Actor, any_of, public_id
from directory.linking import Found
from directory.links import Link
from provisioning.reconcile.linking import decide_alone, mark_groups, tell


def follow(session: Session, actor: Actor, target: str, found: Mapping[int, Found]) -> None:
    """Let accounts be linked to the names under which their entries were found; the links to the old ones are over.

    A name to which another account is linked is not taken from it.
    """
    decide_alone(session)
    paths = [each.path for each in found.values()]
    confirmed = select(Link).where(Link.target == target, Link.state == "confirmed")
    held = {link.path for link in session.scalars(confirmed.where(any_of(Link.path, paths)))}
    links = session.scalars(confirmed.where(any_of(Link.account_id, sorted(found)))).all()
    links = [each for each in links if found[each.account_id].path not in held]
    if not links:
        return
    moved = [link.account_id for link in links]
    rows = [_row(actor, link, found[link.account_id]) for link in links]
    for link in links:
        link.state, link.confirmed_csn, link.decided_at = "refused", None, actor.now
    session.flush()
    added = insert(Link).values(rows)
    # The entry may have had this name before, or be proposed under it already.
    again = {name: added.excluded[name] for name in ("state", "csn", "confirmed_csn", "taken", "decided_at")}
    session.execute(added.on_conflict_do_update(constraint="links_once", set_=again))
    moot = or_(any_of(Link.path, paths), any_of(Link.account_id, moved))
    session.execute(delete(Link).where(Link.target == target, Link.state == "proposed", moot))
    session.expire_all()
    now = session.scalars(confirmed.where(any_of(Link.account_id, moved))).all()
    tell(session, actor, "account.entry_renamed", now)
    mark_groups(session, actor, moved)


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

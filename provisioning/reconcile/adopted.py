"""Adopted entries on a scan: they were there before the directory, and stand where others put them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from provisioning.ports import Sight

_BELOW = "cvDeviceId="
_TOPS = text(
    "SELECT DISTINCT regexp_replace(path, '^.*,', '') FROM links"
    " WHERE state = 'confirmed' AND target = :target ORDER BY 1"
)
_KNOWN = text(
    "SELECT links.path, links.account_id, status.csn, COALESCE(status.state = 'ok', false) AND due.subject IS NULL"
    " FROM links"
    " LEFT JOIN entry_status AS status ON (status.subject, status.subject_id) = ('account', links.account_id)"
    " LEFT JOIN due ON (due.subject, due.subject_id) = ('account', links.account_id)"
    " WHERE links.state = 'confirmed' AND links.target = :target AND links.path = ANY(:paths)"
)


def tops_of(session: Session, target: str) -> list[str]:
    """Give the branches in which adopted entries stand, such as `ou=Users`; most services have none."""
    return list(session.scalars(_TOPS, {"target": target}))


def adopted(session: Session, target: str, top: str, page: Sequence[Sight]) -> dict[str, tuple[int, str | None, bool]]:
    """Say which entries of a page are linked, or below such a one: the account, its version, whether it is settled."""
    owners = {each.path: f"{_owner(each.path)},{top}" for each in page}
    rows = session.execute(_KNOWN, {"target": target, "paths": sorted(set(owners.values()))})
    known = {path: (account_id, csn, is_settled) for path, account_id, csn, is_settled in rows}
    return {path: known[owner] for path, owner in owners.items() if owner in known}


def _owner(path: str) -> str:
    """Give the entry to which one belongs: itself, or the one above the entry of an app password."""
    return path.partition(",")[2] if path.startswith(_BELOW) else path

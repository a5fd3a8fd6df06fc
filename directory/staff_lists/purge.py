"""Purge: what a list says of people goes when it is old enough; that it was there, and its counts, stay."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from directory.audit import record
from directory.base import Actor
from directory.staff_lists.review import counts
from directory.staff_lists.tables import StaffList, StaffListFile, StaffListRow

AT_ONCE = 50
"""Lists of one transaction."""


def purge(session: Session, actor: Actor, kept: timedelta) -> int:
    """Empty the lists that were uploaded so long ago, at most AT_ONCE of them; give how many.

    A list that is being applied waits for its end. A plan that nobody applied in all that time is put aside.
    """
    old = session.scalars(
        select(StaffList)
        .where(StaffList.purged_at.is_(None), StaffList.uploaded_at < actor.now - kept)
        .where(StaffList.state != "applying")
        .order_by(StaffList.uploaded_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for staff_list in old:
        found = counts(session, staff_list)
        staff_list.counts = {kind: [each.rows, each.done, each.failed] for kind, each in found.items() if each.rows}
        staff_list.guess = None
        staff_list.purged_at = actor.now
        if staff_list.state in ("reading", "planned"):
            staff_list.state = "cancelled"
        record(session, actor, "list.purged", f"list:{staff_list.public_id}", staff_list.agency_id)
    ids = [each.id for each in old]
    session.flush()
    session.execute(delete(StaffListRow).where(StaffListRow.list_id.in_(ids)))
    session.execute(delete(StaffListFile).where(StaffListFile.list_id.in_(ids)))
    return len(old)

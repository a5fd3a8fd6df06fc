"""Intake: the next submitted file is read and planned in one transaction; killed in the middle, it begins anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.audit import record
from directory.base import Actor
from directory.errors import DirectoryError, NotAllowed
from directory.grants import Action, may
from directory.keys import keys_of
from directory.staff_lists.cells import Sheet
from directory.staff_lists.plan import draw_up
from directory.staff_lists.refusals import GaveUp
from directory.staff_lists.submission import PURPOSE
from directory.staff_lists.tables import StaffList, StaffListFile

ATTEMPTS = 3
"""A file at which a worker dies again and again is given up."""
BYTES_OF_A_ROW = 40
"""Hardly any file has fewer for a person: one of so many bytes may tell of so many people."""
Reading = Callable[[bytes], AbstractContextManager[Callable[[], Sequence[Sheet]]]]
"""Begins to read a file; what it gives waits for the sheets."""


class Progress(Protocol):
    """Writes down how far a file is read, in transactions of its own: others are to see it at once."""

    def begin(self, list_id: int) -> int:
        """Note that a file is begun; give how often it was."""

    def tell(self, list_id: int, rows: int) -> None:
        """Note how many rows are done."""


def read_next(session: Session, now: datetime, source: str, reading: Reading, progress: Progress) -> bool:
    """Read and plan the file that waits longest and that nobody else reads; say whether there was one."""
    staff_list = session.scalar(
        select(StaffList)
        .where(StaffList.state == "reading")
        .order_by(StaffList.uploaded_at, StaffList.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if staff_list is None:
        return False
    actor = Actor(
        now=now,
        source=source,
        account_id=staff_list.account_id,
        within=staff_list.uploaded_within,
        is_system=staff_list.account_id is None,
    )
    try:
        with session.begin_nested():
            if progress.begin(staff_list.id) > ATTEMPTS:
                raise GaveUp
            may(session, actor, Action.IMPORT, staff_list.agency_id)
            file = session.get_one(StaffListFile, staff_list.id)
            content = keys_of(session).open_bytes(file.content, PURPOSE, staff_list.public_id)
            with reading(content) as sheets:
                tell = partial(progress.tell, staff_list.id)
                draw_up(session, actor, staff_list, sheets, tell, at_most=len(content) // BYTES_OF_A_ROW)
    except NotAllowed:
        staff_list.state = "refused"
        record(session, actor, "list.refused", f"list:{staff_list.public_id}", staff_list.agency_id)
    except DirectoryError as refusal:
        told = {name: str(value) for name, value in refusal.fields.items()}
        staff_list.state = "unread"
        staff_list.refusal = {"error": type(refusal).__name__, "message": refusal.message_id, "fields": told}
        record(session, actor, "list.unread", f"list:{staff_list.public_id}", staff_list.agency_id)
    session.flush()
    session.info["readings"] = True
    return True

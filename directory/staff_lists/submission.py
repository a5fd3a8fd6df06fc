"""Submit: take a file for an agency; a job reads and plans it, from the beginning again if it is interrupted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from directory.agencies import Agency, AgencyCode, normal_code
from directory.audit import record
from directory.base import Actor, public_id
from directory.errors import WrongState
from directory.grants import Action, may, scope
from directory.keys import keys_of
from directory.staff_lists.hints import Hints
from directory.staff_lists.layout import guess_of, remember
from directory.staff_lists.refusals import BadHints, NotForYou
from directory.staff_lists.tables import LIVE, MODES, ONE_LIVE, StaffList, StaffListFile, StaffListRow

PURPOSE = "staff_list_files.content"
_NAME_LIMIT = 200
_SOURCE_LIMIT = 60
_ABOUT = 20


@dataclass(frozen=True)
class Submission:
    """A file: for which agency it speaks, in which mode, and what is said of it beforehand."""

    agency_id: int
    file_name: str
    sha256: str
    mode: str = "additions"
    source: str = ""
    hints: Mapping[str, Any] = field(default_factory=dict)


def agency_listed(session: Session, actor: Actor, code: str) -> Agency:
    """Give the agency with a code if the actor imports for it; of any other not even its existence is told."""
    found = session.scalar(
        select(Agency)
        .join(AgencyCode, AgencyCode.agency_id == Agency.id)
        .where(AgencyCode.code == normal_code(code), scope(actor, Action.IMPORT))
    )
    if found is None:
        raise NotForYou(code=code)
    return found


def submit(session: Session, actor: Actor, submission: Submission, content: bytes) -> StaffList:
    """Take a file, sealed, to be read by a job.

    The same file for the same agency is one list until it is applied or put aside: sent again, by whomever, it is
    planned anew with everything that persons have said of its rows; while it is being applied it is left alone.
    """
    staff_list = begin(session, actor, submission)
    if staff_list.state == "reading":
        sealed = keys_of(session).seal_bytes(content, PURPOSE, staff_list.public_id)
        session.execute(delete(StaffListFile).where(StaffListFile.list_id == staff_list.id))
        session.add(StaffListFile(list_id=staff_list.id, content=sealed))
        session.flush()
        session.info["readings"] = True
    return staff_list


def begin(session: Session, actor: Actor, submission: Submission) -> StaffList:
    """Give the list of a file: a new one, or the one that is under way."""
    may(session, actor, Action.IMPORT, submission.agency_id)
    hints = Hints.from_json(dict(submission.hints)).as_json()
    if submission.mode not in MODES:
        raise BadHints(about=f"mode {submission.mode[:_ABOUT]}")
    values = {
        "public_id": public_id(),
        "agency_id": submission.agency_id,
        "account_id": actor.account_id,
        "file_name": submission.file_name[-_NAME_LIMIT:],
        "sha256": submission.sha256,
        "mode": submission.mode,
        "source": " ".join(submission.source.split())[:_SOURCE_LIMIT],
        "hints": hints,
        "uploaded_at": actor.now,
        "uploaded_within": actor.within,
    }
    same = [StaffList.agency_id, StaffList.sha256, StaffList.mode, StaffList.source]
    while True:
        session.execute(
            insert(StaffList).values(values).on_conflict_do_nothing(index_elements=same, index_where=text(ONE_LIVE))
        )
        staff_list = session.scalar(
            select(StaffList)
            .where(*(column == values[column.key] for column in same), _is_live())
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if staff_list is not None:  # else it was put aside between the two statements
            break
    if staff_list.state == "planned":
        read_again(session, staff_list, hints if submission.hints else None)
    return staff_list


def _is_live() -> Any:  # noqa: ANN401 - a condition
    return StaffList.state.in_(LIVE)


def understand_as(session: Session, actor: Actor, staff_list: StaffList, hints: Hints) -> None:
    """Have a list read again, with its sheet, header, columns and letters as a person says; remembered for the next.

    The caller holds no lock: whoever comes second finds the list being read and is refused.
    """
    may(session, actor, Action.IMPORT, staff_list.agency_id)
    locked(session, staff_list, "planned", "unread")
    if (guess := guess_of(session, staff_list)) is not None:
        remember(session, actor, staff_list, guess.shape, hints)
    if session.get(StaffListFile, staff_list.id) is None:
        raise WrongState(subject=staff_list.file_name, state="purged")
    read_again(session, staff_list, hints.as_json())
    session.execute(update(StaffListFile).where(StaffListFile.list_id == staff_list.id).values(attempts=0, rows_read=0))
    record(session, actor, "list.corrected", f"list:{staff_list.public_id}", staff_list.agency_id, columns=True)
    session.info["readings"] = True


def read_again(session: Session, staff_list: StaffList, hints: dict[str, Any] | None = None) -> None:
    """Put a list back to be read; who has left is to be confirmed again, because that may come out otherwise."""
    take_back_leavers(session, staff_list)
    staff_list.state = "reading"
    if hints is not None:
        staff_list.hints = hints
    session.flush()


def take_back_leavers(session: Session, staff_list: StaffList) -> None:
    """Forget who confirmed leavers of a list."""
    staff_list.second_by = staff_list.second_at = None
    session.flush()  # a trigger refuses changes of what the second person has seen
    session.execute(
        update(StaffListRow)
        .where(
            StaffListRow.list_id == staff_list.id, StaffListRow.kind == "leave", StaffListRow.confirmed_at.is_not(None)
        )
        .values(confirmed_at=None, confirmed_by=None)
    )


def hold(session: Session, staff_list: StaffList) -> None:
    """Wait until nobody else changes a list, and see it as it is then."""
    session.flush()
    own = select(StaffList).where(StaffList.id == staff_list.id).with_for_update()
    session.scalars(own.execution_options(populate_existing=True)).one()


def locked(session: Session, staff_list: StaffList, *states: str) -> None:
    """Hold a list for a change of its plan, or raise `WrongState` if it is in none of these states."""
    hold(session, staff_list)
    if staff_list.state not in states:
        raise WrongState(subject=staff_list.file_name, state=staff_list.state)

"""Leavers: whom a full list of an agency leaves out; proposed, and never let go without somebody who confirms it.

Many at once, or many in several lists of a day, need two persons: PostgreSQL itself refuses to start such a list
without the second one, and refuses any change of what was confirmed once that one has looked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from psycopg.types.json import Jsonb
from sqlalchemy import Select, delete, except_, func, select, union_all, update
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.audit import record
from directory.base import Actor, copy_all
from directory.errors import Stale
from directory.grants import Action, may
from directory.officials import Official
from directory.staff_lists.correlation import Decision
from directory.staff_lists.refusals import SamePerson
from directory.staff_lists.rows import ListRow, Record
from directory.staff_lists.sealing import Sealer
from directory.staff_lists.submission import locked
from directory.staff_lists.tables import BEYOND, StaffList, StaffListRow

FEW, SHARE_PERCENT, MANY = 3, 2, 20
"""One person alone confirms up to the larger of FEW and SHARE_PERCENT of the agency's people, but never over MANY."""
TOGETHER = timedelta(hours=24)
"""Lists of an agency and its units that are started within this time stay below the agency's limit together, and those
that one person starts below MANY, whatever agencies they are of: else short lists would go round the limit.
A day, because whoever is let go by mistake notices on the next one; longer, and the ordinary end of a month in many
small units would need two persons each time."""
_TURN = "leavers of staff lists"


class Excess(NamedTuple):
    """Why a second person is needed: so many leavers that no second person has seen, and how many there may be."""

    leavers: int
    limit: int


def limit_of(people: int) -> int:
    """Give how many leavers of so many people one person may confirm alone."""
    return min(MANY, max(FEW, people * SHARE_PERCENT // 100))


def propose(session: Session, actor: Actor, staff_list: StaffList, agency: Agency) -> None:
    """Bring the leavers of a full list up to date: who is here and in no row of it, and only those."""
    if staff_list.mode != "full":
        return
    here = _people_of(actor, agency)
    of_list = (StaffListRow.list_id == staff_list.id) & (StaffListRow.row < BEYOND)
    mentioned = select(StaffListRow.official_id).where(of_list, StaffListRow.official_id.is_not(None))
    possible = select(func.unnest(StaffListRow.candidates)).where(of_list)
    missing = set(session.scalars(except_(here, union_all(mentioned, possible))))
    proposed = dict(
        session.execute(
            select(StaffListRow.official_id, StaffListRow.row).where(
                StaffListRow.list_id == staff_list.id, StaffListRow.kind == "leave"
            )
        ).all()
    )
    gone = [row for official_id, row in proposed.items() if official_id not in missing]
    if gone:
        take_back_second(session, staff_list)
        session.execute(delete(StaffListRow).where(StaffListRow.list_id == staff_list.id, StaffListRow.row.in_(gone)))
    _set_limits(session, actor, staff_list, agency)
    first = max(proposed.values(), default=BEYOND - 1) + 1
    _add(session, actor, staff_list, sorted(missing - proposed.keys()), first)


def _people_of(actor: Actor, agency: Agency) -> Select[int]:
    """Select who holds a primary post at an agency or below it."""
    return select(Appointment.official_id).join(Agency, Agency.id == Appointment.agency_id).where(
        Appointment.kind == "primary", held_on(actor.today), Agency.path.op("<@")(agency.path)
    )  # fmt: skip


def _set_limits(session: Session, actor: Actor, staff_list: StaffList, agency: Agency) -> None:
    """Note how many one person may let go alone: by this list, and by all those of a day of its whole agency."""
    line = [int(label) for label in agency.path.split(".")]
    whole = session.scalar(
        select(Agency)
        .where(Agency.id.in_(line), Agency.kind != "unit")
        .order_by(func.nlevel(Agency.path).desc())
        .limit(1)
    )
    staff_list.leavers_agency_id = (whole or agency).id
    limits = [
        limit_of(session.scalar(select(func.count()).select_from(_people_of(actor, each).subquery())) or 0)
        for each in dict.fromkeys((agency, whole or agency))
    ]
    staff_list.leavers_limit, staff_list.leavers_day_limit = limits[0], limits[-1]


def _add(session: Session, actor: Actor, staff_list: StaffList, official_ids: Sequence[int], first: int) -> None:
    """Propose officials as leavers, in rows that stand in no file."""
    columns = (Official.id, Official.full_name, Appointment.title, Appointment.agency_id, Agency.name)
    found = session.execute(
        select(*columns)
        .join(Appointment, Appointment.official_id == Official.id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .where(Official.id.in_(official_ids), Appointment.kind == "primary", held_on(actor.today))
        .order_by(Official.given, Official.family, Official.middle, Official.id)
    ).all()
    seal, nothing = Sealer(session, staff_list), Jsonb([])

    def values() -> Iterator[Sequence[object]]:
        for number, (official_id, name, title, agency_id, unit) in enumerate(found, start=first):
            row = ListRow(number, Record(full_name=name, title=title or None, unit=unit))
            (sealed,) = seal([(row, Decision("leave", official_id=official_id, from_agency=agency_id), {})])
            yield staff_list.id, number, "leave", sealed, nothing, official_id

    if found:
        copy_all(session, StaffListRow, ("list_id", "row", "kind", "cells", "reasons", "official_id"), values())


def confirm(session: Session, actor: Actor, staff_list: StaffList, rows: Sequence[int] | None, *, yes: bool) -> int:
    """Confirm leavers, or take that back: some of them by their rows, or all (None). Give how many it changed.

    Where nothing is open, nothing changes: what the second person has said, and the plan that others have seen, stand.
    """
    may(session, actor, Action.IMPORT, staff_list.agency_id)
    locked(session, staff_list, "planned")
    concerned = (StaffListRow.list_id == staff_list.id) & (StaffListRow.kind == "leave")
    if rows is not None:
        concerned &= StaffListRow.row.in_(rows)
    concerned &= StaffListRow.confirmed_at.is_(None) if yes else StaffListRow.confirmed_at.is_not(None)
    if session.scalar(select(StaffListRow.row).where(concerned).limit(1)) is None:
        return 0
    take_back_second(session, staff_list)
    changed = session.scalars(
        update(StaffListRow)
        .where(concerned)
        .values(confirmed_at=actor.now if yes else None, confirmed_by=actor.account_id if yes else None)
        .returning(StaffListRow.row)
    ).all()
    staff_list.version += 1
    verb = "list.leavers_confirmed" if yes else "list.leavers_kept"
    record(session, actor, verb, f"list:{staff_list.public_id}", staff_list.agency_id, rows=len(changed))
    session.flush()
    return len(changed)


def second(session: Session, actor: Actor, staff_list: StaffList, version: int) -> None:
    """Say, as the second person, that these many leavers are right; for the plan of this version, and no other."""
    may(session, actor, Action.IMPORT, staff_list.agency_id)
    if not may_second(session, actor, staff_list):
        raise SamePerson
    done = session.scalar(
        update(StaffList)
        .where(
            StaffList.id == staff_list.id,
            StaffList.state == "planned",
            StaffList.version == version,
            StaffList.second_by.is_(None),
            ~_confirmed_by(actor, staff_list).exists(),
        )
        .values(second_by=actor.account_id, second_at=actor.now)
        .returning(StaffList.id)
    )
    session.refresh(staff_list)
    if done is None:
        raise Stale
    record(session, actor, "list.seconded", f"list:{staff_list.public_id}", staff_list.agency_id)


def may_second(session: Session, actor: Actor, staff_list: StaffList) -> bool:
    """Say whether the actor can be the second person: somebody who has confirmed none of the leavers."""
    return actor.account_id is not None and session.scalar(_confirmed_by(actor, staff_list).limit(1)) is None


def _confirmed_by(actor: Actor, staff_list: StaffList) -> Select[int]:
    return select(StaffListRow.row).where(
        StaffListRow.list_id == staff_list.id, StaffListRow.confirmed_by == actor.account_id
    )


def take_back_second(session: Session, staff_list: StaffList) -> None:
    """Forget what the second person said: what that one has seen is about to change."""
    staff_list.second_by = staff_list.second_at = None
    session.flush()


def confirmed(session: Session, staff_list: StaffList) -> int:
    """Count the leavers that are confirmed."""
    return (
        session.scalar(
            select(func.count()).where(
                StaffListRow.list_id == staff_list.id,
                StaffListRow.kind == "leave",
                StaffListRow.confirmed_at.is_not(None),
                ~StaffListRow.left_out,
            )
        )
        or 0
    )


def excess(session: Session, actor: Actor, staff_list: StaffList) -> Excess | None:
    """Say why a second person is still to confirm the leavers before this actor may start the list, if so."""
    own = confirmed(session, staff_list) if staff_list.mode == "full" and staff_list.second_by is None else 0
    if not own:
        return None
    of_agency, of_person = _others_of_the_day(session, actor, staff_list)
    held = (
        Excess(own, staff_list.leavers_limit or 0),
        Excess(own + of_agency, staff_list.leavers_day_limit or 0),
        Excess(own + of_person, MANY),
    )
    return next((each for each in held if each.leavers > each.limit), None)


def _others_of_the_day(session: Session, actor: Actor, staff_list: StaffList) -> tuple[int, int]:
    """Count the leavers of other lists started lately without a second person: of the agency, and by the actor."""
    of_agency, by_actor = (
        StaffList.leavers_agency_id == staff_list.leavers_agency_id,
        StaffList.started_by == actor.account_id,
    )
    found = session.execute(
        select(func.count().filter(of_agency), func.count().filter(by_actor))
        .select_from(StaffList)
        .join(StaffListRow, StaffListRow.list_id == StaffList.id)
        .where(
            StaffList.id != staff_list.id,
            StaffList.mode == "full",
            StaffList.second_by.is_(None),
            StaffList.started_at > actor.now - TOGETHER,
            of_agency | by_actor,
            StaffListRow.kind == "leave",
            StaffListRow.confirmed_at.is_not(None),
            ~StaffListRow.left_out,
        )
    ).one()
    return found[0], found[1]


def take_turn(session: Session) -> None:
    """Let lists with leavers start one after the other, so that of two at once each counts what the other has."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_TURN, 0))))

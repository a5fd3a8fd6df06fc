"""Apply: do what a plan says, a batch at a time, each row exactly once and only if it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from directory.agencies import Agency, take_turns
from directory.appointments import posts_of
from directory.audit import record
from directory.base import Actor, array_of
from directory.errors import NotAllowed, Stale, WrongState
from directory.grants import Action, may
from directory.lifecycle.reach import hold_all
from directory.staff_lists import leavers
from directory.staff_lists.correlation import Choice, Decision
from directory.staff_lists.doing import Deed, do
from directory.staff_lists.identities import has_only_a_name
from directory.staff_lists.matching import Place, decide_all, place_of
from directory.staff_lists.reasons import N_, Reason, conflict
from directory.staff_lists.refusals import PlanChanged, SecondPersonNeeded, WarningsUnread
from directory.staff_lists.sealing import Planned, opened
from directory.staff_lists.submission import hold
from directory.staff_lists.tables import WAITING, StaffList, StaffListRow

_WARNED = [{"level": "warning"}]
BATCH = 500
"""Rows of one transaction. While the next are applied, the entries of these are being written."""

_CHANGED_MEANWHILE = N_(
    "The directory changed after the plan was made. Upload the list again to see what is left to do."
)


def start(
    session: Session, actor: Actor, staff_list: StaffList, *, version: int | None = None, has_read: bool = False
) -> None:
    """Say that a list is to be applied; one conditional statement, so that of two people one starts it.

    `version`: the plan that was shown; it is refused if somebody changed it since. `has_read`: the warnings were read.
    """
    may(session, actor, Action.IMPORT, staff_list.agency_id)
    hold(session, staff_list)
    if staff_list.state == "planned":
        _refuse_unready(session, actor, staff_list, version, has_read=has_read)
    started = session.scalar(
        update(StaffList)
        .where(StaffList.id == staff_list.id, StaffList.state == "planned")
        .values(state="applying", started_by=actor.account_id, started_within=actor.within, started_at=actor.now)
        .returning(StaffList.id)
    )
    session.refresh(staff_list)
    if started is None and staff_list.state not in ("applying", "applied"):
        raise WrongState(subject=staff_list.file_name, state=staff_list.state)
    if started is not None:
        record(session, actor, "list.started", f"list:{staff_list.public_id}", staff_list.agency_id)
    session.info["lists"] = True


def _refuse_unready(
    session: Session, actor: Actor, staff_list: StaffList, version: int | None, *, has_read: bool
) -> None:
    """Refuse a plan that somebody changed meanwhile, that a second person must see, or whose warnings nobody read."""
    if version is not None and version != staff_list.version:
        raise PlanChanged
    if staff_list.mode == "full":
        leavers.take_turn(session)
        if (excess := leavers.excess(session, actor, staff_list)) is not None:
            raise SecondPersonNeeded(**excess._asdict())
    warned = warnings(session, staff_list)
    if warned and not has_read:
        raise WarningsUnread(count=warned)


def warnings(session: Session, staff_list: StaffList) -> int:
    """Count the rows that apply would do although there is a warning about them."""
    return (
        session.scalar(
            select(func.count()).where(
                StaffListRow.list_id == staff_list.id, text(WAITING), StaffListRow.reasons.contains(_WARNED)
            )
        )
        or 0
    )


def cancel(session: Session, actor: Actor, staff_list: StaffList) -> None:
    """Put a plan aside that nobody has started."""
    may(session, actor, Action.IMPORT, staff_list.agency_id)
    cancelled = session.scalar(
        update(StaffList)
        .where(StaffList.id == staff_list.id, StaffList.state.in_(("reading", "unread", "planned")))
        .values(state="cancelled")
        .returning(StaffList.id)
    )
    session.refresh(staff_list)
    if cancelled is None:
        raise WrongState(subject=staff_list.file_name, state=staff_list.state)
    record(session, actor, "list.cancelled", f"list:{staff_list.public_id}", staff_list.agency_id)


def apply_next(session: Session, now: datetime, source: str, size: int = BATCH) -> bool:
    """Do one batch of the list that was started first and that nobody else works on; say whether there may be more.

    A batch is one transaction: killed in the middle, none of its rows is done, and the next call begins with it.
    """
    staff_list = session.scalar(
        select(StaffList)
        .where(StaffList.state == "applying")
        .order_by(StaffList.started_at, StaffList.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if staff_list is None:
        return False
    actor = _starter(staff_list, now, source)
    try:
        apply(session, actor, staff_list, size)
    except NotAllowed:
        # The right was withdrawn while the list waited: what is done is done, the rest is not.
        staff_list.state = "refused"
        record(session, actor, "list.refused", f"list:{staff_list.public_id}", staff_list.agency_id)
    session.info["lists"] = True
    return True


def _starter(staff_list: StaffList, now: datetime, source: str) -> Actor:
    """Give the actor who started a list, with the rights that one has now."""
    return Actor(
        now=now,
        source=source,
        account_id=staff_list.started_by,
        within=staff_list.started_within,
        is_system=staff_list.started_by is None,
    )


def apply(session: Session, actor: Actor, staff_list: StaffList, size: int = BATCH) -> int:
    """Do the next rows of a list that is being applied; give how many. The caller holds a lock on the list."""
    take_turns(session, [staff_list.agency_id])
    may(session, actor, Action.IMPORT, staff_list.agency_id)
    rows = _waiting(session, staff_list, size)
    if not rows:
        staff_list.state, staff_list.applied_at = "applied", actor.now
        record(session, actor, "list.applied", f"list:{staff_list.public_id}", staff_list.agency_id)
        return 0
    hold_all(session, {row.official_id for row in rows if row.official_id is not None})
    agency = session.get_one(Agency, staff_list.agency_id, populate_existing=True)
    if agency.valid_to is not None and agency.valid_to <= actor.today:
        closed = conflict(WrongState().message_id, subject=agency.name, state="closed")
        _note(session, actor, staff_list, [_Outcome(row.row, row.official_id, closed) for row in rows])
        return len(rows)
    place = place_of(session, actor, agency, staff_list.source)
    planned = [(row, opened(session, staff_list, row)) for row in rows]
    of_file = [(row, plan) for row, plan in planned if row.kind != "leave"]
    choices = {row.row: Choice(row.chosen_id) for row, _ in of_file if row.chosen_new or row.chosen_id is not None}
    fresh = decide_all(session, actor, place, [plan.row for _, plan in of_file], choices)
    fresh = _past_own_namesakes(session, actor, staff_list, place, of_file, fresh)
    outcomes: list[_Outcome] = []
    deeds = _holding(of_file, fresh, outcomes)
    leaving = [(row, plan) for row, plan in planned if row.kind == "leave"]
    deeds += _still_here(session, actor, place, leaving, outcomes)
    for deed, failure in do(session, actor, place, deeds):
        outcomes.append(_Outcome(deed.row, deed.official_id, failure))
    _note(session, actor, staff_list, outcomes)
    return len(rows)


def _past_own_namesakes(
    session: Session,
    actor: Actor,
    staff_list: StaffList,
    place: Place,
    of_file: Sequence[tuple[_Waiting, Planned]],
    fresh: Sequence[Decision],
) -> list[Decision]:
    """Decide again about newcomers whom nobody resembles but people of the list's other rows, done before them.

    The plan told them apart by their numbers; to which batch a row belongs makes no difference.
    """
    doubtful = {
        at: {*now.candidates, now.official_id} - {None}
        for at, ((row, plan), now) in enumerate(zip(of_file, fresh, strict=True))
        if row.kind == "create" and now.kind != "create" and not has_only_a_name(plan.row.record)
    }
    known = set().union(*doubtful.values())
    if not known:
        return list(fresh)
    query = select(StaffListRow.official_id).where(StaffListRow.list_id == staff_list.id)
    own = set(session.scalars(query.where(StaffListRow.official_id.in_(known))))
    new = [at for at, resembled in doubtful.items() if resembled and resembled <= own]
    rows = [of_file[at][1].row for at in new]
    again = decide_all(session, actor, place, rows, {row.number: Choice() for row in rows})
    decided = dict(zip(new, again, strict=True))
    return [decided.get(at, now) for at, now in enumerate(fresh)]


class _Waiting(NamedTuple):
    """What apply needs of a row: of thousands, records cost more than their columns."""

    row: int
    kind: str
    cells: bytes
    reasons: list[dict[str, Any]]
    official_id: int | None
    chosen_id: int | None
    chosen_new: bool


class _Outcome(NamedTuple):
    """What became of a row."""

    row: int
    official_id: int | None
    failure: Reason | None = None
    """None: it is done."""


_NOTED = text("""
UPDATE staff_list_rows SET official_id = told.official_id, failure = told.failure,
    applied_at = CASE WHEN told.failure IS NULL THEN CAST(:now AS timestamptz) END
FROM unnest(CAST(:rows AS bigint[]), CAST(:officials AS bigint[]), CAST(:failures AS jsonb[]))
    AS told (number, official_id, failure)
WHERE staff_list_rows.list_id = :list_id AND staff_list_rows.row = told.number
    AND staff_list_rows.applied_at IS NULL AND staff_list_rows.failure IS NULL
""")


def _waiting(session: Session, staff_list: StaffList, size: int) -> list[_Waiting]:
    """Lock the next rows that are to be done."""
    columns = (getattr(StaffListRow, name) for name in _Waiting._fields)
    query = select(*columns).where(StaffListRow.list_id == staff_list.id, text(WAITING)).order_by(StaffListRow.row)
    return [_Waiting(*each) for each in session.execute(query.limit(size).with_for_update())]


def _note(session: Session, actor: Actor, staff_list: StaffList, outcomes: Sequence[_Outcome]) -> None:
    """Write down what became of rows, each once."""
    told = {
        "list_id": staff_list.id,
        "now": actor.now,
        "rows": array_of([each.row for each in outcomes]),
        "officials": array_of([each.official_id for each in outcomes]),
        "failures": array_of([each.failure.as_json() if each.failure else None for each in outcomes]),
    }
    session.flush()
    done = session.connection().execute(_NOTED, told)
    if done.rowcount != len(outcomes):
        raise Stale
    for held in session.identity_map.values():
        if isinstance(held, StaffListRow):
            session.expire(held)  # whoever has looked at a row before sees what became of it


def _still_here(
    session: Session,
    actor: Actor,
    place: Place,
    planned: Sequence[tuple[_Waiting, Planned]],
    outcomes: list[_Outcome],
) -> list[Deed]:
    """Keep the leavers who are still here; who has left meanwhile is done, who went elsewhere is a failure."""
    posts = posts_of(session, [row.official_id or 0 for row, _ in planned], actor.today)
    deeds = []
    for row, plan in planned:
        post = posts.get(row.official_id or 0)
        if post is None or (post.valid_to is not None and post.valid_to <= actor.today):
            outcomes.append(_Outcome(row.row, row.official_id))
        elif post.agency_id in place.inside:
            deeds.append(Deed(row.row, plan.row.record, Decision("leave", official_id=row.official_id)))
        else:
            outcomes.append(_Outcome(row.row, row.official_id, conflict(_CHANGED_MEANWHILE)))
    return deeds


def _holding(
    planned: Sequence[tuple[_Waiting, Planned]], fresh: Sequence[Decision], outcomes: list[_Outcome]
) -> list[Deed]:
    """Keep the rows whose plan still holds; one that was done meanwhile is done, any other is a failure."""
    deeds = []
    for (row, plan), now in zip(planned, fresh, strict=True):
        if now.kind == "unchanged":
            outcomes.append(_Outcome(row.row, now.official_id))
        elif plan.still_holds(row.kind, now):
            deeds.append(Deed(row.row, plan.row.record, now))
        else:
            reasons = [reason for reason in now.reasons if reason.level == "question"]
            failure = reasons[0] if reasons else conflict(_CHANGED_MEANWHILE)
            outcomes.append(_Outcome(row.row, row.official_id, failure))
    return deeds

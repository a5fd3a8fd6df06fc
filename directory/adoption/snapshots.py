"""Snapshots: the figures of every agency, kept by day, so that a page and a trend cost only their own rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from directory.adoption.counting import FIGURES, figures_of, parameters
from directory.adoption.indicators import COUNTED, Figures
from directory.adoption.tables import AdoptionSnapshot
from directory.agencies import Agency, inside
from directory.audit import AuditEvent, record
from directory.base import Actor, start_of
from directory.credentials.sessions import changed
from directory.errors import BadValue, NotAllowed
from directory.grants import Action, may

_COLUMNS = ", ".join(("agency_id", "day", "declared", *COUNTED))
_INSERT = f"INSERT INTO adoption_snapshots ({_COLUMNS}) SELECT agency_id, :day, declared, {', '.join(COUNTED)} FROM (\n"  # noqa: S608 - names of columns only
KEEP_DAILY = 400
"""Days for which every snapshot is kept: a year can be compared with the one before, day by day."""
LOOK_BACK = timedelta(days=62)
"""How many days before that are looked at, in case no worker was there to thin them at the time."""
_EVERY_AGENCY = "agency:*"
_ONE_AT_A_TIME = 4_202_608_110
"""Key of the advisory lock: two counts of the same day would insert the same rows."""


def take_snapshot(session: Session, actor: Actor, day: date, agency: Agency | None = None) -> int:
    """Count a day and keep the figures, of every agency (the nightly job) or of one and those below it.

    Doing it again replaces the figures of that day. Accounts have no history, so only today and yesterday
    (the day that has just ended when the night's count begins) can be counted.
    """
    if agency is not None:
        may(session, actor, Action.ADOPTION, agency.id)
    elif not actor.is_system:
        raise NotAllowed
    if not actor.today - timedelta(days=1) <= day <= actor.today:
        raise BadValue(field="day", reason="adoption can be counted for today and for yesterday only")
    session.flush()
    session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    old = delete(AdoptionSnapshot).where(AdoptionSnapshot.day == day)
    if agency is not None:
        old = old.where(AdoptionSnapshot.agency_id.in_(inside(agency.id)))
    session.execute(old)
    top = agency.path if agency is not None else None
    written = session.execute(text(f"{_INSERT}{FIGURES}) AS figures RETURNING agency_id"), parameters(day, top))
    agencies = len(written.all())
    subject = f"agency:{agency.public_id}" if agency is not None else _EVERY_AGENCY
    record(
        session,
        actor,
        "adoption.counted",
        subject,
        agency.id if agency is not None else None,
        day=day.isoformat(),
        agencies=agencies,
    )
    return agencies


def is_counted(session: Session, day: date) -> bool:
    """Say whether all agencies were counted for a day after it had ended: the audit remembers."""
    counted = select(AuditEvent.id).where(
        AuditEvent.subject == _EVERY_AGENCY,
        AuditEvent.detail["day"].astext == day.isoformat(),
        AuditEvent.at >= start_of(day + timedelta(days=1)),
    )
    return session.scalar(counted.limit(1)) is not None


def last_figures(session: Session, agency_ids: Iterable[int], day: date) -> dict[int, tuple[date, Figures]]:
    """Give the newest kept figures of each of these agencies up to a day, with the day they are of, by agency id."""
    snapshot = AdoptionSnapshot.__table__.c
    newest = (
        select(AdoptionSnapshot.__table__)
        .where(snapshot.agency_id.in_(list(agency_ids)), snapshot.day <= day)
        .ext(distinct_on(snapshot.agency_id))
        .order_by(snapshot.agency_id, snapshot.day.desc())
    )
    return {row["agency_id"]: (row["day"], figures_of(row)) for row in session.execute(newest).mappings()}


def figures_on(session: Session, agency_ids: Iterable[int], day: date) -> dict[int, Figures]:
    """Give the kept figures of these agencies on exactly this day, by agency id."""
    found = select(AdoptionSnapshot.__table__).where(
        AdoptionSnapshot.agency_id.in_(list(agency_ids)), AdoptionSnapshot.day == day
    )
    return {row["agency_id"]: figures_of(row) for row in session.execute(found).mappings()}


def thin_snapshots(session: Session, today: date) -> int:
    """Delete all but the last snapshot of each month, of months that are long over; gives how many."""
    last = today - timedelta(days=KEEP_DAILY)
    later = aliased(AdoptionSnapshot)
    is_followed = exists(
        select(later.day).where(
            later.agency_id == AdoptionSnapshot.agency_id,
            later.day > AdoptionSnapshot.day,
            later.day < func.date_trunc("month", AdoptionSnapshot.day) + text("interval '1 month'"),
        )
    )
    passed = AdoptionSnapshot.day.between(last - LOOK_BACK, last)
    return changed(session.execute(delete(AdoptionSnapshot).where(passed, is_followed)))


def months(session: Session, agency_id: int, day: date, count: int = 12) -> list[tuple[date, Figures]]:
    """Give the last figures of each of the last months up to a day, the oldest first."""
    first = date(day.year - (count - 1) // 12, day.month, 1)
    for _ in range((count - 1) % 12):
        first = (first - timedelta(days=1)).replace(day=1)
    snapshot = AdoptionSnapshot.__table__.c
    month = func.date_trunc("month", snapshot.day)
    kept = (
        select(AdoptionSnapshot.__table__)
        .where(snapshot.agency_id == agency_id, snapshot.day.between(first, day))
        .ext(distinct_on(month))
        .order_by(month, snapshot.day.desc())
    )
    return [(row["day"], figures_of(row)) for row in session.execute(kept).mappings()]

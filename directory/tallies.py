"""Tallies: how much there is at an agency with everything below it, counted at once or kept from the last count.

What is small is counted whenever somebody asks. A page about two million officials cannot do that: it shows what the
worker counted last, and says when that was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.agencies import Agency, inside
from directory.appointments import Appointment
from directory.base import Actor, Base
from directory.errors import NotAllowed
from directory.grants import Action, roots_for, scope

COUNTED_AT_ONCE = 5_000
"""Officials up to which a count is made whenever it is asked for."""
LOOKED_AT = 25_000
"""Posts that are looked at to estimate a reach of which nothing is kept; more than any way for few goes by."""
FIGURES = (
    "agencies",
    "officials",
    "without_account",
    "pending",
    "active",
    "suspended",
    "role_mailboxes",
    "without_holder",
)


class Tally(Base):
    """What was counted last at an agency with everything below it."""

    __tablename__ = "tallies"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    counted_at: Mapped[datetime]
    agencies: Mapped[int]
    officials: Mapped[int]
    without_account: Mapped[int]
    pending: Mapped[int]
    active: Mapped[int]
    suspended: Mapped[int]
    role_mailboxes: Mapped[int]
    without_holder: Mapped[int]


@dataclass(frozen=True)
class Counts:
    """How much there is at an agency with everything below it; or at several that have nothing in common."""

    agencies: int = 0
    """That are open, itself included."""
    officials: int = 0
    """With a primary post held today; by the state of their accounts below."""
    without_account: int = 0
    pending: int = 0
    active: int = 0
    suspended: int = 0
    role_mailboxes: int = 0
    without_holder: int = 0
    counted_at: datetime | None = None
    """None: just now."""

    @property
    def accounts(self) -> int:
        """Officials with an account that is not closed."""
        return self.pending + self.active + self.suspended


_COUNT = f"""
WITH top AS MATERIALIZED (
  SELECT id, path FROM agencies WHERE CAST(:tops AS bigint[]) IS NULL OR id = ANY(CAST(:tops AS bigint[]))
),
-- Each agency with those of the wanted ones at or above it.
line AS MATERIALIZED (
  SELECT top.id AS top_id, below.id, below.valid_to IS NULL OR below.valid_to > :day AS is_open
  FROM top JOIN agencies AS below ON below.path <@ top.path
),
place AS MATERIALIZED (SELECT DISTINCT id FROM line),
people AS (
  SELECT post.agency_id AS id, count(*) AS officials,
    count(*) FILTER (WHERE account.id IS NULL) AS without_account,
    count(*) FILTER (WHERE account.state = 'pending') AS pending,
    count(*) FILTER (WHERE account.state = 'active') AS active,
    count(*) FILTER (WHERE account.state = 'suspended') AS suspended
  FROM place JOIN appointments AS post ON post.agency_id = place.id
  LEFT JOIN accounts AS account ON account.official_id = post.official_id
  WHERE post.kind = 'primary' AND post.valid_from <= :day AND (post.valid_to IS NULL OR post.valid_to > :day)
  GROUP BY post.agency_id
),
boxes AS (
  SELECT mailboxes.agency_id AS id, count(*) AS role_mailboxes,
    count(*) FILTER (WHERE NOT EXISTS (
      SELECT FROM holdings WHERE mailbox_id = mailboxes.id
        AND holdings.valid_from <= :day AND (holdings.valid_to IS NULL OR holdings.valid_to > :day)
    )) AS without_holder
  FROM place JOIN mailboxes ON mailboxes.agency_id = place.id
  GROUP BY mailboxes.agency_id
)
SELECT line.top_id AS agency_id, count(*) FILTER (WHERE line.is_open) AS agencies,
  {", ".join(f"CAST(COALESCE(sum({name}), 0) AS bigint) AS {name}" for name in FIGURES[1:])}
FROM line LEFT JOIN people USING (id) LEFT JOIN boxes USING (id)
GROUP BY line.top_id
"""  # noqa: S608 - names of columns only
_KEEP = f"""
INSERT INTO tallies (agency_id, counted_at, {", ".join(FIGURES)})
SELECT agency_id, :now, {", ".join(FIGURES)} FROM ({_COUNT}) AS counted ORDER BY agency_id
ON CONFLICT (agency_id) DO UPDATE SET counted_at = excluded.counted_at,
  {", ".join(f"{name} = excluded.{name}" for name in FIGURES)}
"""  # noqa: S608 - names of columns only


def keep_tallies(session: Session, actor: Actor) -> None:
    """Count everything and keep it, in one statement: the worker's job."""
    if not actor.is_system:
        raise NotAllowed
    session.execute(text("SET LOCAL work_mem = '128MB'"))  # Two tables of millions are joined: in memory, not on disk.
    session.execute(text(_KEEP), {"tops": None, "day": actor.today, "now": actor.now})


def tallies(session: Session, actor: Actor, agency_ids: Iterable[int]) -> dict[int, Counts]:
    """Give the counts of some agencies by id, in at most two statements; whether they may be seen is for the caller."""
    wanted = list(agency_ids)
    rows = session.execute(select(Tally.__table__).where(Tally.agency_id.in_(wanted))).mappings()
    found = {row["agency_id"]: _of(row, row["counted_at"]) for row in rows}
    if sum(each.officials for each in found.values()) <= COUNTED_AT_ONCE:
        found = {}
    missing = [each for each in wanted if each not in found]
    if missing:
        rows = session.execute(text(_COUNT), {"tops": missing, "day": actor.today}).mappings()
        found |= {row["agency_id"]: _of(row, None) for row in rows}
    return found


def in_view(session: Session, actor: Actor) -> Counts:
    """Give the counts of everything that the actor may see."""
    found = tallies(session, actor, tops(session, actor, Action.VIEW)).values()
    times = [each.counted_at for each in found if each.counted_at]
    return Counts(
        **{name: sum(getattr(each, name) for each in found) for name in FIGURES}, counted_at=min(times, default=None)
    )


def tops(session: Session, actor: Actor, action: Action) -> Sequence[int]:
    """Give the topmost agencies at which the actor may do this; what is below them is in their reach too."""
    return session.scalars(_tops(actor, action)).all()


def _tops(actor: Actor, action: Action) -> Select[int]:
    """Select them."""
    if actor.is_system:
        return select(Agency.id).where(Agency.parent_id.is_(None))
    root = roots_for(actor, action).cte("root")
    is_below = select(root.c.path).where(Agency.path.op("<@")(root.c.path), Agency.path != root.c.path).exists()
    return select(Agency.id).where(Agency.path.in_(select(root.c.path)), ~is_below)


@dataclass(frozen=True)
class Reach:
    """About how many agencies and officials somebody may look at: by this a statement chooses its way."""

    agencies: int
    officials: int


def reach(session: Session, actor: Actor, action: Action, agency_id: int | None = None) -> Reach:
    """Estimate what the actor may do this to (in an agency and below); where nothing is kept yet, a look is taken."""
    wanted = _tops(actor, action) if agency_id is None else select(Agency.id).where(Agency.id == agency_id)
    top = wanted.subquery()
    rows = session.execute(
        select(Tally.agencies, Tally.officials).select_from(top).outerjoin(Tally, Tally.agency_id == top.c.id)
    ).all()
    if all(agencies is not None for agencies, _ in rows):
        return Reach(sum(agencies for agencies, _ in rows), sum(officials for _, officials in rows))
    within = select(Agency.id).where(scope(actor, action))
    if agency_id is not None:
        within = within.where(Agency.id.in_(inside(agency_id)))
    people = select(Appointment.id).where(Appointment.agency_id.in_(within), Appointment.valid_to.is_(None))
    counted = (within, people.limit(LOOKED_AT))
    agencies, officials = session.execute(
        select(*(select(func.count()).select_from(each.subquery()).scalar_subquery() for each in counted))
    ).one()
    return Reach(agencies, officials)


def _of(row: Mapping[Any, Any], counted_at: datetime | None) -> Counts:
    """Take the counts out of a row that has them as columns."""
    return Counts(**{name: row[name] for name in FIGURES}, counted_at=counted_at)

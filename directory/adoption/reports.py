"""Reports: the figures of an agency and of those right below it, against targets, with the trend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from directory.adoption.counting import count
from directory.adoption.indicators import Figures, Rate, is_late, judge
from directory.adoption.snapshots import figures_on, last_figures, months
from directory.agencies import Agency, AgencyPlace, names_on
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.grants import Action, may, roots_for, scope
from directory.policies import effective, effective_of
from directory.tallies import Tally

FIRST_COUNTS = 3
"""How many agencies that no night has counted yet an overview counts by itself."""
COUNTED_AT_ONCE = 5_000
"""An agency of up to so many officials is counted when its report is asked for; a larger one shows its snapshot."""


@dataclass(frozen=True)
class Row:
    """One agency in a report; `agency` is None for the people who stand at the agency itself, in no unit."""

    agency: Agency | None
    figures: Figures
    rates: tuple[Rate, ...]
    name: str = ""
    """What the agency was called on the day of the figures."""

    @property
    def is_late(self) -> bool:
        """Whether any rate is below its target."""
        return is_late(self.rates)


@dataclass(frozen=True)
class Report:
    """Adoption in an agency."""

    agency: Agency
    above: tuple[Agency, ...]
    """The agencies above it whose adoption the actor may see too, the topmost first."""
    counted_on: date | None
    """The day the figures are of; None if the agency was never counted, and then there are no figures."""
    is_live: bool
    """Counted just now, not read from a snapshot."""
    total: Row
    own: Row | None
    """Who stands at the agency itself, if it also has agencies below it."""
    children: tuple[Row, ...]
    targets: Mapping[str, float]
    """Of this agency; those below are held against the same, so that they can be compared."""
    use_days: int
    trend: tuple[tuple[date, Figures], ...]
    """The last count of each of the last twelve months, up to the figures of the report."""

    @property
    def late(self) -> tuple[Row, ...]:
        """The agencies right below that miss a target."""
        return tuple(row for row in self.children if row.is_late)


def report(session: Session, actor: Actor, agency: Agency, day: date) -> Report:
    """Give the adoption report of an agency for a day, in a fixed number of statements."""
    may(session, actor, Action.ADOPTION, agency.id)
    targets = effective(session, agency, "targets").value
    is_live = day == actor.today and _is_small(session, agency, day)
    if is_live:
        counted_on: date | None = day
    else:
        counted_on, _ = last_figures(session, [agency.id], day).get(agency.id, (None, None))
    above, below = _around(session, actor, agency, counted_on or day)
    names = names_on(session, [agency.id, *below], counted_on or day)
    if is_live:
        figures = count(session, day, agency.path, agency.path.count(".") + 2)
    else:
        figures = figures_on(session, [agency.id, *below], counted_on) if counted_on else {}

    def row(each: Agency | None, of: Figures) -> Row:
        return Row(each, of, judge(of, targets), names.get(each.id, each.name) if each else "")

    children = tuple(row(each, figures[each.id]) for each in below.values() if each.id in figures)
    total = figures.get(agency.id, Figures())
    rest = total.without(child.figures for child in children)
    return Report(
        agency=agency,
        above=above,
        counted_on=counted_on,
        is_live=is_live,
        total=row(agency, total),
        own=row(None, rest) if children and rest.listed else None,
        children=children,
        targets=targets,
        use_days=effective(session, agency, "use_days").value,
        trend=_up_to(months(session, agency.id, day), day if is_live else None, total),
    )


@dataclass(frozen=True)
class Kept:
    """One line of the overview: an agency with the day its figures are of (None: never counted)."""

    agency: Agency
    counted_on: date | None
    row: Row


def overview(session: Session, actor: Actor) -> list[Kept]:
    """Give the last figures of the topmost agencies, not closed, whose adoption the actor may see, by their names."""
    paths = roots_for(actor, Action.ADOPTION).subquery()
    tops = session.scalars(
        select(Agency)
        .where(Agency.path.in_(select(paths.c.path)), or_(Agency.valid_to.is_(None), Agency.valid_to > actor.today))
        .where(~select(paths.c.path).where(Agency.path.op("<@")(paths.c.path), Agency.path != paths.c.path).exists())
        .order_by(Agency.name)
    ).all()
    last = last_figures(session, [top.id for top in tops], actor.today)
    for top in [top for top in tops if top.id not in last][:FIRST_COUNTS]:
        if _is_small(session, top, actor.today):
            last[top.id] = actor.today, count(session, actor.today, top.path, top.path.count(".") + 1)[top.id]
    targets = effective_of(session, tops, "targets")
    kept = []
    for top in tops:
        counted_on, figures = last.get(top.id, (None, Figures()))
        kept.append(Kept(top, counted_on, Row(top, figures, judge(figures, targets[top.id].value), top.name)))
    return kept


def _up_to(kept: list[tuple[date, Figures]], day: date | None, figures: Figures) -> tuple[tuple[date, Figures], ...]:
    """Give the months that were kept, with what was counted just now for the present one."""
    if day is None:
        return tuple(kept)
    earlier = (point for point in kept if (point[0].year, point[0].month) != (day.year, day.month))
    return (*earlier, (day, figures))


def _around(session: Session, actor: Actor, agency: Agency, day: date) -> tuple[tuple[Agency, ...], dict[int, Agency]]:
    """Give the agencies above that the actor may see, and those right below on a day by id, in the order of names."""
    line = [int(label) for label in agency.path.split(".")[:-1]]
    seen = {
        each.id: each
        for each in session.scalars(select(Agency).where(Agency.id.in_(line), scope(actor, Action.ADOPTION)))
    }
    below = session.scalars(select(Agency).where(_stood_below(agency, day)).order_by(Agency.name, Agency.id))
    return tuple(seen[each] for each in line if each in seen), {each.id: each for each in below}


def _stood_below(agency: Agency, day: date) -> ColumnElement[bool]:
    """Give the condition that agencies stood right below one on a day: last year's report adds up as it did."""
    on_the_day = (AgencyPlace.valid_from <= day, or_(AgencyPlace.valid_to.is_(None), AgencyPlace.valid_to > day))
    placed = select(AgencyPlace.agency_id).where(AgencyPlace.parent_id == agency.id, *on_the_day)
    elsewhere = select(AgencyPlace.id).where(AgencyPlace.agency_id == Agency.id, *on_the_day)
    return or_(Agency.id.in_(placed), and_(Agency.parent_id == agency.id, ~elsewhere.exists()))


def _is_small(session: Session, agency: Agency, day: date) -> bool:
    """Say whether counting at once is cheap: by what was counted last, else by looking at no more rows than that."""
    kept = session.get(Tally, agency.id)
    if kept is not None:
        return kept.officials <= COUNTED_AT_ONCE
    people = (
        select(Appointment.id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .where(Agency.path.op("<@")(agency.path), Appointment.kind == "primary", held_on(day))
        .limit(COUNTED_AT_ONCE + 1)
        .subquery()
    )
    found: int = session.execute(select(func.count()).select_from(people)).scalar_one()
    return found <= COUNTED_AT_ONCE

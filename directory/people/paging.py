"""How a page of officials is found without reading all of them; decision 19 says why in these three ways.

Somebody who looks after few has these gathered and put in order. Among many, officials are walked in their order
until the page is full: soon, if many are meant. If that walk would be long, those who are meant are looked up first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select, true, tuple_
from sqlalchemy.orm import Session, aliased

from directory.agencies import Agency
from directory.appointments import Appointment
from directory.officials import Official

FEW = 20_000
"""Officials in reach up to which gathering them costs less than a walk among all."""
MANY = 100_000
"""Officials in reach from which those who are meant are looked up rather than gathered."""
WALKED = 5_000
"""Officials that are walked before those who are meant are looked up."""
NEAREST = 2_500
"""Of those who are meant, how many are asked for their posts at first: of a name there may be a hundred thousand."""


@dataclass(frozen=True)
class Wanted:
    """Who is wanted: conditions on officials, on a post of theirs, and the agencies of which the post must be."""

    conditions: Callable[[Any], Sequence[ColumnElement[bool]]]
    """Given for `Official` or an alias of it."""
    post: Sequence[ColumnElement[bool]]
    agencies: Select[int]
    in_reach: int
    """About how many officials hold one of these posts."""
    is_exact: bool = False
    """The conditions mean one person or a handful: a number, an address."""


def page_of(session: Session, wanted: Wanted, after: str | None, limit: int) -> Sequence[Official]:
    """Give the next officials in the order of given names, as many as `limit`, from the one with this public id on."""
    from_ = _after(session, after)
    if wanted.is_exact:
        return session.scalars(_meant(wanted, from_, limit)).all()
    if wanted.in_reach <= FEW:
        return session.scalars(_gathered(wanted, from_, limit)).all()
    is_short = bool(wanted.conditions(Official))
    found = session.scalars(_walked(wanted, from_, limit, WALKED if is_short else None)).all()
    if len(found) == limit or not is_short:
        return found
    if wanted.in_reach <= MANY:
        return session.scalars(_gathered(wanted, from_, limit)).all()
    nearest = session.execute(_nearest(wanted, from_, limit)).all()
    if len(nearest) == limit or (nearest and nearest[0].looked_up < NEAREST):
        return [official for official, _ in nearest]
    return session.scalars(_meant(wanted, from_, limit)).all()


def _order(official: Any) -> tuple[Any, ...]:  # noqa: ANN401 - the class or an alias of it
    return official.given, official.family, official.middle, official.id


def _after(session: Session, after: str | None) -> list[ColumnElement[bool]]:
    """Give the condition on officials that they come after this one; after nobody who is known comes nobody."""
    if after is None:
        return []
    last = session.execute(select(*_order(Official)).where(Official.public_id == after)).one_or_none()
    return [tuple_(*_order(Official)) > tuple_(*last) if last is not None else false()]


def _gathered(wanted: Wanted, from_: Sequence[ColumnElement[bool]], limit: int) -> Select[Official]:
    """Take the holders of the posts, then those of them who are meant."""
    # The agencies as an array: with it PostgreSQL takes the index on agencies, however many it guesses them to be.
    at = Appointment.agency_id == func.any(func.array(wanted.agencies.scalar_subquery()))
    gathered = select(Appointment.official_id).where(at, *wanted.post).cte("gathered").prefix_with("MATERIALIZED")
    chosen = select(Official).where(
        Official.id.in_(select(gathered.c.official_id)), *wanted.conditions(Official), *from_
    )
    return chosen.order_by(*_order(Official)).limit(limit)


def _walked(wanted: Wanted, from_: Sequence[ColumnElement[bool]], limit: int, steps: int | None) -> Select[Official]:
    """Walk officials in their order, so many at most, and take those who are meant and hold a post."""
    path = select(Official).where(*from_).order_by(*_order(Official)).limit(steps)
    if steps is None:
        return path.where(*wanted.conditions(Official), _holds(wanted, Official)).limit(limit)
    walked = aliased(Official, path.subquery("walked"))
    return (
        select(walked).where(*wanted.conditions(walked), _holds(wanted, walked)).order_by(*_order(walked)).limit(limit)
    )


def _nearest(wanted: Wanted, from_: Sequence[ColumnElement[bool]], limit: int) -> Select[Official, int]:
    """Look those up who are meant, and ask only the first of them, in their order, whether they hold a post."""
    found = select(*_order(Official)).where(*wanted.conditions(Official), *from_)
    meant = found.cte("meant").prefix_with("MATERIALIZED")
    first = select(meant).order_by(*_order(meant.c)).limit(NEAREST).cte("first").prefix_with("MATERIALIZED")
    looked_up = select(func.count()).select_from(first).scalar_subquery().label("looked_up")
    chosen = select(Official, looked_up).join(first, first.c.id == Official.id).where(_holds(wanted, Official))
    return chosen.order_by(*_order(Official)).limit(limit)


def _meant(wanted: Wanted, from_: Sequence[ColumnElement[bool]], limit: int) -> Select[Official]:
    """Look those up who are meant, then take those of them who hold a post."""
    meant = select(Official.id).where(*wanted.conditions(Official), *from_).cte("meant").prefix_with("MATERIALIZED")
    chosen = select(Official).where(Official.id.in_(select(meant.c.id)), _holds(wanted, Official))
    return chosen.order_by(*_order(Official)).limit(limit)


def _holds(wanted: Wanted, official: Any) -> ColumnElement[bool]:  # noqa: ANN401 - as above
    """Give the condition that an official holds one of the posts, asked one by one and not of all at once."""
    own = wanted.agencies.with_only_columns(true()).where(Agency.id == Appointment.agency_id).limit(1)
    is_own = own.correlate(Appointment).scalar_subquery().is_(True)
    post = select(true()).where(Appointment.official_id == official.id, *wanted.post, is_own).limit(1)
    return post.correlate(official).scalar_subquery().is_(True)

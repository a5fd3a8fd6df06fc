"""Agencies found by what somebody types: words of the name, the short name or a code, with or without marks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import Session

from directory.agencies import Agency, AgencyCode, is_open, normal_code
from directory.base import Actor
from directory.errors import BadValue
from directory.grants import Action, scope
from directory.naming import fold

LONGEST = 100
"""More than so many letters nobody types to find an agency."""


@dataclass(frozen=True)
class Found:
    """An agency with what tells it from others of the same name."""

    public_id: str
    name: str
    code: str | None
    above: str
    """The names of the agencies above it, the nearest first."""
    valid_to: date | None


def find_agencies(
    session: Session, actor: Actor, action: Action, text: str, limit: int, *, with_closed: bool = False
) -> list[Found]:
    """Find agencies in which the actor may do this, open ones or all; whose name begins as typed come first."""
    key = fold(text.strip()[:LONGEST])
    words = (Agency.search_key.contains(word, autoescape=True) for word in key.split())
    coded = Agency.id.in_(select(AgencyCode.agency_id).where(AgencyCode.code == _code(text)))
    statement = select(Agency).where(scope(actor, action), or_(and_(true(), *words), coded))
    if not with_closed:
        statement = statement.where(is_open(actor.today))
    order = (
        coded.desc(),
        is_open(actor.today).desc(),
        Agency.search_key.startswith(key, autoescape=True).desc(),
        func.nlevel(Agency.path),
        Agency.path,
    )
    return _with_those_above(session, session.scalars(statement.order_by(*order).limit(limit)).all())


def agencies_called(session: Session, actor: Actor, action: Action, public_ids: Collection[str]) -> list[Found]:
    """Give those of some agencies that are open and in which the actor may do this."""
    wanted = select(Agency).where(Agency.public_id.in_(public_ids), scope(actor, action), is_open(actor.today))
    return _with_those_above(session, session.scalars(wanted.order_by(Agency.path)).all())


def _code(text: str) -> str | None:
    """Give the code that was typed, in either form, if it is one."""
    try:
        return normal_code(text)
    except BadValue:
        return None


def _with_those_above(session: Session, agencies: Sequence[Agency]) -> list[Found]:
    """Name the agencies above each, in one statement."""
    lines = {agency.id: [int(label) for label in agency.path.split(".")[-2::-1]] for agency in agencies}
    ids = {each for line in lines.values() for each in line}
    names = dict(session.execute(select(Agency.id, Agency.name).where(Agency.id.in_(ids))).all())
    return [
        Found(
            agency.public_id,
            agency.name,
            agency.code,
            " · ".join(names[each] for each in lines[agency.id]),
            agency.valid_to,
        )
        for agency in agencies
    ]

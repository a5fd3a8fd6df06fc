"""Give agencies another name from a day on, or another identifier code; what they were called before is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.agencies import Agency, normal_code, take_turns
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, CodeTaken, NotFound, WrongState
from directory.grants import Action, may
from directory.lifecycle.particulars import plain_text
from directory.reorganisation.affected import hold_below, mark_below
from directory.reorganisation.lines import NAMES, follow, settle


@dataclass(frozen=True)
class Renaming:
    """A new name from a day on, by default today; the day may lie ahead, or back as far as the agency began."""

    agency_id: int
    name: str
    short_name: str | None = None
    since: date | None = None
    decision: str | None = None


@dataclass(frozen=True)
class Recoding:
    """Another identifier code; the old one stays the agency's for ever."""

    agency_id: int
    code: str


def agencies_for_change(
    session: Session, actor: Actor, agency_ids: Sequence[int], *, is_shown: bool = False
) -> dict[int, Agency]:
    """Lock agencies that the actor may change, each named once in a batch and none of them closed, by id; if other
    entries show what changes, their subjects first.

    A verb locks those and writes of the agency after that: the other way round each would wait for the other. Two who
    change the same agencies take turns.
    """
    ids = set(agency_ids)
    take_turns(session, ids)
    locked = select(Agency).where(Agency.id.in_(ids)).order_by(Agency.id)
    agencies = {agency.id: agency for agency in session.scalars(locked.with_for_update(key_share=True))}
    if len(agencies) < len(agency_ids):
        raise NotFound
    may(session, actor, Action.AGENCY, *ids)
    for agency in agencies.values():
        if agency.valid_to is not None and agency.valid_to <= actor.today:
            raise WrongState(subject=agency.name, state="closed")
    if is_shown:
        hold_below(session, actor, ids)
    session.execute(locked.with_only_columns(Agency.id).with_for_update())
    return agencies


def rename(session: Session, actor: Actor, renamings: Sequence[Renaming]) -> None:
    """Rename agencies from a day on; errors carry `row`."""
    if not renamings:
        return
    agencies = agencies_for_change(session, actor, [each.agency_id for each in renamings])
    rows = []
    for place, each in enumerate(renamings):
        agency, since = agencies[each.agency_id], each.since or actor.today
        name = plain_text("name", each.name)
        if not name:
            raise BadValue(row=place, field="name", reason="missing")
        if since < agency.valid_from:
            raise BadValue(row=place, field="since", reason="before the day on which the agency began")
        short_name, decision = (
            plain_text("decision", value or "") or None for value in (each.short_name, each.decision)
        )
        told = {"name": [agency.name, name], "since": since.isoformat(), "decision": decision}
        record(session, actor, "agency.renamed", f"agency:{agency.public_id}", agency.id, **told)
        values = {"name": name, "short_name": short_name}
        rows.append({"agency_id": agency.id, "since": since, "decision": decision, **values})
    follow(session, NAMES, rows)
    settle(session, NAMES, actor.today, agencies)


def recode(session: Session, actor: Actor, recodings: Sequence[Recoding]) -> None:
    """Give agencies another code; errors carry `row`. A code that any agency ever had is refused, but its own."""
    if not recodings:
        return
    agencies = agencies_for_change(session, actor, [each.agency_id for each in recodings], is_shown=True)
    for place, each in enumerate(recodings):
        agency, code = agencies[each.agency_id], normal_code(each.code)
        try:
            with session.begin_nested():
                session.execute(update(Agency).where(Agency.id == agency.id).values(code=code))
        except IntegrityError as error:
            raise CodeTaken(row=place, code=code) from error
        told = {"code": [agency.code, code]}
        record(session, actor, "agency.recoded", f"agency:{agency.public_id}", agency.id, **told)
    session.expire_all()
    mark_below(session, actor, agencies)

"""Correct a plan: fix cells, leave rows out, say who is meant; what has to do with them is planned anew at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import LargeBinary, delete, func, literal, or_, select
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, NotFound
from directory.grants import Action, may
from directory.keys import SHORT
from directory.staff_lists import leavers
from directory.staff_lists.correlation import Choice
from directory.staff_lists.fixing import fixed, with_person_said
from directory.staff_lists.hints import FIELDS
from directory.staff_lists.identities import identities_of
from directory.staff_lists.matching import place_of
from directory.staff_lists.plan import FOUNDING, Said, decided_rows, keep, new_units, said_of
from directory.staff_lists.refusals import NoChoice, NotLeftOut
from directory.staff_lists.rows import ListRow
from directory.staff_lists.sealing import Planned, opened
from directory.staff_lists.submission import locked
from directory.staff_lists.tables import BEYOND, StaffList, StaffListRow

_TEXT_LIMIT = 200


@dataclass(frozen=True)
class Correction:
    """What a person says of one row; what is None stays as it is."""

    row: int
    fixes: Mapping[str, str] = field(default_factory=dict)
    """New texts of cells by field; what a list never sets is no field."""
    choice: Choice | None = None
    left_out: bool | None = None
    takes_back: bool = False
    """Whether the choice that was made before no longer holds, so that it is asked again who is meant."""
    is_person: bool | None = None
    """Where it is not sure that the row is about a person: it is."""


def correct(session: Session, actor: Actor, staff_list: StaffList, corrections: Sequence[Correction]) -> None:
    """Do what persons say of rows, and plan them and those that have something in common with them anew."""
    may(session, actor, Action.IMPORT, staff_list.agency_id)
    locked(session, staff_list, "planned")
    said_now = {each.row: each for each in corrections}
    stored = _rows(session, staff_list, StaffListRow.row.in_(said_now))
    if stored.keys() != said_now.keys():
        raise NotFound
    for number, each in said_now.items():
        _check(stored[number], each)
    leavers.take_back_second(session, staff_list)
    plans = {number: opened(session, staff_list, row) for number, row in stored.items()}
    said_now = {number: _news(plans[number], each) for number, each in said_now.items()}
    said = {number: _merged(stored[number], plans[number], each) for number, each in said_now.items()}
    read = {number: fixed(plans[number].row, said_now[number].fixes, actor.today) for number in plans}
    rows = {number: with_person_said(row, is_person=said[number].is_person) for number, row in read.items()}
    others = _fellows(session, staff_list, stored, rows)
    for number, row in others.items():
        plans[number] = opened(session, staff_list, row)
        rows[number], said[number] = plans[number].row, said_of(row, plans[number].fixes)
    before = Counter(
        plans[number].new_unit or "" for number, row in {**stored, **others}.items() if row.kind in FOUNDING
    )
    _plan_anew(session, actor, staff_list, rows, said, before)
    told = [{"row": each.row, "fields": sorted(each.fixes), "left_out": each.left_out} for each in corrections]
    record(session, actor, "list.corrected", f"list:{staff_list.public_id}", staff_list.agency_id, rows=told)
    session.flush()


def _check(row: StaffListRow, said: Correction) -> None:
    """Refuse what cannot be said of a row."""
    if row.row >= BEYOND:
        raise NotLeftOut
    for name, text in said.fixes.items():
        if name not in FIELDS or name == "number":
            raise BadValue(field=name, reason="not a field of an official")
        if len(text) > _TEXT_LIMIT:
            raise BadValue(field=name, reason="longer than 200 characters, or with characters that cannot be shown")
    chosen = said.choice
    if chosen is not None and (
        not row.candidates or (chosen.official_id is not None and chosen.official_id not in row.candidates)
    ):
        raise NoChoice


def _news(plan: Planned, said: Correction) -> Correction:
    """Leave out cells in which nothing was changed: they stay as they were read, with the type that the file gave."""
    texts = plan.texts
    return replace(said, fixes={name: text for name, text in said.fixes.items() if text != texts.get(name, "")})


def _merged(row: StaffListRow, plan: Planned, said: Correction) -> Said:
    """Put together what was said of a row before and what is said now."""
    before = said_of(row, plan.fixes)
    fixes = {**before.fixes, **said.fixes}
    same = {name: text for name, text in fixes.items() if text != plan.row.written.get(name, "")}
    # With other identifiers the candidates are others.
    choice = said.choice or (None if said.fixes or said.takes_back else before.choice)
    return Said(
        same,
        choice,
        before.left_out if said.left_out is None else said.left_out,
        before.is_person if said.is_person is None else said.is_person,
    )


def _rows(session: Session, staff_list: StaffList, which: Any) -> dict[int, StaffListRow]:  # noqa: ANN401 - a condition
    found = session.scalars(select(StaffListRow).where(StaffListRow.list_id == staff_list.id, which))
    return {row.row: row for row in found}


def _fellows(
    session: Session, staff_list: StaffList, stored: Mapping[int, StaffListRow], rows: Mapping[int, ListRow]
) -> dict[int, StaffListRow]:
    """Find the rows that share an identifier or an official with these, before or after the correction."""
    digests_of = identities_of(session, staff_list.source).of_row
    digests = {digest for row in stored.values() for digest in _apart(row.digests)}
    digests |= {digest for row in rows.values() for digest in digests_of(row.record)}
    officials = {row.official_id for row in stored.values()} - {None}
    seen = set(stored)
    fellows: dict[int, StaffListRow] = {}
    while digests or officials:
        more = _rows(session, staff_list, _shares(digests, officials, seen))
        seen |= more.keys()
        fellows |= more
        digests = {digest for row in more.values() for digest in _apart(row.digests)} - digests
        officials = {row.official_id for row in more.values()} - {None} - officials
    return fellows


def _shares(digests: Iterable[bytes], officials: Iterable[int | None], seen: Iterable[int]) -> Any:  # noqa: ANN401 - a condition
    in_file = (StaffListRow.row < BEYOND) & StaffListRow.row.not_in(seen)
    # Where a digest stands among the others does not matter: a row too many is only looked at again.
    shared = [func.position(literal(each, LargeBinary).op("IN")(StaffListRow.digests)) > 0 for each in digests]
    return in_file & or_(StaffListRow.official_id.in_(officials), *shared)


def _apart(digests: bytes) -> list[bytes]:
    """Take the digests of a row apart."""
    return [digests[start : start + SHORT] for start in range(0, len(digests), SHORT)]


def _plan_anew(
    session: Session,
    actor: Actor,
    staff_list: StaffList,
    rows: Mapping[int, ListRow],
    said: Mapping[int, Said],
    before: Counter[str],
) -> None:
    """Decide about some rows again and put them in the place of what they were; `before`: the units they founded."""
    agency = session.get_one(Agency, staff_list.agency_id)
    place = place_of(session, actor, agency, staff_list.source)
    decided = decided_rows(session, actor, place, [rows[number] for number in sorted(rows)], said)
    session.execute(delete(StaffListRow).where(StaffListRow.list_id == staff_list.id, StaffListRow.row.in_(rows)))
    keep(session, staff_list, decided, said)
    units = Counter({unit["name"]: unit["rows"] for unit in staff_list.new_units})
    units.subtract(before)
    units.update({unit["name"]: unit["rows"] for unit in new_units(decided)})
    staff_list.new_units = [{"name": name, "rows": count} for name, count in units.items() if count > 0]
    staff_list.version += 1
    leavers.propose(session, actor, staff_list, agency)

"""One row in full: what stands in the file, and who of the directory may be meant. To look is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.appointments import posts_of
from directory.audit import record
from directory.base import Actor
from directory.errors import NotFound
from directory.grants import Action, scope
from directory.lifecycle.revealing import count_refusal
from directory.officials import Official, open_field
from directory.staff_lists.correlation import Choice
from directory.staff_lists.fixing import made_of
from directory.staff_lists.hints import FIELDS
from directory.staff_lists.reasons import urgent_first
from directory.staff_lists.refusals import NoChoice
from directory.staff_lists.review import masked
from directory.staff_lists.rows import OF_THE_COLUMNS
from directory.staff_lists.sealing import opened
from directory.staff_lists.tables import BEYOND, StaffList, StaffListRow
from directory.staff_lists.walk import DOUBTFUL, PERSON

NOBODY = "new"
"""The choice that it is none of the candidates."""


@dataclass(frozen=True)
class Candidate:
    """An official who may be meant, with what tells namesakes apart, masked."""

    official: str
    name: str
    agency: str
    title: str
    birth_date: str | None
    personal_id: str | None
    staff_number: str | None
    is_chosen: bool


@dataclass(frozen=True)
class FullRow:
    """A row with its cells as the file has them, and as a person corrected them."""

    fields: Sequence[str]
    """What can be corrected: the columns of the file in their order, then what is asked for and has no column."""

    number: int
    kind: str
    name: str
    written: Mapping[str, str]
    texts: Mapping[str, str]
    reasons: Sequence[Mapping[str, Any]]
    left_out: bool
    is_person: bool
    chosen_new: bool
    unit: str | None
    """The unit as it was read, be it of the row's own cell or of the rows above."""

    @property
    def asked(self) -> frozenset[str]:
        """The fields about which something is asked: those with a text, if any of them has one.

        Who of several is meant is answered by a choice, and no field is wrong.
        """
        about = {
            reason["about"]
            for reason in self.reasons
            if reason["level"] == "question" and reason["doubt"] != "ambiguous"
        }
        concerned = frozenset(name for name in self.fields if made_of(name) & about)
        return frozenset(name for name in concerned if self.texts.get(name)) or concerned

    @property
    def asks_for_person(self) -> bool:
        """Whether it is, or was, not sure that it is about a person."""
        return any(reason["message"] in (DOUBTFUL, PERSON) for reason in self.reasons)

    @property
    def asks_of_list(self) -> bool:
        """Whether something about it is answered for all rows at once, with the columns of the list."""
        return any(reason["message"] in OF_THE_COLUMNS for reason in self.reasons)


def row_shown(session: Session, actor: Actor, staff_list: StaffList, number: int) -> FullRow:
    """Give a row of the file in full, unmasked; who looked stands in the trail."""
    row = _row(session, staff_list, number)
    plan = opened(session, staff_list, row)
    record(session, actor, "list.row_shown", f"list:{staff_list.public_id}", staff_list.agency_id, row=number)
    return FullRow(
        fields=_fields(staff_list, row.reasons),
        number=number,
        kind=row.kind,
        name=plan.row.record.full_name or plan.row.written.get("full_name", ""),
        written=plan.row.written,
        texts=plan.texts,
        reasons=urgent_first(row.reasons),
        left_out=row.left_out,
        is_person=row.is_person,
        chosen_new=row.chosen_new,
        unit=plan.row.record.unit,
    )


def note_refused(session: Session, actor: Actor, public_id: str, number: int | None) -> None:
    """Write down that somebody wanted a row in full, or the columns, and was refused; of no list there is no line.

    It counts with the refusals of officials' records. Called in a transaction of its own: that of the try is undone.
    """
    count_refusal(session, actor)
    agency_id = session.scalar(select(StaffList.agency_id).where(StaffList.public_id == public_id))
    if agency_id is not None:
        asked = {} if number is None else {"row": number}
        record(session, actor, "list.look_refused", f"list:{public_id}", agency_id, **asked, refusal="no_right")


def _fields(staff_list: StaffList, reasons: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give the fields of a row that a person may correct; the unit always, because it may come from a row above."""
    of_file = sorted(staff_list.columns, key=lambda name: int(staff_list.columns[name]["index"]))
    asked = [reason["about"] for reason in reasons if reason["level"] == "question"]
    missing = [name for name in dict.fromkeys([*asked, "unit"]) if not any(name in made_of(each) for each in of_file)]
    return [name for name in (*of_file, *missing) if name in FIELDS and name != "number"]


def candidates_of(session: Session, actor: Actor, staff_list: StaffList, number: int) -> list[Candidate]:
    """Give who may be meant by a row; only officials of the actor's agencies are among them."""
    row = _row(session, staff_list, number)
    posts = posts_of(session, row.candidates, actor.today)
    agencies = dict(
        session.execute(
            select(Agency.id, Agency.name).where(
                Agency.id.in_({post.agency_id for post in posts.values()}), scope(actor, Action.IMPORT)
            )
        ).all()
    )
    officials = session.scalars(select(Official).where(Official.id.in_(row.candidates)).order_by(Official.id))
    return [
        Candidate(
            official=each.public_id,
            name=each.full_name,
            agency=agencies[post.agency_id],
            title=post.title,
            birth_date=masked("birth_date", open_field(session, each, "birth_date")),
            personal_id=masked("personal_id", open_field(session, each, "personal_id")),
            staff_number=each.staff_number,
            is_chosen=each.id == row.chosen_id,
        )
        for each in officials
        if (post := posts.get(each.id)) is not None and post.agency_id in agencies
    ]


def chosen(session: Session, actor: Actor, staff_list: StaffList, number: int, said: str) -> Choice:
    """Give the choice that a person made by an official's public id, or by NOBODY."""
    if said == NOBODY:
        return Choice()
    if said not in {each.official for each in candidates_of(session, actor, staff_list, number)}:
        raise NoChoice
    return Choice(session.scalars(select(Official.id).where(Official.public_id == said)).one())


def _row(session: Session, staff_list: StaffList, number: int) -> StaffListRow:
    found = session.get(StaffListRow, (staff_list.id, number)) if number < BEYOND else None
    if found is None:
        raise NotFound
    return found

"""Plan: say what every row of an uploaded list comes to, before anything is changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import record
from directory.base import Actor
from directory.grants import Action, may
from directory.staff_lists.cells import Sheet
from directory.staff_lists.correlation import Decision
from directory.staff_lists.hints import IGNORED, Hints
from directory.staff_lists.interpretation import interpret
from directory.staff_lists.matching import Place, decide_all, place_of
from directory.staff_lists.readings import key_of
from directory.staff_lists.reasons import N_, Reason, question
from directory.staff_lists.rows import ListRow, Record
from directory.staff_lists.sealing import sealed
from directory.staff_lists.tables import StaffList, StaffListRow

CHUNK = 1_000
_SHOWN = 12

_TWICE = N_("Rows {rows} have the same personal ID number. Leave one of them.")
_NUMBER_TWICE = N_("Rows {rows} have the same staff number. Leave one of them.")
_ADDRESS_TWICE = N_("Rows {rows} have the same official address. An address has one owner.")
_PERSON_TWICE = N_("Rows {rows} have the same name and birth date. Leave one, or add the personal ID numbers.")
_ONE_OFFICIAL = N_("Rows {rows} are about the same official of the directory. Leave one of them.")


@dataclass(frozen=True)
class Upload:
    """A file that was read: for which agency it speaks, and which of its sheets is meant (None: the only one)."""

    agency_id: int
    file_name: str
    sha256: str
    sheets: Sequence[Sheet]
    sheet: str | None = None


def plan(session: Session, actor: Actor, upload: Upload) -> StaffList:
    """Read an uploaded list against the directory and keep what each row comes to, sealed.

    A file that is being applied at this moment is not planned anew: who sends it again gets that list.
    """
    may(session, actor, Action.IMPORT, upload.agency_id)
    if (running := _running(session, upload)) is not None:
        return running
    agency = session.get_one(Agency, upload.agency_id)
    interpretation = interpret(upload.sheets, Hints(upload.sheet or None), actor.today)
    guess, rows = interpretation.guess, interpretation.rows
    made = StaffList(
        agency_id=agency.id,
        account_id=actor.account_id,
        file_name=upload.file_name[-200:],
        sha256=upload.sha256,
        sheet=guess.sheet,
        columns={
            each.field: {"index": each.index, "heading": each.heading}
            for each in guess.columns
            if each.field != IGNORED
        },
        uploaded_at=actor.now,
        notes=[reason.as_json() for reason in interpretation.notes],
    )
    session.add(made)
    session.flush()
    counts = _keep(session, made, _decisions(session, actor, place_of(session, actor, agency), rows))
    subject = f"list:{made.public_id}"
    record(session, actor, "list.planned", subject, agency.id, sha256=made.sha256, rows=counts)
    session.flush()
    return made


def _running(session: Session, upload: Upload) -> StaffList | None:
    """Give the list that is made of the same file and is being applied now."""
    return session.scalar(
        select(StaffList)
        .where(StaffList.state == "applying", StaffList.sha256 == upload.sha256)
        .where(StaffList.agency_id == upload.agency_id)
        .limit(1)
    )


def _numbers(rows: Iterable[int]) -> str:
    """Write row numbers, not too many of them."""
    numbers = sorted(rows)
    return ", ".join(map(str, numbers[:_SHOWN])) + (", …" if len(numbers) > _SHOWN else "")


def _decisions(session: Session, actor: Actor, place: Place, rows: Sequence[ListRow]) -> list[tuple[ListRow, Decision]]:
    """Decide about every row, first by what the list says of itself."""
    doubts = _repeated(rows)
    asked = [replace(row, reasons=(*row.reasons, *doubts.get(row.number, ()))) for row in rows]
    decided: list[tuple[ListRow, Decision]] = []
    waiting = iter(asked)
    while chunk := list(islice(waiting, CHUNK)):
        decided += zip(chunk, decide_all(session, actor, place, chunk), strict=True)
    return _one_row_each(decided)


def _repeated(rows: Sequence[ListRow]) -> dict[int, list[Reason]]:
    """Ask about identifiers that stand in more than one row."""
    questions: tuple[tuple[str, str, Callable[[Record], object]], ...] = (
        (_TWICE, "personal_id", lambda record: record.personal_id),
        (_NUMBER_TWICE, "staff_number", lambda record: record.staff_number),
        (_ADDRESS_TWICE, "address", lambda record: record.address),
        (_PERSON_TWICE, "full_name", _told_by_name),
    )
    doubts: dict[int, list[Reason]] = defaultdict(list)
    for message, about, key in questions:
        places: dict[object, list[int]] = defaultdict(list)
        for row in rows:
            if (value := key(row.record)) is not None:
                places[value].append(row.number)
        for numbers in places.values():
            for number in numbers if len(numbers) > 1 else ():
                doubts[number].append(question(message, about, rows=_numbers(numbers)))
    return doubts


def _told_by_name(record: Record) -> tuple[str, date] | None:
    """Give name and birth date where nothing better tells who it is."""
    if record.personal_id or record.staff_number or not (record.full_name and record.birth_date):
        return None
    return key_of(record.full_name), record.birth_date


def _one_row_each(decided: Sequence[tuple[ListRow, Decision]]) -> list[tuple[ListRow, Decision]]:
    """Ask about rows that turn out, by different identifiers, to be about the same official."""
    places: dict[int, list[int]] = defaultdict(list)
    for row, decision in decided:
        if decision.official_id is not None:
            places[decision.official_id].append(row.number)
    twice = {official: numbers for official, numbers in places.items() if len(numbers) > 1}
    return [
        (row, _held_up(decision, twice[decision.official_id]) if decision.official_id in twice else decision)
        for row, decision in decided
    ]


def _held_up(decision: Decision, numbers: Sequence[int]) -> Decision:
    if any(reason.message in (_TWICE, _NUMBER_TWICE, _PERSON_TWICE) for reason in decision.reasons):
        return decision
    doubt = question(_ONE_OFFICIAL, rows=_numbers(numbers))
    return replace(decision, kind="person", reasons=(*decision.reasons, doubt))


def _keep(session: Session, made: StaffList, decided: Sequence[tuple[ListRow, Decision]]) -> dict[str, int]:
    """Write the rows, what they say of people sealed; give how many come to what."""
    for start in range(0, len(decided), CHUNK):
        session.execute(
            insert(StaffListRow),
            [
                {
                    "list_id": made.id,
                    "row": row.number,
                    "kind": decision.kind,
                    "cells": sealed(session, made, row, decision),
                    "reasons": [reason.as_json() for reason in decision.reasons],
                    "official_id": decision.official_id,
                }
                for row, decision in decided[start : start + CHUNK]
            ],
        )
    units = Counter(
        decision.target.new_unit
        for _, decision in decided
        if decision.target.new_unit and decision.kind in ("create", "move")
    )
    made.new_units = [{"name": name, "rows": count} for name, count in units.items()]
    return dict(Counter(decision.kind for _, decision in decided))

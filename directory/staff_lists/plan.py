"""Plan: say what every row of an uploaded list comes to, before anything is changed."""

from __future__ import annotations

import json
from binascii import hexlify
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import record
from directory.base import TOGETHER, Actor, copy_lines
from directory.staff_lists import leavers
from directory.staff_lists.cells import Sheet
from directory.staff_lists.correlation import Choice, Decision
from directory.staff_lists.fixing import fixed, with_person_said
from directory.staff_lists.identities import identities_of
from directory.staff_lists.layout import describe, laid_out
from directory.staff_lists.matching import Place, decide_all, place_of, with_members
from directory.staff_lists.repetitions import one_row_each, with_repeated
from directory.staff_lists.rows import ListRow
from directory.staff_lists.sealing import Sealer, opened
from directory.staff_lists.submission import Submission, begin
from directory.staff_lists.tables import BEYOND, StaffList, StaffListRow

CHUNK = 10_000
MOST_MEMBERS = 20_000
"""As many officials are looked up beforehand and held in memory."""
Progress = Callable[[int], None]
"""Told how many rows are done."""

FOUNDING = ("create", "move", "rehire")
"""What a row comes to when it may found a unit."""
_COLUMNS = (
    "list_id",
    "row",
    "kind",
    "cells",
    "reasons",
    "digests",
    "official_id",
    "candidates",
    "chosen_id",
    "chosen_new",
    "fixed",
    "is_person",
    "left_out",
)


_LINE = b"%b\t%d\t%b\t\\\\x%b\t%b\t\\\\x%b\t%b\t{%b}\t%b\t%b\t%b\t%b\t%b\n"
_json = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Upload:
    """A file that was read: for which agency it speaks, and which of its sheets is meant (None: the only one)."""

    agency_id: int
    file_name: str
    sha256: str
    sheets: Sequence[Sheet]
    sheet: str | None = None
    mode: str = "additions"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person has said of one row of a plan."""

    fixes: Mapping[str, str] = field(default_factory=dict)
    choice: Choice | None = None
    left_out: bool = False
    is_person: bool = False
    """Where that was not sure: the row is about a person."""


def plan(session: Session, actor: Actor, upload: Upload) -> StaffList:
    """Plan a list whose file was read already; one that is being applied at this moment is given as it is."""
    hints = {"sheet": upload.sheet} if upload.sheet else {}
    submission = Submission(upload.agency_id, upload.file_name, upload.sha256, upload.mode, upload.source, hints)
    staff_list = begin(session, actor, submission)
    if staff_list.state == "reading":
        draw_up(session, actor, staff_list, lambda: upload.sheets)
    return staff_list


def draw_up(
    session: Session,
    actor: Actor,
    staff_list: StaffList,
    sheets: Callable[[], Sequence[Sheet]],
    progress: Progress | None = None,
    at_most: int = 0,
) -> None:
    """Read a list against the directory and keep what each row comes to, sealed; what persons said of rows stays.

    The sheets are asked for when everything else is ready: they may be in the making. `at_most`: so many people the
    file may tell of.
    """
    tell = progress or (lambda _rows: None)
    agency = session.get_one(Agency, staff_list.agency_id)
    place = place_of(session, actor, agency, staff_list.source)
    said = _said(session, staff_list)
    session.execute(delete(StaffListRow).where(StaffListRow.list_id == staff_list.id))
    place = with_members(session, actor, place, min(at_most, MOST_MEMBERS))
    found = laid_out(session, staff_list, sheets(), actor.today)
    tell(len(found.rows))
    rows = [as_said(row, said[row.number], actor.today) if row.number in said else row for row in found.rows]
    decided = decided_rows(session, actor, place, rows, said, tell)
    keep(session, staff_list, decided, said)
    describe(session, staff_list, found)
    staff_list.new_units = new_units(decided)
    staff_list.state, staff_list.refusal = "planned", None
    staff_list.version += 1
    leavers.propose(session, actor, staff_list, agency)
    counts = dict(Counter(decision.kind for _, decision in decided))
    subject = f"list:{staff_list.public_id}"
    record(session, actor, "list.planned", subject, agency.id, sha256=staff_list.sha256, rows=counts)
    session.flush()


def decided_rows(
    session: Session,
    actor: Actor,
    place: Place,
    rows: Sequence[ListRow],
    said: Mapping[int, Said],
    progress: Progress | None = None,
) -> list[tuple[ListRow, Decision]]:
    """Decide about rows, first by what the list says of itself; rows that are left out hold no other up."""
    choices = {number: each.choice for number, each in said.items() if each.choice is not None}
    out = {number for number, each in said.items() if each.left_out}
    asked = {row.number: row for row in with_repeated([row for row in rows if row.number not in out], choices)}
    decided: list[tuple[ListRow, Decision]] = []
    for start in range(0, len(rows), CHUNK):
        chunk = [asked.get(row.number, row) for row in rows[start : start + CHUNK]]
        decided += zip(chunk, decide_all(session, actor, place, chunk, choices), strict=True)
        if progress:
            progress(len(decided))
    if not out:
        return one_row_each(decided)
    alone = [pair for pair in decided if pair[0].number in out]
    return [*one_row_each([pair for pair in decided if pair[0].number not in out]), *alone]


def _said(session: Session, staff_list: StaffList) -> dict[int, Said]:
    """Give what persons have said of the rows of an earlier plan of the same file."""
    chosen = StaffListRow.chosen_new | StaffListRow.chosen_id.is_not(None)
    touched = or_(StaffListRow.fixed, StaffListRow.left_out, StaffListRow.is_person, chosen)
    rows = session.scalars(
        select(StaffListRow).where(StaffListRow.list_id == staff_list.id, StaffListRow.row < BEYOND, touched)
    )
    return {row.row: said_of(row, opened(session, staff_list, row).fixes) for row in rows}


def said_of(row: StaffListRow, fixes: Mapping[str, str]) -> Said:
    """Give what persons have said of one row."""
    choice = Choice(row.chosen_id) if row.chosen_new or row.chosen_id is not None else None
    return Said(fixes, choice, row.left_out, row.is_person)


def as_said(row: ListRow, said: Said, today: date) -> ListRow:
    """Give a row with what a person said of its cells, and of what it is about."""
    return with_person_said(fixed(row, said.fixes, today), is_person=said.is_person)


def keep(
    session: Session,
    staff_list: StaffList,
    decided: Sequence[tuple[ListRow, Decision]],
    said: Mapping[int, Said],
) -> None:
    """Write rows, what they say of people sealed."""
    seal, digests_of = Sealer(session, staff_list), identities_of(session, staff_list.source).of_row
    list_id, none_said = b"%d" % staff_list.id, Said()

    def lines() -> Iterator[bytes]:
        for start in range(0, len(decided), TOGETHER):
            told = [(*each, said.get(each[0].number, none_said)) for each in decided[start : start + TOGETHER]]
            sealed = seal((row, decision, each.fixes) for row, decision, each in told)
            for (row, decision, each), cells in zip(told, sealed, strict=True):
                yield _line(list_id, row.number, decision, each, cells, b"".join(digests_of(row.record)))

    copy_lines(session, StaffListRow, _COLUMNS, lines())


def _line(list_id: bytes, number: int, decision: Decision, said: Said, cells: bytes, digests: bytes) -> bytes:
    """Write a row as COPY reads it."""
    reasons, choice = b"[]", said.choice
    if decision.reasons:
        reasons = _json([reason.as_json() for reason in decision.reasons]).replace("\\", "\\\\").encode()
    return _LINE % (
        list_id,
        number,
        decision.kind.encode(),
        hexlify(cells),
        reasons,
        hexlify(digests),
        _number(decision.official_id),
        ",".join(map(str, decision.candidates)).encode(),
        _number(choice.official_id if choice else None),
        b"t" if choice and choice.official_id is None else b"f",
        b"t" if said.fixes else b"f",
        b"t" if said.is_person else b"f",
        b"t" if said.left_out else b"f",
    )


def _number(value: int | None) -> bytes:
    return b"\\N" if value is None else b"%d" % value


def new_units(decided: Sequence[tuple[ListRow, Decision]]) -> list[dict[str, Any]]:
    """Give the units that apply would found, with how many rows each."""
    units = Counter(
        decision.target.new_unit for _, decision in decided if decision.target.new_unit and decision.kind in FOUNDING
    )
    return [{"name": name, "rows": count} for name, count in units.items()]

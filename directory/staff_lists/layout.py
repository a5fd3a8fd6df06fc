"""Layout: how a file was understood as a whole, kept sealed for the page; and what is remembered of lists like it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import record
from directory.base import Actor
from directory.keys import keys_of
from directory.staff_lists.cells import Sheet
from directory.staff_lists.headings import meaning
from directory.staff_lists.hints import IGNORED, NO_HEADER, ColumnGuess, Conversion, Guess, Hints, SheetGuess
from directory.staff_lists.interpretation import Interpretation, interpret
from directory.staff_lists.reasons import Reason
from directory.staff_lists.refusals import NoTable
from directory.staff_lists.tables import StaffList, StaffListShape

PURPOSE = "staff_lists.guess"
_NOTHING_SAID = Hints()


def laid_out(session: Session, staff_list: StaffList, sheets: Sequence[Sheet], today: date) -> Interpretation:
    """Read a file by what a person said of it, or else by what is remembered of lists with the same headings."""
    hints = Hints.from_json(staff_list.hints)
    found = interpret(sheets, hints, today)
    if replace(hints, sheet=None) == _NOTHING_SAID:
        known = remembered(session, staff_list, found.guess.shape)
        if known is not None:
            known = replace(known, sheet=hints.sheet)
            again = _as_remembered(sheets, known, today)
            if again is not None and (known.header == NO_HEADER or again.guess.shape == found.guess.shape):
                staff_list.hints = known.as_json()
                found = again
    return found


def _as_remembered(sheets: Sequence[Sheet], known: Hints, today: date) -> Interpretation | None:
    """Read a file by what was said of another one; what does not fit this one is no reason to refuse it."""
    try:
        return interpret(sheets, known, today)
    except NoTable:
        return None


def remembered(session: Session, staff_list: StaffList, shape: str) -> Hints | None:
    """Give what was said last of such a list, at its agency or else at the nearest one above."""
    line = [int(label) for label in staff_list.agency.path.split(".")]
    found = session.scalar(
        select(StaffListShape.hints)
        .join(Agency, Agency.id == StaffListShape.agency_id)
        .where(StaffListShape.agency_id.in_(line), StaffListShape.shape == shape)
        .order_by(func.nlevel(Agency.path).desc())
        .limit(1)
    )
    return Hints.from_json(found) if found is not None else None


def remember(session: Session, actor: Actor, staff_list: StaffList, shape: str, hints: Hints) -> None:
    """Keep what was said of a list for the next with the same headings.

    Its sheet, its row and how its dates are written are that list's own: dates can be read wrong without a trace.
    """
    header = NO_HEADER if hints.header == NO_HEADER else None
    kept = replace(hints, sheet=None, header=header, repairs=frozenset())
    values = {"hints": kept.as_json(), "kept_at": actor.now}
    made = insert(StaffListShape).values(agency_id=staff_list.agency_id, shape=shape, **values)
    session.execute(made.on_conflict_do_update(index_elements=["agency_id", "shape"], set_=values))


def describe(session: Session, staff_list: StaffList, found: Interpretation) -> None:
    """Note on the list how it was understood; the examples are of people, so they are sealed."""
    guess = found.guess
    staff_list.sheet = guess.sheet
    # This stands in clear, and a person may have called a row of people the header: only known headings are kept.
    staff_list.columns = {
        each.field: {"index": each.index, "heading": each.heading if meaning(each.heading) else ""}
        for each in guess.columns
        if each.field != IGNORED
    }
    staff_list.notes = [reason.as_json() for reason in (*guess.questions, *found.notes)]
    content = json.dumps({**asdict(guess), "questions": []}, ensure_ascii=False)
    staff_list.guess = keys_of(session).seal(content, PURPOSE, staff_list.public_id)


def guess_of(session: Session, staff_list: StaffList) -> Guess | None:
    """Give how a list was understood, if its file could be read."""
    if staff_list.guess is None:
        return None
    content = json.loads(keys_of(session).open(staff_list.guess, PURPOSE, staff_list.public_id))
    questions = [Reason.from_json(each) for each in staff_list.notes if each["level"] == "question"]
    return Guess(
        sheets=[SheetGuess(**each) for each in content["sheets"]],
        sheet=content["sheet"],
        header=content["header"],
        columns=[_column(each) for each in content["columns"]],
        questions=questions,
    )


def guess_shown(session: Session, actor: Actor, staff_list: StaffList) -> Guess | None:
    """Give it for a page that shows its examples: they are of people, so who looked stands in the trail."""
    guess = guess_of(session, staff_list)
    if guess is not None:
        record(session, actor, "list.columns_shown", f"list:{staff_list.public_id}", staff_list.agency_id)
    return guess


def _column(stored: Mapping[str, Any]) -> ColumnGuess:
    conversion = stored["conversion"]
    return ColumnGuess(**{**stored, "conversion": Conversion(**conversion) if conversion else None})

"""Rows of one list that are about the same person, or want the same address: each of them is a question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from directory.staff_lists.correlation import Choice, Decision
from directory.staff_lists.identities import has_only_a_name, namesakes_of, told_by
from directory.staff_lists.reasons import N_, Reason, conflict
from directory.staff_lists.rows import ListRow

_SHOWN = 12
_MESSAGES = {
    "personal_id": N_("Rows {rows} have the same personal ID number. Leave one of them."),
    "staff_number": N_("Rows {rows} have the same staff number. Leave one of them."),
    "address": N_("Rows {rows} have the same official address. An address has one owner."),
    "full_name": N_("Rows {rows} have the same name and birth date. Leave one, or add the personal ID numbers."),
    "source_record": N_("Rows {rows} have the same record number of the HR system. Leave one of them."),
}
_ONE_OFFICIAL = N_("Rows {rows} are about the same official of the directory. Leave one of them.")
ABOUT_OTHERS = frozenset({*_MESSAGES.values(), _ONE_OFFICIAL})
"""Messages that are about a row's fellows; when a row is looked at again they are asked anew."""
_ABOUT_PEOPLE = frozenset(_MESSAGES[name] for name in ("personal_id", "staff_number", "full_name", "source_record"))


def numbers_of(rows: Iterable[int]) -> str:
    """Write row numbers, not too many of them."""
    numbers = sorted(rows)
    return ", ".join(map(str, numbers[:_SHOWN])) + (", …" if len(numbers) > _SHOWN else "")


def with_repeated(rows: Sequence[ListRow], choices: Mapping[int, Choice]) -> list[ListRow]:
    """Ask about identifiers that stand in more than one row; of namesakes only about those who have no number.

    Not about those whom a person told apart. One with a number is sure, but done first, in an earlier batch, would be
    taken for the other one: so it is asked here, before anything is done.
    """
    first: dict[tuple[str, str], int] = {}
    places: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        for key in told_by(row.record):
            if first.setdefault(key, row.number) != row.number:
                places.setdefault(key, [first[key]]).append(row.number)
    if not places:
        return list(rows)
    only_named = {row.number for row in rows if has_only_a_name(row.record)}
    doubts: dict[int, list[Reason]] = defaultdict(list)
    for (about, _), numbers in places.items():
        asked = [number for number in numbers if number in only_named] if about == "full_name" else numbers
        if about == "full_name" and _are_told_apart([choices.get(number) for number in asked]):
            continue
        for number in asked:
            doubts[number].append(conflict(_MESSAGES[about], about, rows=numbers_of(numbers)))
    return [replace(row, reasons=(*row.reasons, *doubts[row.number])) if row.number in doubts else row for row in rows]


def _are_told_apart(choices: Sequence[Choice | None]) -> bool:
    """Say whether a person said of each row who is meant, and of at most one that it is somebody new."""
    return None not in choices and sum(each == Choice() for each in choices) <= 1


def one_row_each(decided: Sequence[tuple[ListRow, Decision]]) -> list[tuple[ListRow, Decision]]:
    """Ask about rows that turn out to be about the same official, or that may be about the same newcomer."""
    doubts = {**_same_officials(decided), **_same_newcomers(decided)}
    if not doubts:
        return list(decided)
    return [
        (row, _held_up(decision, doubts[row.number]) if row.number in doubts else decision) for row, decision in decided
    ]


def _same_officials(decided: Sequence[tuple[ListRow, Decision]]) -> dict[int, Reason]:
    """Doubt rows that are, by different identifiers, about one official; by row number."""
    places: dict[int, list[int]] = defaultdict(list)
    for row, decision in decided:
        if decision.official_id is not None:
            places[decision.official_id].append(row.number)
    doubts: dict[int, Reason] = {}
    for numbers in places.values():
        if len(numbers) > 1:
            doubts |= dict.fromkeys(numbers, conflict(_ONE_OFFICIAL, rows=numbers_of(numbers)))
    return doubts


def _same_newcomers(decided: Sequence[tuple[ListRow, Decision]]) -> dict[int, Reason]:
    """Doubt newcomers with a staff number alone whose namesakes have a personal ID number alone: nothing compares them.

    Two numbers of one kind tell namesakes apart.
    """
    newcomers = [row for row, decision in decided if decision.kind == "create"]
    asked = [row for row in newcomers if row.record.staff_number and not row.record.personal_id]
    if not asked:
        return {}
    places: dict[str | None, list[int]] = defaultdict(list)
    for row in newcomers:
        if row.record.personal_id and not row.record.staff_number:
            places[namesakes_of(row.record)].append(row.number)
    doubts = {}
    for row in asked:
        if fellows := places.get(namesakes_of(row.record) or ""):
            rows = numbers_of([*fellows, row.number])
            doubts[row.number] = conflict(_MESSAGES["full_name"], "full_name", rows=rows)
    return doubts


def _held_up(decision: Decision, doubt: Reason) -> Decision:
    """Ask which of the rows is meant, unless that is asked already."""
    if any(reason.message in _ABOUT_PEOPLE for reason in decision.reasons):
        return decision
    kind = decision.kind if decision.kind == "error" else "conflict"
    return replace(decision, kind=kind, reasons=(*decision.reasons, doubt))

"""What looks wrong in a record and may be right: said before it is written, and written if somebody confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.appointments import posts_of
from directory.base import Actor
from directory.errors import NotFound
from directory.grants import Action, may
from directory.lifecycle.changes import Change
from directory.lifecycle.enlistment import Newcomer
from directory.officials import Official, open_field

_DIGITS = 12


@dataclass(frozen=True)
class Doubt:
    """Something at a field that a person should look at again."""

    field: str
    reason: str


def doubts_about_newcomers(newcomers: Sequence[Newcomer]) -> list[Doubt]:
    """Give what looks wrong in the records of newcomers."""
    return [doubt for each in newcomers for doubt in _doubts(each.personal_id, each.birth_date, each.sex)]


def doubts_about_changes(session: Session, actor: Actor, changes: Sequence[Change]) -> list[Doubt]:
    """Give what looks wrong in records as they would be after changes; only what is changed gives rise to doubts."""
    meant = [each for each in changes if {"personal_id", "birth_date", "sex"} & each.fields.keys()]
    if not meant:
        return []
    ids = {each.official_id for each in meant}
    posts = posts_of(session, ids, actor.today)
    if len(posts) < len(ids):
        raise NotFound
    may(session, actor, Action.APPOINT, *{post.agency_id for post in posts.values()})
    officials = {each.id: each for each in session.scalars(select(Official).where(Official.id.in_(ids)))}
    found: list[Doubt] = []
    for each in meant:
        official = officials[each.official_id]
        born = open_field(session, official, "birth_date")
        values = {
            "personal_id": open_field(session, official, "personal_id"),
            "birth_date": date.fromisoformat(born) if born else None,
            "sex": official.sex,
        }
        if any(each.fields[field] != known for field, known in values.items() if field in each.fields):
            new = values | dict(each.fields)
            found += _doubts(new["personal_id"], new["birth_date"], new["sex"])
    return found


def _doubts(personal_id: object, birth_date: object, sex: object) -> list[Doubt]:
    """Compare a personal ID number with the sex and the birth date (digit 4: century and sex, digits 5 and 6: year)."""
    digits = "".join(letter for letter in str(personal_id or "") if letter.isdecimal())
    if len(digits) != _DIGITS:
        return []
    century, odd = divmod(int(digits[3]), 2)
    found: list[Doubt] = []
    if isinstance(birth_date, date) and birth_date.year != 1900 + 100 * century + int(digits[4:6]):
        found.append(Doubt("birth_date", reason="the personal ID number tells another birth year"))
    if sex is not None and sex != ("male", "female")[odd]:
        found.append(Doubt("sex", reason="the personal ID number tells the other sex"))
    return found

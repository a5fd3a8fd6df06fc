"""The telephone list: everybody finds colleagues by name, agency, title, address and extension, and no personal data.

Without an agency, names are found in the order of given names; of few hits, those written exactly as typed come first.
In an agency its people are listed agency by agency down the tree, in each by seniority.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.errors import NotAllowed, NotFound
from directory.mailboxes import Mailbox
from directory.officials import Official
from directory.people.asked import Asked, as_local, meant
from directory.people.finding import agencies_of, place_of, search_of
from directory.people.spelling import words_of
from directory.people.words import spaced
from directory.policies import effective_values

AGENCIES_OFFERED = 6


@dataclass(frozen=True)
class Colleague:
    """Somebody as colleagues see them, in one post; what the agency's policy `colleague_fields` keeps back is None."""

    public_id: str
    full_name: str
    agency_name: str
    agency_public_id: str
    title: str | None
    rank: str | None
    address: str | None
    work_phone: str | None
    extension: str | None
    is_head: bool


@dataclass(frozen=True)
class Found:
    """Some colleagues; `after` begins the next page, None means that this is the last."""

    people: Sequence[Colleague]
    after: str | None = None


def search(session: Session, actor: Actor, asked: Asked) -> Found:
    """Find colleagues in a handful of statements. Nobody is found by what their agency keeps back."""
    may_look(actor)
    place = place_of(session, actor, asked) if asked.after else None
    if not can_be_found(asked) or (asked.after and place is None):
        return Found([])
    rows = session.execute(search_of(actor, asked, place)).all()
    if not rows and (local := as_local(asked.text)):
        return search(session, actor, replace(asked, text=local))
    shown = rows[: asked.limit]
    fields = _fields_shown(session, shown)
    wanted = {meant(asked.text).field, "title" if asked.title.strip() else None} - {None}
    people = [_colleague(row, fields[row.Agency.id]) for row in shown if wanted <= fields[row.Agency.id]]
    return Found(people, _mark(asked, shown[-1]) if len(rows) > asked.limit else None)


def colleague(session: Session, actor: Actor, public_id: str) -> list[Colleague]:
    """Give somebody as colleagues see them, once for each post held today, the main one first; or `NotFound`."""
    may_look(actor)
    rows = session.execute(
        select(
            Official.public_id,
            Official.full_name,
            Official.work_phone,
            Official.extension,
            Appointment.title,
            Appointment.rank,
            Appointment.is_head,
            Agency,
            Address.address,
        )
        .select_from(Official)
        .join(Appointment, Appointment.official_id == Official.id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .outerjoin(Account, Account.official_id == Official.id)
        .outerjoin(Mailbox, Mailbox.account_id == Account.id)
        .outerjoin(Address, (Address.mailbox_id == Mailbox.id) & (Address.kind == "primary"))
        .where(Official.public_id == public_id, held_on(actor.today))
        .order_by(Appointment.kind != "primary", Appointment.valid_from, Appointment.id)
    ).all()
    if not rows:
        raise NotFound
    fields = _fields_shown(session, rows)
    return [_colleague(row, fields[row.Agency.id]) for row in rows]


def agencies_called(session: Session, actor: Actor, text: str) -> Sequence[Agency]:
    """Give a few agencies by words of their names, to go on from; none for what is no words."""
    may_look(actor)
    words = meant(text).words
    if not words or not all(_has_letters(word) for word in words):
        return []
    return session.scalars(agencies_of(actor, text, AGENCIES_OFFERED)).all()


def may_look(actor: Actor) -> None:
    """Raise `NotAllowed` for programs: the telephone list is for people, not to be carried away."""
    if not actor.is_system and (actor.account_id is None or actor.within is not None):
        raise NotAllowed


def can_be_found(asked: Asked) -> bool:
    """Say whether something is asked for that can be looked up; signs without letters begin no word."""
    words = (*meant(asked.text).words, *words_of(asked.title))
    is_asked = bool(asked.text.strip() or asked.title.strip() or asked.agency_id)
    return is_asked and all(_has_letters(word) for word in words)


def _has_letters(word: str) -> bool:
    """Say whether a word has a letter or digit by which it is looked up."""
    return any(letter.isalnum() for letter in spaced(word))


def _mark(asked: Asked, last: Row[*tuple[Any, ...]]) -> str:
    """Give what a link to the next page carries: how it was ordered, and who was last."""
    if asked.agency_id:
        return f"{last.Agency.public_id}.{last.public_id}"
    return f"{'c' if last.is_common else last.tier}.{last.public_id}"


def _fields_shown(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[int, frozenset[str]]:
    """Give the fields that the agency of each line shows to colleagues, by agency id."""
    if not rows:
        return {}
    agencies = {row.Agency.id: row.Agency for row in rows}.values()
    values = effective_values(session, agencies, ["colleague_fields"])
    return {id_: frozenset(each["colleague_fields"]) for id_, each in values.items()}


def _colleague(row: Row[*tuple[Any, ...]], fields: frozenset[str]) -> Colleague:
    """Give one line with what may be shown of it."""
    has_phone = "extension" in fields
    return Colleague(
        public_id=row.public_id,
        full_name=row.full_name,
        agency_name=row.Agency.name,
        agency_public_id=row.Agency.public_id,
        title=row.title if "title" in fields else None,
        rank=row.rank if "rank" in fields else None,
        address=row.address if "address" in fields else None,
        work_phone=row.work_phone if has_phone else None,
        extension=row.extension if has_phone else None,
        is_head="title" in fields and row.is_head,
    )

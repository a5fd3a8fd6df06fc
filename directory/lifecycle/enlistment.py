"""Enlist: put newcomers on the list of officials, each with a first post; an account is another step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.appointments import Appointment, posts_of
from directory.audit import record_all
from directory.base import Actor, any_of, insert_all, public_id
from directory.errors import BadValue, OfficialElsewhere, OfficialExists, Stale, WrongState
from directory.grants import Action, may, scope
from directory.keys import keys_of
from directory.lifecycle.name_parts import PARTS, parted
from directory.lifecycle.particulars import CHANGEABLE, checked
from directory.naming import fold
from directory.officials import SEALED, Official, birth_digest, personal_id_digest


@dataclass(frozen=True)
class Newcomer:
    """A person who takes up a post. `address` is wanted, if given; else the naming pattern proposes one."""

    agency_id: int
    full_name: str
    title: str = ""
    rank: str | None = None
    category: str = "civil_servant"
    sex: str | None = None
    birth_date: date | None = None
    personal_id: str | None = None
    phone: str | None = None
    personal_mail: str | None = None
    staff_number: str | None = None
    work_phone: str | None = None
    extension: str | None = None
    family: str | None = None
    """How the name is parted, if a person says so; else it follows the rule."""
    middle: str | None = None
    given: str | None = None
    address: str | None = None
    valid_from: date | None = None


class Enlisted(NamedTuple):
    """Who was put on the list: of thousands, records cost more than their rows."""

    id: int
    public_id: str


def enlist(session: Session, actor: Actor, newcomers: Sequence[Newcomer]) -> list[Official]:
    """Put newcomers on the list with their posts, in a handful of statements for any number of them.

    Errors carry `row`, the place of the newcomer in the batch.
    """
    ids = [each.id for each in enlist_many(session, actor, newcomers)]
    officials = {each.id: each for each in session.scalars(select(Official).where(any_of(Official.id, ids)))}
    return [officials[each] for each in ids]


def enlist_many(session: Session, actor: Actor, newcomers: Sequence[Newcomer]) -> list[Enlisted]:
    """Do the same for a list of staff, and give no records but their ids."""
    if not newcomers:
        return []
    may(session, actor, Action.APPOINT, *{each.agency_id for each in newcomers})
    refuse_closed(session, actor, {each.agency_id for each in newcomers})
    values = [_checked(actor, row, each) for row, each in enumerate(newcomers)]
    columns = [_columns(session, actor, each) for each in values]
    refuse_known(session, actor, columns)
    officials = _insert(session, actor, columns)
    posts: list[dict[str, Any]] = [
        {
            "official_id": official.id,
            "agency_id": each.agency_id,
            "title": value["title"],
            "rank": value["rank"],
            "valid_from": each.valid_from or actor.today,
        }
        for official, each, value in zip(officials, newcomers, values, strict=True)
    ]
    session.execute(insert_all(Appointment, posts))
    told = ({"title": post["title"], "since": post["valid_from"].isoformat()} for post in posts)
    subjects = (f"official:{official.public_id}" for official in officials)
    agency_ids = (post["agency_id"] for post in posts)
    record_all(session, actor, "official.appointed", zip(subjects, agency_ids, told, strict=True))
    session.flush()
    return officials


def refuse_closed(session: Session, actor: Actor, agency_ids: set[int]) -> None:
    """Raise `WrongState` if one of the agencies is closed: nobody takes up a post there."""
    closed = session.scalar(select(Agency).where(Agency.id.in_(agency_ids), Agency.valid_to <= actor.today))
    if closed is not None:
        raise WrongState(subject=closed.name, state="closed")


def refuse_known(session: Session, actor: Actor, columns: Sequence[dict[str, Any]]) -> None:
    """Raise `OfficialExists` for the first personal ID that is known already, or stands twice in the batch."""
    digests = {each["personal_id_index"] for each in columns} - {None}
    own = {each["public_id"] for each in columns}
    found = session.scalars(select(Official).where(any_of(Official.personal_id_index, list(digests)))).all()
    known = {official.personal_id_index: official for official in found if official.public_id not in own}
    seen: dict[bytes, str] = {}
    for row, each in enumerate(columns):
        digest = each["personal_id_index"]
        if digest in known:
            raise exists(session, actor, row, known[digest])
        if digest in seen:
            raise OfficialExists(row=row, name=seen[digest], agency="-", official=None)
        if digest is not None:
            seen[digest] = each["full_name"]


def exists(session: Session, actor: Actor, row: int, official: Official) -> OfficialExists:
    """Name the official found; where the actor may not see them, say only that there is one."""
    post = posts_of(session, [official.id], actor.today).get(official.id)
    if post is not None:
        agency = session.scalar(select(Agency).where(Agency.id == post.agency_id, scope(actor, Action.VIEW)))
        if agency is not None:
            return OfficialExists(row=row, name=official.full_name, agency=agency.name, official=official.public_id)
    return OfficialElsewhere(row=row)


def _checked(actor: Actor, row: int, newcomer: Newcomer) -> dict[str, str | None]:
    """Give the values of a newcomer as they are stored, still in clear."""
    try:
        return {field: checked(field, getattr(newcomer, field), actor.today) for field in CHANGEABLE}
    except BadValue as error:
        raise BadValue(row=row, **error.fields) from error


def _columns(session: Session, actor: Actor, values: dict[str, str | None]) -> dict[str, Any]:
    """Give the columns of one official, what is personal sealed."""
    name = parted(values["full_name"] or "", {part: values[part] for part in PARTS})
    keys, public = keys_of(session), public_id()
    sealed = {
        field: keys.seal(value, f"officials.{field}", public) if (value := values[field]) else None for field in SEALED
    }
    personal_id, birth_date = values["personal_id"], values["birth_date"]
    return {
        **sealed,
        "public_id": public,
        "full_name": name.full,
        "sex": values["sex"],
        "category": values["category"],
        "staff_number": values["staff_number"],
        "work_phone": values["work_phone"],
        "extension": values["extension"],
        "family": name.family,
        "middle": name.middle,
        "given": name.given,
        "created_at": actor.now,
        "personal_id_index": personal_id_digest(session, personal_id) if personal_id else None,
        "birth_date_index": birth_digest(session, fold(name.full), birth_date) if birth_date else None,
    }


def _insert(session: Session, actor: Actor, columns: list[dict[str, Any]]) -> list[Enlisted]:
    """Insert officials in the order of their IDs, so that two batches at once wait for, and never block, each other.

    A personal ID that another transaction brought meanwhile is refused by name, as one known before.
    """
    ordered = sorted(columns, key=lambda each: each["personal_id_index"] or b"")
    statement = insert_all(Official, ordered).on_conflict_do_nothing(index_elements=["personal_id_index"])
    returned = session.execute(statement.returning(Official.id, Official.public_id))
    inserted = {public: Enlisted(id_, public) for id_, public in returned}
    if len(inserted) < len(columns):
        refuse_known(session, actor, columns)
        raise Stale
    return [inserted[each["public_id"]] for each in columns]

"""Change what the directory says of officials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory import due
from directory.accounts import Account
from directory.appointments import Appointment, posts_of
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, NotFound, Stale
from directory.grants import Action, may
from directory.lifecycle.enlistment import exists
from directory.lifecycle.particulars import checked
from directory.naming import fold, split_name
from directory.officials import SEALED, Official, birth_digest, open_field, personal_id_digest, seal_field


@dataclass(frozen=True)
class Change:
    """New values of some fields of one official; None clears a field. `title` and `rank` are of the primary post."""

    official_id: int
    fields: Mapping[str, object]


def change(session: Session, actor: Actor, changes: Sequence[Change]) -> list[Official]:
    """Change records of officials; values that stay the same change nothing. Errors carry `row`."""
    if not changes:
        return []
    ids = {each.official_id for each in changes}
    rows = session.scalars(select(Official).where(Official.id.in_(ids)).order_by(Official.id).with_for_update())
    officials = {official.id: official for official in rows}
    posts = posts_of(session, ids, actor.today)
    if len(officials) < len(ids) or len(posts) < len(ids):
        raise NotFound
    may(session, actor, Action.APPOINT, *{post.agency_id for post in posts.values()})
    plain = [_checked(actor, row, each) for row, each in enumerate(changes)]
    _refuse_known(session, actor, changes, plain)
    changed: set[int] = set()
    for each, values in zip(changes, plain, strict=True):
        official, post = officials[each.official_id], posts[each.official_id]
        if told := _apply(session, official, post, values):
            subject = f"official:{official.public_id}"
            record(session, actor, "official.changed", subject, post.agency_id, **told)
            changed.add(official.id)
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:  # a personal ID that another transaction gave to somebody meanwhile
        raise Stale from error
    accounts = session.scalars(select(Account.id).where(Account.official_id.in_(changed))) if changed else ()
    due.mark(session, actor, "account", accounts)
    return [officials[each.official_id] for each in changes]


def _checked(actor: Actor, row: int, change_: Change) -> dict[str, str | None]:
    """Give the new values as they are stored, still in clear."""
    try:
        return {field: checked(field, value, actor.today) for field, value in change_.fields.items()}
    except BadValue as error:
        raise BadValue(row=row, **error.fields) from error


def _refuse_known(
    session: Session, actor: Actor, changes: Sequence[Change], plain: Sequence[dict[str, str | None]]
) -> None:
    """Raise `OfficialExists` for a new personal ID that another official has."""
    digests = {
        personal_id_digest(session, personal_id): row
        for row, values in enumerate(plain)
        if (personal_id := values.get("personal_id"))
    }
    known = session.scalars(select(Official).where(Official.personal_id_index.in_(digests))) if digests else ()
    for official in known:
        row = digests[official.personal_id_index or b""]
        if official.id != changes[row].official_id:
            raise exists(session, actor, row, official)


def _apply(session: Session, official: Official, post: Appointment, values: dict[str, str | None]) -> dict[str, object]:
    """Write the values that differ; give what the audit tells, of sealed fields only that they changed."""
    told: dict[str, object] = {}
    for field, new in values.items():
        holder: Official | Appointment = post if field in {"title", "rank"} else official
        old = open_field(session, official, field) if field in SEALED else getattr(holder, field)
        if old == new:
            continue
        if field in SEALED:
            seal_field(session, official, field, new)
            told[field] = "changed"
        else:
            setattr(holder, field, new)
            told[field] = [old, new]
        if field == "personal_id":
            official.personal_id_index = personal_id_digest(session, new) if new else None
    if "full_name" in told:
        name = split_name(official.full_name)
        official.family, official.middle, official.given = name.family, name.middle, name.given
    if {"full_name", "birth_date"} & told.keys():
        born = open_field(session, official, "birth_date")
        official.birth_date_index = birth_digest(session, fold(official.full_name), born) if born else None
    return told

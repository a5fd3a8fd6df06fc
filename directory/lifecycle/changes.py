"""Change what the directory says of officials."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory import due
from directory.accounts import Account
from directory.appointments import Appointment, posts_of
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, ChangedMeanwhile, NotAllowed, NotFound, Stale
from directory.grants import Action, may
from directory.lifecycle.careers import hold_records
from directory.lifecycle.enlistment import exists
from directory.lifecycle.name_parts import PARTS, parted
from directory.lifecycle.particulars import CHANGEABLE, checked
from directory.lifecycle.rollouts import follow_positions
from directory.naming import fold
from directory.officials import SEALED, Official, birth_digest, open_field, personal_id_digest, seal_field

OF_POST = frozenset({"title", "rank"})


@dataclass(frozen=True)
class Change:
    """New values of some fields of one official; None clears a field. `title` and `rank` are of the primary post.

    `seen` has what stood in the fields when somebody opened them (`seen_of`): a field that somebody else has changed
    since is not written over, and one that was left as it was is not written at all.
    """

    official_id: int
    fields: Mapping[str, object]
    seen: Mapping[str, str | None] = field(default_factory=dict)


def change(session: Session, actor: Actor, changes: Sequence[Change]) -> list[Official]:
    """Change records of officials, never the own: that takes a correction. Errors carry `row`."""
    if not changes:
        return []
    ids = {each.official_id for each in changes}
    officials, _ = hold_records(session, ids)
    posts = posts_of(session, ids, actor.today)
    if len(officials) < len(ids) or len(posts) < len(ids):
        raise NotFound
    may(session, actor, Action.APPOINT, *{post.agency_id for post in posts.values()})
    _refuse_own(session, actor, ids)
    plain = [
        _unseen(row, each, _checked(actor, row, each), seen_of(officials[each.official_id], posts[each.official_id]))
        for row, each in enumerate(changes)
    ]
    _refuse_known(session, actor, changes, plain)
    changed: set[int] = set()
    for row, (each, values) in enumerate(zip(changes, plain, strict=True)):
        official, post = officials[each.official_id], posts[each.official_id]
        if told := _apply(session, row, official, post, values):
            subject = f"official:{official.public_id}"
            record(session, actor, "official.changed", subject, post.agency_id, **told)
            changed.add(official.id)
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:  # a personal ID that another transaction gave to somebody meanwhile
        raise Stale from error
    accounts = session.scalars(select(Account.id).where(Account.official_id.in_(changed))).all() if changed else ()
    follow_positions(session, actor, accounts)
    due.mark(session, actor, "account", accounts)
    return [officials[each.official_id] for each in changes]


def _refuse_own(session: Session, actor: Actor, ids: set[int]) -> None:
    """Raise `NotAllowed` if one of these records is the actor's own."""
    mine = select(Account.official_id).where(Account.id == actor.account_id)
    if actor.account_id is not None and session.scalar(mine) in ids:
        raise NotAllowed


def seen_of(official: Official, post: Appointment) -> dict[str, str | None]:
    """Give what stands in the fields of a record; of sealed ones a mark that changes with them and says nothing."""
    plain = {field: getattr(post if field in OF_POST else official, field) for field in CHANGEABLE - set(SEALED)}
    sealed = {field: getattr(official, field) for field in SEALED}
    return plain | {
        field: hashlib.sha256(value).hexdigest()[:16] if value is not None else None for field, value in sealed.items()
    }


def _unseen(
    row: int, change_: Change, values: dict[str, str | None], now: Mapping[str, str | None]
) -> dict[str, str | None]:
    """Give the values that were meant to change; raise `ChangedMeanwhile` if somebody else changed one of them."""
    seen = change_.seen
    meant = {name: new for name, new in values.items() if name not in seen or (new or None) != (seen[name] or None)}
    if meant.keys() & set(PARTS):  # they fit together or not at all
        meant |= {part: values[part] for part in PARTS if part in values}
    theirs = [name for name in meant if name in seen and (seen[name] or None) != (now[name] or None)]
    lost = [name for name in theirs if name in SEALED or (meant[name] or None) != (now[name] or None)]
    if lost:
        raise ChangedMeanwhile(row=row, fields=", ".join(sorted(lost)))
    return meant


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


def _apply(
    session: Session, row: int, official: Official, post: Appointment, values: dict[str, str | None]
) -> dict[str, object]:
    """Write the values that differ; give what the audit tells, of sealed fields only that they changed."""
    told: dict[str, object] = {}
    parts = {part: values[part] for part in PARTS if part in values}
    for name, new in values.items():
        if name in parts:
            continue
        holder: Official | Appointment = post if name in OF_POST else official
        old = open_field(session, official, name) if name in SEALED else getattr(holder, name)
        if old == new:
            continue
        if name in SEALED:
            seal_field(session, official, name, new)
            told[name] = "changed"
        else:
            setattr(holder, name, new)
            told[name] = [old, new]
        if name == "personal_id":
            official.personal_id_index = personal_id_digest(session, new) if new else None
    if "full_name" in told:
        _share_out(row, official, parts)
    elif parts:
        told |= _share_out(row, official, _parts_of(official) | parts)
    if {"full_name", "birth_date"} & told.keys():
        born = open_field(session, official, "birth_date")
        official.birth_date_index = birth_digest(session, fold(official.full_name), born) if born else None
    return told


def _parts_of(official: Official) -> dict[str, str | None]:
    """Give the parts of a name as they are."""
    return {part: getattr(official, part) for part in PARTS}


def _share_out(row: int, official: Official, parts: Mapping[str, str | None]) -> dict[str, object]:
    """Part the name of an official; give what the audit tells if the parts are others than before."""
    before = _parts_of(official)
    try:
        name = parted(official.full_name, parts)
    except BadValue as error:
        raise BadValue(row=row, **error.fields) from error
    official.family, official.middle, official.given = name.family, name.middle, name.given
    after = _parts_of(official)
    return {part: [before[part], after[part]] for part in PARTS if before[part] != after[part]}


def seen_in(session: Session, actor: Actor, official_id: int) -> dict[str, str | None]:
    """Give what stands in the fields of a record that the actor may change, for `Change.seen`."""
    post = posts_of(session, [official_id], actor.today).get(official_id)
    if post is None:
        raise NotFound
    may(session, actor, Action.APPOINT, post.agency_id)
    return seen_of(session.get_one(Official, official_id), post)

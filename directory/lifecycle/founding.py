"""Found agencies, and declare their headcounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.orm import Session

from directory.agencies import KINDS, Agency, AgencyCode, Headcount, normal_code
from directory.audit import record
from directory.base import Actor, public_id
from directory.errors import BadValue, CodeTaken, NotAllowed
from directory.grants import Action, may
from directory.lifecycle.enlistment import refuse_closed
from directory.lifecycle.particulars import plain_text

_MOST_POSTS = 10_000_000


@dataclass(frozen=True)
class Founding:
    """A new agency below another; without `parent_id` a ministry or province at the top."""

    kind: str
    name: str
    parent_id: int | None = None
    code: str | None = None
    short_name: str | None = None
    valid_from: date | None = None


@dataclass(frozen=True)
class Declaration:
    """A declared headcount (biên chế) from a day on, with the decision that fixed it."""

    agency_id: int
    posts: int
    valid_from: date
    decision: str | None = None


def found_agency(session: Session, actor: Actor, foundings: Sequence[Founding]) -> list[Agency]:
    """Found agencies below existing ones. Only the operator's shell founds one at the top."""
    if not foundings:
        return []
    parents = {each.parent_id for each in foundings if each.parent_id is not None}
    if parents:
        may(session, actor, Action.AGENCY, *parents)
        refuse_closed(session, actor, parents)
    if not actor.is_system and any(each.parent_id is None for each in foundings):
        raise NotAllowed
    rows = [_columns(actor, row, each) for row, each in enumerate(foundings)]
    codes = {row["code"] for row in rows} - {None}
    given = set(session.scalars(select(AgencyCode.code).where(AgencyCode.code.in_(codes)))) if codes else set()
    for place, row in enumerate(rows):
        if row["code"] in given:
            raise CodeTaken(row=place, code=row["code"])
    statement = insert_unless(Agency).on_conflict_do_nothing(index_elements=["code"]).returning(Agency)
    founded = {agency.public_id: agency for agency in session.scalars(statement, rows)}
    for place, row in enumerate(rows):
        if row["public_id"] not in founded:
            raise CodeTaken(row=place, code=row["code"])
    agencies = [founded[row["public_id"]] for row in rows]
    for agency in agencies:
        subject = f"agency:{agency.public_id}"
        record(session, actor, "agency.founded", subject, agency.id, name=agency.name, code=agency.code)
    session.flush()
    return agencies


def _columns(actor: Actor, row: int, founding: Founding) -> dict[str, Any]:
    """Give the columns of one agency, checked."""
    name = plain_text("name", founding.name)
    if founding.kind not in KINDS or not name:
        raise BadValue(row=row, field="kind" if name else "name", reason="missing, or not a kind of agency")
    return {
        "public_id": public_id(),
        "parent_id": founding.parent_id,
        "kind": founding.kind,
        "name": name,
        "short_name": plain_text("short_name", founding.short_name or "") or None,
        "code": normal_code(founding.code) if founding.code else None,
        "valid_from": founding.valid_from or actor.today,
    }


def declare_headcount(session: Session, actor: Actor, declarations: Sequence[Declaration]) -> list[Headcount]:
    """Declare headcounts; one that holds already ends on the day on which the new one begins."""
    agencies = {each.agency_id for each in declarations}
    may(session, actor, Action.APPOINT, *agencies)
    refuse_closed(session, actor, agencies)
    standing = list(session.scalars(select(Headcount).where(Headcount.agency_id.in_(agencies)).with_for_update()))
    declared: list[Headcount] = []
    for row, each in enumerate(declarations):
        if not 0 <= each.posts <= _MOST_POSTS:
            raise BadValue(row=row, field="posts", reason="not a number of posts")
        line = [headcount for headcount in standing if headcount.agency_id == each.agency_id]
        headcount = _follow(session, line, each)
        declared.append(headcount)
        standing.append(headcount)
    numbers = dict(session.execute(select(Agency.id, Agency.public_id).where(Agency.id.in_(agencies))).all())
    for headcount in declared:
        subject = f"agency:{numbers[headcount.agency_id]}"
        record(session, actor, "headcount.declared", subject, headcount.agency_id, posts=headcount.posts)
    session.flush()
    return declared


def _follow(session: Session, line: Sequence[Headcount], declaration: Declaration) -> Headcount:
    """Put a declaration in its place among those of the same agency."""
    since = declaration.valid_from
    for headcount in line:
        if headcount.valid_from == since:
            headcount.posts, headcount.decision = declaration.posts, declaration.decision
            return headcount
        if headcount.valid_from < since and (headcount.valid_to is None or headcount.valid_to > since):
            headcount.valid_to = since
            session.flush()  # before the insert, which would overlap with it
    following = min((headcount.valid_from for headcount in line if headcount.valid_from > since), default=None)
    new = Headcount(
        agency_id=declaration.agency_id,
        posts=declaration.posts,
        valid_from=since,
        valid_to=following,
        decision=declaration.decision,
    )
    session.add(new)
    return new

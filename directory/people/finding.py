"""The one statement that finds colleagues, and where its pages end.

Names are looked up by the beginnings of their words (trigrams of `spaced(name_key)`), or walked in their order, as
PostgreSQL finds cheaper; `hits` stops after so many, so that a common name costs no more than a rare one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import VIETNAMESE, Actor, Ltree
from directory.mailboxes import Mailbox
from directory.officials import Official
from directory.people.asked import Asked, meant
from directory.people.seniority import seniority
from directory.people.spelling import is_marked, marked_pattern, spellings, words_of
from directory.people.words import agency_has, literally_has, name_has, title_has

LOOKED_THROUGH = 500
"""Of so many hits at most, those written exactly as typed come first; more stand in the order of names only."""
_NAME = ("given", "family", "middle", "official_id")
_POST = (Appointment.agency_id, Appointment.title, Appointment.rank, Appointment.is_head)
_DELIVERED = ("primary", "alias", "receive_only")


@dataclass(frozen=True)
class Place:
    """Where the page before ended: the columns that the order goes by, of its last line."""

    line: tuple[Any, ...]
    is_common: bool = False
    """There were more hits than are looked through."""


def search_of(actor: Actor, asked: Asked, place: Place | None = None) -> Select[Any]:
    """Give the statement that finds what is asked for, one line more than a page has."""
    page = _in_agency(actor, asked, place) if asked.agency_id else _by_name(actor, asked, place)
    order = [page.c[each] for each in ("path", "level", "tier", *_NAME) if each in page.c]
    is_primary = and_(Address.mailbox_id == Mailbox.id, Address.kind == "primary")
    return (
        select(
            page,
            Official.public_id,
            Official.full_name,
            Official.work_phone,
            Official.extension,
            Agency,
            Address.address,
        )
        .select_from(page)
        .join(Official, Official.id == page.c.official_id)
        .join(Agency, Agency.id == page.c.agency_id)
        .outerjoin(Account, Account.official_id == Official.id)
        .outerjoin(Mailbox, Mailbox.account_id == Account.id)
        .outerjoin(Address, is_primary)
        .order_by(*order)
    )


def agencies_of(actor: Actor, text: str, limit: int) -> Select[Agency]:
    """Give the statement that finds open agencies by words of their names, the higher ones first."""
    words = words_of(text)
    is_open = or_(Agency.valid_to.is_(None), Agency.valid_to > actor.today)
    return (
        select(Agency)
        .where(is_open, agency_has(words), *_marked(Agency.name, words))
        .order_by(func.nlevel(Agency.path), Agency.name, Agency.id)
        .limit(limit)
    )


def place_of(session: Session, actor: Actor, asked: Asked) -> Place | None:
    """Find where the page before ended; a place that is no longer there is `None` with `asked.after` set."""
    mark, _, public_id = (asked.after or "").partition(".")
    name = (Official.given, Official.family, Official.middle, Official.id)
    if not asked.agency_id:
        last = session.execute(select(*name).where(Official.public_id == public_id)).one_or_none()
        tier = {"0": 0, "1": 1, "c": 0}.get(mark)
        return None if last is None or tier is None else Place((tier, *last), is_common=mark == "c")
    row = session.execute(
        select(Agency.path, seniority(), *name)
        .select_from(Official)
        .join(Appointment, Appointment.official_id == Official.id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .where(Official.public_id == public_id, Agency.public_id == mark, held_on(actor.today))
        .order_by(seniority().desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Place(tuple(row))


def _by_name(actor: Actor, asked: Asked, place: Place | None) -> Subquery:
    """Give a page in the order of names, with the main post of each, or the one whose title was asked for."""
    hits = _hits(actor, asked, place)
    name = [hits.c[each] for each in _NAME]
    is_common: ColumnElement[bool] = (
        literal(value=True)
        if place and place.is_common
        else select(func.count()).select_from(hits).scalar_subquery() > LOOKED_THROUGH
    )
    is_exact = literally_has(hits.c.full_name, [spellings(word) for word in meant(asked.text).words])
    tier = case((or_(is_common, is_exact), 0), else_=1)
    page = select(*[column for column in hits.c if column.key != "full_name"], tier.label("tier"))
    page = page.add_columns(is_common.label("is_common"))
    if place and not place.is_common:
        page = page.where(tuple_(tier, *name) > tuple_(*place.line))
    return page.order_by(tier, *name).limit(asked.limit + 1).subquery("page")


def _hits(actor: Actor, asked: Asked, place: Place | None) -> CTE:
    """Give the first of those who are meant, in the order of names; whoever holds no post today is not among them."""
    name = (Official.given, Official.family, Official.middle, Official.id)
    post = _post_of(actor, asked)
    hits = select(*name[:3], Official.id.label("official_id"), Official.full_name, *post.c).join(post, true())
    hits = hits.where(*_meant(asked))
    if asked.title.strip():
        titled = select(Appointment.official_id).where(held_on(actor.today), *_titled(asked))
        hits = hits.where(Official.id.in_(titled))
    if place and place.is_common:
        hits = hits.where(tuple_(*name) > tuple_(*place.line[1:]))
        limit = asked.limit + 1
    else:
        limit = LOOKED_THROUGH + 1
    return hits.order_by(*name).limit(limit).cte("hits").prefix_with("MATERIALIZED")


def _post_of(actor: Actor, asked: Asked) -> LateralFromClause:
    """Give the post of an official that is shown."""
    return (
        select(*_POST)
        .where(Appointment.official_id == Official.id, held_on(actor.today), *_titled(asked))
        .order_by(Appointment.kind != "primary", Appointment.valid_from, Appointment.id)
        .limit(1)
        .correlate(Official)
        .lateral("post")
    )


def _in_agency(actor: Actor, asked: Asked, place: Place | None) -> Subquery:
    """Give a page of an agency and those below it, in the order of the tree and in each by seniority."""
    top = select(Agency.path).where(Agency.id == asked.agency_id).scalar_subquery()
    tree_of = select(Agency.id, Agency.path).where(Agency.path.op("<@")(top))
    if place:
        tree_of = tree_of.where(Agency.path >= cast(place.line[0], Ltree()))
    # OFFSET keeps the order of the tree, so that PostgreSQL sorts the people of one agency at a time and stops early.
    tree = tree_of.order_by(Agency.path).offset(literal_column("0")).subquery("tree")
    keys = (tree.c.path, seniority().label("level"), Official.given, Official.family, Official.middle)
    page = (
        select(*keys, Official.id.label("official_id"), *_POST)
        .select_from(tree)
        .join(Appointment, Appointment.agency_id == tree.c.id)
        .join(Official, Official.id == Appointment.official_id)
        .where(held_on(actor.today), *_meant(asked), *_titled(asked))
    )
    if place:
        path, *rest = place.line
        page = page.where(tuple_(tree.c.path, seniority(), *keys[2:], Official.id) > tuple_(cast(path, Ltree()), *rest))
    order = (tree.c.path, seniority(), *keys[2:], Official.id)
    return page.order_by(*order).limit(asked.limit + 1).subquery("page")


def _meant(asked: Asked) -> list[ColumnElement[bool]]:
    """Give the conditions on officials that the first field asks for."""
    said = meant(asked.text)
    if said.extension:
        return [Official.extension == said.extension]
    if said.phone:
        return [Official.work_phone == said.phone]
    if said.address or said.local:
        is_it = Address.address == said.address if said.address else Address.local == said.local
        owners = (
            select(Account.official_id)
            .join(Mailbox, Mailbox.account_id == Account.id)
            .join(Address, Address.mailbox_id == Mailbox.id)
            .where(is_it, Address.kind.in_(_DELIVERED))
        )
        return [Official.id.in_(owners)]
    words = list(said.words)
    return [name_has(words), *_marked(Official.full_name, words)] if words else []


def _titled(asked: Asked) -> list[ColumnElement[bool]]:
    """Give the conditions on posts that the title asks for."""
    words = words_of(asked.title)
    return [title_has(words), *_marked(Appointment.title, words)] if words else []


def _marked(text: Any, words: list[str]) -> list[ColumnElement[bool]]:  # noqa: ANN401 - a column of some table
    """Give the conditions that words typed with marks stand there with these marks."""
    lower = func.lower(text.collate(VIETNAMESE), type_=Text)
    return [lower.op("~")(marked_pattern(word)) for word in words if is_marked(word)]

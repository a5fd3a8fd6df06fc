"""People: find officials by what is typed, page by page, in the order of given names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, Text, and_, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency, inside
from directory.appointments import Appointment, posts_of
from directory.base import VIETNAMESE, Actor
from directory.grants import Action, scope
from directory.mailboxes import Mailbox
from directory.naming import fold
from directory.officials import Official, personal_id_digest
from directory.people.spelling import is_marked, marked_pattern, word_pattern, words_of

_NUMBER = re.compile(r"^cv[2-9a-hjkmnp-z]{8}$")
_PERSONAL_ID = re.compile(r"^[0-9]{12}$")
_FEW = 5000
_ORDER = (Official.given, Official.family, Official.middle, Official.id)


@dataclass(frozen=True)
class Person:
    """One line of the list of officials."""

    public_id: str
    full_name: str
    title: str
    agency_name: str
    agency_public_id: str | None
    account_number: str | None
    state: str | None
    """Of the account; None while there is no account."""
    address: str | None


@dataclass(frozen=True)
class Page:
    """Some lines; `after` begins the next page, None means that this is the last."""

    people: Sequence[Person]
    after: str | None


def find(  # noqa: PLR0913 - each choice narrows the list
    session: Session,
    actor: Actor,
    text: str = "",
    agency_id: int | None = None,
    after: str | None = None,
    *,
    limit: int = 50,
    state: str | None = None,
) -> Page:
    """Find officials the actor may see: by words of the name, or by address, account number or personal ID.

    Every typed word must begin a word of the name. `agency_id` narrows to a subtree, `state` to accounts in it
    (`none`: without an account); the former, who hold no post any more, are found with state `disabled`.
    """
    posts = _posts_seen(actor, agency_id, former=state == "disabled")
    wanted = select(Official).where(_holds_one_of(session, posts), *_matches(session, text))
    if state is not None:
        account = select(Account.id).where(Account.official_id == Official.id)
        is_in_state = ~exists(account) if state == "none" else exists(account.where(Account.state == state))
        wanted = wanted.where(is_in_state)
    if after is not None:
        last = session.execute(select(*_ORDER).where(Official.public_id == after)).one_or_none()
        wanted = wanted.where(tuple_(*_ORDER) > tuple_(*last) if last is not None else false())
    found = session.scalars(wanted.order_by(*_ORDER).limit(limit + 1)).all()
    shown = found[:limit]
    return Page(_people(session, actor, shown), shown[-1].public_id if len(found) > limit else None)


def is_seen(session: Session, actor: Actor, official_id: int) -> bool:
    """Say whether an official has or had a post where the actor may look."""
    post = _posts_seen(actor, former=True).where(Appointment.official_id == official_id)
    return session.scalar(post.limit(1)) is not None


def _posts_seen(actor: Actor, agency_id: int | None = None, *, former: bool) -> Select[int]:
    """Select the officials of the posts (`former`: also of ended ones) where the actor may look."""
    post = (
        select(Appointment.official_id)
        .join(Agency, Agency.id == Appointment.agency_id)
        .where(scope(actor, Action.VIEW))
    )
    if not former:
        post = post.where(or_(Appointment.valid_to.is_(None), Appointment.valid_to > actor.today))
    if agency_id is not None:
        post = post.where(Agency.id.in_(inside(agency_id)))
    return post


def _holds_one_of(session: Session, posts: Select[int]) -> ColumnElement[bool]:
    """Give the condition that an official holds one of these posts, in the form that is quick for so many.

    Among few posts their holders are gathered first and then put in order. Among many the officials are walked in
    their order until the page is full; that walk would be as long as the directory if only few of them were meant.
    """
    counted = session.scalar(select(func.count()).select_from(posts.limit(_FEW + 1).subquery())) or 0
    if counted <= _FEW:
        gathered = posts.cte("gathered").prefix_with("MATERIALIZED")
        return Official.id.in_(select(gathered.c.official_id))
    return exists(posts.where(Appointment.official_id == Official.id))


def _matches(session: Session, text: str) -> list[ColumnElement[bool]]:
    """Give what the typed text asks for."""
    typed = text.strip()
    if _PERSONAL_ID.match(typed):
        return [Official.personal_id_index == personal_id_digest(session, typed)]
    if _NUMBER.match(typed.lower()):
        return [exists(select(Account.id).where(Account.official_id == Official.id, Account.number == typed.lower()))]
    if "@" in typed:
        owner = (
            select(Address.id)
            .join(Mailbox, Mailbox.id == Address.mailbox_id)
            .join(Account, Account.id == Mailbox.account_id)
            .where(Account.official_id == Official.id, Address.address == typed.lower())
        )
        return [exists(owner)]
    return [_begins(word) for word in words_of(typed)]


def _begins(word: str) -> ColumnElement[bool]:
    """Give the condition that a typed word begins a word of the name; the folded part uses the trigram index."""
    occurs = Official.name_key.contains(fold(word), autoescape=True)
    folded = and_(occurs, Official.name_key.op("~")(word_pattern(word)))
    if not is_marked(word):
        return folded
    name = func.lower(Official.full_name.collate(VIETNAMESE), type_=Text)
    return and_(folded, name.op("~")(marked_pattern(word)))


def _people(session: Session, actor: Actor, officials: Sequence[Official]) -> list[Person]:
    """Give the lines of some officials, in three statements for any number."""
    ids = [official.id for official in officials]
    posts = posts_of(session, ids, actor.today)
    agencies = {
        agency.id: agency
        for agency in session.scalars(select(Agency).where(Agency.id.in_({post.agency_id for post in posts.values()})))
    }
    accounts = {
        official_id: (number, state, address)
        for official_id, number, state, address in session.execute(
            select(Account.official_id, Account.number, Account.state, Address.address)
            .outerjoin(Mailbox, Mailbox.account_id == Account.id)
            .outerjoin(Address, and_(Address.mailbox_id == Mailbox.id, Address.kind == "primary"))
            .where(Account.official_id.in_(ids))
        )
    }
    people: list[Person] = []
    for official in officials:
        post = posts.get(official.id)
        agency = agencies[post.agency_id] if post else None
        number, state, address = accounts.get(official.id, (None, None, None))
        people.append(
            Person(
                public_id=official.public_id,
                full_name=official.full_name,
                title=post.title if post else "",
                agency_name=agency.name if agency else "",
                agency_public_id=agency.public_id if agency else None,
                account_number=number,
                state=state,
                address=address,
            )
        )
    return people

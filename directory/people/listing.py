"""People: find officials by what is typed, page by page, in the order of given names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, and_, exists, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency, inside
from directory.appointments import Appointment, posts_of
from directory.base import VIETNAMESE, Actor
from directory.grants import Action, scope
from directory.mailboxes import Mailbox
from directory.officials import Official, personal_id_digest
from directory.people.asked import as_local
from directory.people.paging import Wanted, page_of
from directory.people.spelling import is_marked, marked_pattern, words_of
from directory.people.words import name_has
from directory.tallies import reach

_NUMBER = re.compile(r"^cv[2-9a-hjkmnp-z]{8}$")
_PERSONAL_ID = re.compile(r"^[0-9]{12}$")


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

    A word by which nobody is called is looked for before the @ of addresses. Every typed word must begin a word of the
    name. `agency_id` narrows to a subtree, `state` to accounts in it (`none`: without an account); the former, who hold
    no post any more, are found with state `disabled`.
    """
    agencies = select(Agency.id).where(scope(actor, Action.VIEW))
    if agency_id is not None:
        agencies = agencies.where(Agency.id.in_(inside(agency_id)))
    is_held = or_(Appointment.valid_to.is_(None), Appointment.valid_to > actor.today)
    matches, is_exact = _matches(session, text)
    wanted = Wanted(
        conditions=lambda official: [*matches(official), *_in_state(official, state)],
        post=[] if state == "disabled" else [is_held],
        agencies=agencies,
        in_reach=reach(session, actor, Action.VIEW, agency_id).officials,
        is_exact=is_exact,
    )
    found = page_of(session, wanted, after, limit + 1)
    if not found and (local := as_local(text)):
        return find(session, actor, local, agency_id, after, limit=limit, state=state)
    shown = found[:limit]
    return Page(_people(session, actor, shown), shown[-1].public_id if len(found) > limit else None)


def is_seen(session: Session, actor: Actor, official_id: int) -> bool:
    """Say whether an official has or had a post where the actor may look."""
    post = select(Appointment.id).join(Agency, Agency.id == Appointment.agency_id)
    seen = post.where(Appointment.official_id == official_id, scope(actor, Action.VIEW))
    return session.scalar(seen.limit(1)) is not None


def _matches(session: Session, text: str) -> tuple[Callable[[Any], list[ColumnElement[bool]]], bool]:
    """Give what the typed text asks of an official, and whether it means one alone."""
    typed = text.strip()
    if _PERSONAL_ID.match(typed):
        digest = personal_id_digest(session, typed)
        return lambda official: [official.personal_id_index == digest], True
    if _NUMBER.match(typed.lower()):
        numbered = select(Account.official_id).where(Account.number == typed.lower())
        return lambda official: [official.id.in_(numbered)], True
    if "@" in typed:
        local, _, domain = typed.lower().partition("@")
        owner = (
            select(Account.official_id)
            .join(Mailbox, Mailbox.account_id == Account.id)
            .join(Address, Address.mailbox_id == Mailbox.id)
            .where(Address.address == typed.lower() if domain else Address.local == local)
        )
        return lambda official: [official.id.in_(owner)], True
    words = words_of(typed)
    return lambda official: [*([name_has(words, official)] if words else []), *_marked(official, words)], False


def _marked(official: Any, words: Sequence[str]) -> list[ColumnElement[bool]]:  # noqa: ANN401 - or an alias of it
    """Give the conditions that words typed with marks begin words of the name with these marks."""
    name = func.lower(official.full_name.collate(VIETNAMESE), type_=Text)
    return [name.op("~")(marked_pattern(word)) for word in words if is_marked(word)]


def _in_state(official: Any, state: str | None) -> list[ColumnElement[bool]]:  # noqa: ANN401 - as above
    """Give the condition that the account of an official is in a state, or that there is none."""
    if state is None:
        return []
    account = select(Account.id).where(Account.official_id == official.id)
    return [~exists(account) if state == "none" else exists(account.where(Account.state == state))]


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

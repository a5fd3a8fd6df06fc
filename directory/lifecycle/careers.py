"""The officials a verb acts on: where they stand, and whether the actor may act on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.appointments import Appointment, posts_of
from directory.base import Actor
from directory.errors import NotAllowed, NotFound
from directory.grants import Action, may, may_touch
from directory.officials import Official


@dataclass(frozen=True)
class Career:
    """An official with the primary post that says whose official it is, and the account, if there is one."""

    official: Official
    post: Appointment
    account: Account | None

    @property
    def subject(self) -> str:
        """Name the official as the audit does."""
        return f"official:{self.official.public_id}"

    def has_left(self, today: date) -> bool:
        """Say whether the official is out of service: the account is closed or, without one, no post goes on."""
        if self.account is not None:
            return self.account.state == "disabled"
        return self.post.valid_to is not None and self.post.valid_to <= today


def hold_records(session: Session, ids: Collection[int]) -> tuple[dict[int, Official], dict[int, Account]]:
    """Lock officials and then their accounts, before it is written of their agency: whoever changes an agency has its
    people's accounts first. Both by official id; those that there are not are missing.
    """
    rows = session.scalars(
        select(Official)
        .where(Official.id.in_(ids))
        .order_by(Official.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    officials = {official.id: official for official in rows}
    accounts = {
        account.official_id: account
        for account in session.scalars(
            select(Account)
            .where(Account.official_id.in_(ids))
            .order_by(Account.id)
            .with_for_update(key_share=True)  # as in `reach`
            .execution_options(populate_existing=True)
        )
    }
    return officials, accounts


def careers_of(session: Session, actor: Actor, official_ids: Collection[int]) -> dict[int, Career]:
    """Find and lock officials and their accounts, by official id; raise `NotFound` for one that there is not.

    They are those of the actor's agencies, and neither the actor nor an equal or superior; else `NotAllowed`.
    """
    ids = sorted(set(official_ids))
    officials, accounts = hold_records(session, ids)
    posts = posts_of(session, ids, actor.today)
    if len(officials) < len(ids) or len(posts) < len(ids):
        raise NotFound
    may(session, actor, Action.APPOINT, *{post.agency_id for post in posts.values()})
    touched = {account.id for account in accounts.values()}
    may_touch(session, actor, touched)
    if actor.account_id in touched:
        raise NotAllowed
    return {id_: Career(officials[id_], posts[id_], accounts.get(id_)) for id_ in ids}

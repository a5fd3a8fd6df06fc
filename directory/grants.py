"""Grants: a role over an agency's subtree, and the one question every verb asks first, `may`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Select, case, func, or_, select
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship
from sqlalchemy.sql import ColumnElement, literal_column

from directory.accounts import Account, active_on
from directory.agencies import Agency
from directory.base import Actor, Base, Numbered
from directory.errors import NotAllowed


class Action(StrEnum):
    """What a verb does, as far as rights are concerned."""

    VIEW = "view"
    APPOINT = "appoint"
    REVEAL = "reveal"
    SUSPEND = "suspend"
    CREDENTIAL = "credential"
    IMPORT = "import"
    TOKEN = "token"  # noqa: S105 - the name of an action
    ROLE_MAILBOX = "role_mailbox"
    MAILING_LIST = "mailing_list"
    ADOPTION = "adoption"
    AUDIT = "audit"
    PROVISIONING = "provisioning"
    AGENCY = "agency"
    GRANT = "grant"


ROLES: dict[str, frozenset[Action]] = {
    "operator": frozenset(Action),
    "agency_it": frozenset(Action) - {Action.AGENCY, Action.GRANT, Action.AUDIT},
    "hr": frozenset({Action.VIEW, Action.APPOINT, Action.REVEAL, Action.IMPORT, Action.ADOPTION}),
    "head": frozenset({Action.VIEW, Action.ADOPTION}),
    "auditor": frozenset({Action.VIEW, Action.ADOPTION, Action.AUDIT}),
}
RANK = {"operator": 3, "agency_it": 2, "hr": 1, "auditor": 1, "head": 1}
"""Nobody suspends, resets or hands slips to someone of the same or a higher rank over the same agencies."""


class Grant(Numbered, Base):
    """A role that an account has over an agency and everything below it, from a day to a day; on a day it has it once.

    One that is withdrawn before it began ends before it begins.
    """

    __tablename__ = "grants"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[str]
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    account: Mapped[Account] = relationship()
    agency: Mapped[Agency] = relationship()

    __table_args__ = (
        CheckConstraint(f"role IN {tuple(ROLES)}", name="role"),
        ExcludeConstraint(
            (literal_column("account_id"), "="),
            (literal_column("role"), "="),
            (literal_column("agency_id"), "="),
            (func.daterange(literal_column("valid_from"), literal_column("valid_to")), "&&"),
            name="grants_once",
            using="gist",
            where=literal_column("valid_to IS NULL OR valid_to > valid_from"),
        ),
    )


def in_force(day: date) -> ColumnElement[bool]:
    """Give the condition that a grant is in force on a day."""
    return (Grant.valid_from <= day) & or_(Grant.valid_to.is_(None), Grant.valid_to > day)


def roots_for(actor: Actor, action: Action) -> Select[str]:
    """Select the paths of the agencies under which the actor may do this."""
    roles = [role for role, actions in ROLES.items() if action in actions]
    if actor.is_system:
        return select(Agency.path).where(Agency.parent_id.is_(None))
    paths = (
        select(Agency.path)
        .join(Grant, Grant.agency_id == Agency.id)
        .join(Account, Account.id == Grant.account_id)
        .where(Grant.account_id == actor.account_id, Grant.role.in_(roles), in_force(actor.today))
        .where(active_on(actor.today))
    )
    if actor.within is None:
        return paths
    # A token reaches only its agency's subtree, and only as far as its maker still does.
    top = aliased(Agency)
    return select(top.path).where(top.id == actor.within, top.path.op("<@")(_any_of(paths)))


def _any_of(paths: Select[str]) -> ColumnElement[object]:
    """Give `ANY (ARRAY(SELECT …))`: below any of these paths, with the index on paths still usable."""
    return func.any(func.array(paths.scalar_subquery()))


def scope(actor: Actor, action: Action) -> ColumnElement[bool]:
    """Give the condition on `Agency` rows that the actor may do this there."""
    if actor.is_system:
        return Agency.id.is_not(None)
    return Agency.path.op("<@")(_any_of(roots_for(actor, action)))


def can(session: Session, actor: Actor, action: Action, agency_id: int) -> bool:
    """Say whether the actor may do this at this agency."""
    return session.scalar(select(Agency.id).where(Agency.id == agency_id, scope(actor, action))) is not None


def may(session: Session, actor: Actor, action: Action, *agency_ids: int) -> None:
    """Raise `NotAllowed` unless the actor may do this at every one of these agencies."""
    wanted = set(agency_ids)
    found = set(session.scalars(select(Agency.id).where(Agency.id.in_(wanted), scope(actor, action))))
    if not wanted or found != wanted:
        raise NotAllowed


def is_below(actor: Actor) -> ColumnElement[bool]:
    """Give the condition on `Account` rows that each of their roles is below one the actor has over that agency."""
    if actor.is_system:
        return Account.id.is_not(None)
    theirs, mine = aliased(Grant), aliased(Grant)
    their_agency, my_agency = aliased(Agency), aliased(Agency)
    below_mine = (
        select(mine.id)
        .join(my_agency, my_agency.id == mine.agency_id)
        .where(mine.account_id == actor.account_id, mine.valid_from <= actor.today)
        .where(or_(mine.valid_to.is_(None), mine.valid_to > actor.today))
        .where(my_agency.path.op("@>")(their_agency.path))
        .where(case(RANK, value=mine.role) > case(RANK, value=theirs.role))
        .correlate(theirs, their_agency)
        .exists()
    )
    # A role that begins tomorrow counts today: otherwise its holder could be taken over the night before.
    return ~(
        select(theirs.id)
        .join(their_agency, their_agency.id == theirs.agency_id)
        .where(theirs.account_id == Account.id, or_(theirs.valid_to.is_(None), theirs.valid_to > actor.today))
        .where(~below_mine)
        .correlate(Account)
        .exists()
    )


def may_touch(session: Session, actor: Actor, account_ids: Iterable[int]) -> None:
    """Raise `NotAllowed` if one of these accounts has a role that is not below one the actor has over that agency.

    `may` asks about agencies, this about persons: nobody suspends, resets or hands a slip to an equal or superior.
    """
    wanted = list(account_ids)
    if session.scalar(select(Account.id).where(Account.id.in_(wanted), ~is_below(actor)).limit(1)) is not None:
        raise NotAllowed

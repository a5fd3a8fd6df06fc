"""What an official has that a decision can end, move or keep: read before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, posts_of
from directory.base import Actor
from directory.credentials.sessions import is_open
from directory.credentials.tables import ApiToken, AppPassword, SignInSession
from directory.domains import Domain
from directory.errors import NotFound
from directory.grants import Action, Grant, may
from directory.lifecycle.quarantine import HELD
from directory.mailboxes import Holding, Mailbox
from directory.officials import Official
from directory.policies import effective_values

POLICIES = ("keep_address", "alias_days", "quarantine_days", "mailbox_kept_months", "forward_on_leaving")


@dataclass(frozen=True)
class Stake:
    """What an official has that a decision can end, move or keep."""

    official: Official
    post: Appointment
    account: Account | None
    policies: dict[str, Any]
    addresses: tuple[str, ...] = ()
    back: str | None = None
    """The address that the quarantine keeps for whoever comes back."""
    has_kept_mail: bool = False
    """What was in the mailbox when they left is still there."""
    sessions: int = 0
    app_passwords: int = 0
    api_tokens: int = 0
    roles: tuple[tuple[str, str], ...] = ()
    """A role and the agency it is over."""
    holds: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    """Agencies of the posts held or to come."""
    plans: tuple[tuple[str, date], ...] = ()
    """Agencies of the primary posts to come, with the day on which each begins."""
    new_address: bool | None = None
    """Whether the primary address changes; None: as the policy says."""


def stake_of(session: Session, actor: Actor, official_id: int, action: Action) -> Stake:
    """Read what an official has, in a fixed number of statements."""
    official = session.get(Official, official_id)
    post = posts_of(session, [official_id], actor.today).get(official_id)
    if official is None or post is None:
        raise NotFound
    may(session, actor, action, post.agency_id)
    agency = session.get_one(Agency, post.agency_id)
    account = session.scalar(select(Account).where(Account.official_id == official_id))
    policies = dict(effective_values(session, [agency], POLICIES)[agency.id])
    posts, plans = _posts(session, actor, official_id)
    if account is None:
        return Stake(official, post, None, policies, posts=posts, plans=plans)
    addresses = _addresses(session, account)
    return Stake(
        official,
        post,
        account,
        policies,
        addresses=tuple(address for address, kind, _, _ in addresses if kind in HELD),
        back=next(
            (address for address, kind, was, state in addresses if state == "active" and _is_back(kind, was)), None
        ),
        has_kept_mail=session.scalar(select(Mailbox.keeping_ended_at.is_(None)).where(Mailbox.account_id == account.id))
        is True,
        sessions=_count(session, SignInSession, account, is_open(actor)),
        app_passwords=_count(session, AppPassword, account, _is_valid(AppPassword, actor)),
        api_tokens=_count(session, ApiToken, account, _is_valid(ApiToken, actor)),
        roles=_roles(session, actor, account),
        holds=_holds(session, actor, account),
        posts=posts,
        plans=plans,
    )


def _posts(session: Session, actor: Actor, official_id: int) -> tuple[tuple[str, ...], tuple[tuple[str, date], ...]]:
    """Give the agencies of the posts that have not ended, and of the primary ones to come with the day of each."""
    running = or_(Appointment.valid_to.is_(None), Appointment.valid_to > actor.today)
    held = session.execute(
        select(Agency.name, Appointment.kind, Appointment.valid_from)
        .join(Appointment, Appointment.agency_id == Agency.id)
        .where(Appointment.official_id == official_id, running)
        .order_by(Appointment.valid_from)
    ).all()
    plans = tuple((name, since) for name, kind, since in held if kind == "primary" and since > actor.today)
    return tuple(name for name, _, _ in held), plans


def _is_valid(secret: type[AppPassword | ApiToken], actor: Actor) -> ColumnElement[bool]:
    """Say of an app password or a token that it was neither revoked nor has expired."""
    return secret.revoked_at.is_(None) & (secret.expires_at > actor.now)


def _addresses(session: Session, account: Account) -> Sequence[Row[str, str, str | None, str]]:
    """Give the addresses of an account with their kinds, of now and before, and the states of their domains."""
    return session.execute(
        select(Address.address, Address.kind, Address.kind_before, Domain.state)
        .join(Mailbox, Mailbox.id == Address.mailbox_id)
        .join(Domain, Domain.id == Address.domain_id)
        .where(Mailbox.account_id == account.id)
        .order_by((Address.kind == "primary").desc(), Address.id.desc())
    ).all()


def _is_back(kind: str, was: str | None) -> bool:
    """Say whether an address is the primary one of somebody who comes back."""
    return kind == "primary" or (kind == "quarantined" and was == "primary")


def _count(
    session: Session,
    table: type[SignInSession | AppPassword | ApiToken],
    account: Account,
    where: ColumnElement[bool],
) -> int:
    """Count what is live of an account in a table."""
    return session.scalars(select(func.count(table.id)).where(table.account_id == account.id, where)).one()


def _roles(session: Session, actor: Actor, account: Account) -> tuple[tuple[str, str], ...]:
    """Give the roles of today and of later with their agencies."""
    rows = session.execute(
        select(Grant.role, Agency.name)
        .join(Agency, Agency.id == Grant.agency_id)
        .where(Grant.account_id == account.id, or_(Grant.valid_to.is_(None), Grant.valid_to > actor.today))
        .order_by(Agency.path, Grant.role)
    )
    return tuple((role, name) for role, name in rows)


def _holds(session: Session, actor: Actor, account: Account) -> tuple[str, ...]:
    """Give the names of the role mailboxes held today or later."""
    running = or_(Holding.valid_to.is_(None), Holding.valid_to > actor.today)
    held = select(Holding.mailbox_id).where(Holding.account_id == account.id, running)
    return tuple(session.scalars(select(Mailbox.name).where(Mailbox.id.in_(held)).order_by(Mailbox.name, Mailbox.id)))

"""The record of one official: posts, account, mailbox, addresses, roles, and the role mailboxes held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, posts_of
from directory.base import Actor
from directory.domains import Domain
from directory.due import Due
from directory.errors import NotFound
from directory.grants import Grant
from directory.mailboxes import Holding, Mailbox, held_on
from directory.officials import Official, official_by_public_id
from directory.people.listing import is_seen


@dataclass(frozen=True)
class Post:
    """A post held, to come, or left."""

    appointment_id: int
    agency_name: str
    agency_public_id: str
    kind: str
    title: str
    rank: str | None
    valid_from: date
    valid_to: date | None

    @property
    def last_day(self) -> date | None:
        """The last day on which the post is or was held, as people write it; None for one called off too."""
        return self.valid_to - timedelta(days=1) if self.valid_to and self.valid_to > self.valid_from else None


@dataclass(frozen=True)
class OneAddress:
    """An address of the mailbox."""

    address: str
    kind: str
    valid_until: date | None
    """Its last day, or that of its domain if that comes first."""


@dataclass(frozen=True)
class Role:
    """A role over an agency; `grant_id` is for withdrawing it."""

    grant_id: int
    role: str
    agency_name: str
    agency_public_id: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Held:
    """A role mailbox that the official holds."""

    public_id: str
    name: str
    address: str | None
    valid_from: date


@dataclass(frozen=True)
class Record:
    """What the directory says of one official. Of sealed fields only whether they are known."""

    official_id: int
    public_id: str
    full_name: str
    sex: str | None
    category: str
    staff_number: str | None
    work_phone: str | None
    extension: str | None
    has_personal_id: bool
    has_birth_date: bool
    has_phone: bool
    has_personal_mail: bool
    title: str
    rank: str | None
    agency_id: int
    """Of the primary post, today's or the last; with the two names beside it."""
    agency_name: str
    agency_public_id: str
    posts: Sequence[Post]
    leaves_on: date | None = None
    """The first day out of service, while that is still to come."""
    has_left: bool = False
    merged_into: str | None = None
    """The public id of the record that goes on in place of this one."""
    account_id: int | None = None
    account_number: str | None = None
    state: str | None = None
    activated_at: datetime | None = None
    mailbox_id: int | None = None
    mailbox_state: str | None = None
    quota_bytes: int | None = None
    kept_until: date | None = None
    keeping_ended_at: datetime | None = None
    forward_to: str | None = None
    address: str | None = None
    addresses: Sequence[OneAddress] = ()
    roles: Sequence[Role] = ()
    holds: Sequence[Held] = ()
    waits_since: datetime | None = None
    """Since when the entry waits to be made real; None when it shows the latest revision."""


def record_of(session: Session, actor: Actor, public_id: str) -> Record:
    """Give the record of an official whom the actor may see, or one's own; else `NotFound`."""
    official = official_by_public_id(session, public_id)
    account = session.scalar(select(Account).where(Account.official_id == official.id))
    is_own = account is not None and account.id == actor.account_id
    post = posts_of(session, [official.id], actor.today).get(official.id)
    if post is None or not (is_own or is_seen(session, actor, official.id)):
        raise NotFound
    agency = session.get_one(Agency, post.agency_id)
    return Record(
        official_id=official.id,
        public_id=official.public_id,
        full_name=official.full_name,
        sex=official.sex,
        category=official.category,
        staff_number=official.staff_number,
        work_phone=official.work_phone,
        extension=official.extension,
        has_personal_id=official.personal_id is not None,
        has_birth_date=official.birth_date is not None,
        has_phone=official.phone is not None,
        has_personal_mail=official.personal_mail is not None,
        title=post.title,
        rank=post.rank,
        agency_id=agency.id,
        agency_name=agency.name,
        agency_public_id=agency.public_id,
        posts=_posts(session, official),
        leaves_on=official.leaves_on,
        merged_into=session.scalar(select(Official.public_id).where(Official.id == official.merged_into_id)),
        has_left=account.state == "disabled" if account else post.valid_to is not None and post.valid_to <= actor.today,
        **(_possessions(session, actor, account) if account else {}),
    )


def _possessions(session: Session, actor: Actor, account: Account) -> dict[str, Any]:
    """Give what comes with an account: its mailbox and addresses, its roles, the mailboxes it holds."""
    mailbox = session.scalars(select(Mailbox).where(Mailbox.account_id == account.id)).one()
    addresses = _addresses(session, mailbox)
    return {
        "account_id": account.id,
        "account_number": account.number,
        "state": account.state,
        "activated_at": account.activated_at,
        "mailbox_id": mailbox.id,
        "mailbox_state": mailbox.state,
        "quota_bytes": mailbox.quota_bytes,
        "kept_until": mailbox.kept_until,
        "keeping_ended_at": mailbox.keeping_ended_at,
        "forward_to": mailbox.forward_to,
        "address": next((each.address for each in addresses if each.kind == "primary"), None),
        "addresses": addresses,
        "roles": _roles(session, actor, account),
        "holds": _holds(session, actor, account),
        "waits_since": session.scalar(select(Due.since).where(Due.subject == "account", Due.subject_id == account.id)),
    }


def _posts(session: Session, official: Official) -> list[Post]:
    """List all posts, the newest first."""
    rows = session.execute(
        select(Appointment, Agency)
        .join(Agency, Agency.id == Appointment.agency_id)
        .where(Appointment.official_id == official.id)
        .order_by(Appointment.valid_from.desc(), Appointment.id.desc())
    )
    return [
        Post(post.id, agency.name, agency.public_id, post.kind, post.title, post.rank, post.valid_from, post.valid_to)
        for post, agency in rows
    ]


def _addresses(session: Session, mailbox: Mailbox) -> list[OneAddress]:
    """List the addresses of the mailbox, the primary one first."""
    last = case(
        (Address.kind == "quarantined", Address.valid_until),
        else_=func.least(Address.valid_until, Domain.receives_until),
    )
    rows = session.execute(
        select(Address.address, Address.kind, last)
        .join(Domain, Domain.id == Address.domain_id)
        .where(Address.mailbox_id == mailbox.id)
        .order_by((Address.kind == "primary").desc(), Address.address)
    )
    return [OneAddress(*row) for row in rows]


def _roles(session: Session, actor: Actor, account: Account) -> list[Role]:
    """List the roles of today and of later."""
    rows = session.execute(
        select(Grant, Agency)
        .join(Agency, Agency.id == Grant.agency_id)
        .where(Grant.account_id == account.id, or_(Grant.valid_to.is_(None), Grant.valid_to > actor.today))
        .order_by(Agency.path, Grant.role)
    )
    return [
        Role(grant.id, grant.role, agency.name, agency.public_id, grant.valid_from, grant.valid_to)
        for grant, agency in rows
    ]


def _holds(session: Session, actor: Actor, account: Account) -> list[Held]:
    """List the role mailboxes held today."""
    rows = session.execute(
        select(Mailbox, Holding.valid_from, Address.address)
        .join(Holding, Holding.mailbox_id == Mailbox.id)
        .outerjoin(Address, (Address.mailbox_id == Mailbox.id) & (Address.kind == "primary"))
        .where(Holding.account_id == account.id, held_on(actor.today))
        .order_by(Mailbox.name, Mailbox.id)
    )
    return [Held(mailbox.public_id, mailbox.name, address, since) for mailbox, since, address in rows]

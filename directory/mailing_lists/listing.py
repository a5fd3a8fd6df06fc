"""Mailing lists as pages show them: the lists of agencies, one with its members, and who a rule would take in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CTE, Select, and_, false, func, select, tuple_
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency, inside
from directory.appointments import posts_of
from directory.base import Actor
from directory.errors import NotFound
from directory.grants import Action, can, may, scope
from directory.mailboxes import Mailbox
from directory.mailing_lists.membership import Draft, members_of, rule_of, rules_of
from directory.mailing_lists.tables import ListMember, MailingList
from directory.officials import Official

_ORDER = (
    func.coalesce(Official.given, ""),
    func.coalesce(Official.family, ""),
    func.coalesce(Official.middle, ""),
    Mailbox.name,
    Mailbox.id,
)
"""Mailboxes of agencies come first, then people by their given names."""


@dataclass(frozen=True)
class Line:
    """One mailing list in a list of them."""

    list_id: int
    public_id: str
    name: str
    address: str | None
    state: str
    rule: str
    with_units: bool
    titles: Sequence[str]
    senders: str
    agency_id: int
    agency_name: str
    agency_public_id: str


@dataclass(frozen=True)
class Listed:
    """Some lists; `after` begins the next page, None means that this is the last."""

    lists: Sequence[Line]
    after: int | None


@dataclass(frozen=True)
class OneMember:
    """A member, or a mailbox that was taken out by hand."""

    mailbox: str
    """Its public id."""
    name: str
    address: str | None
    official: str | None
    """The public id of the official; None for the mailbox of an agency."""
    by_hand: str | None
    """`added` or `excluded`, if somebody decided so."""


@dataclass(frozen=True)
class Sheet:
    """All about one mailing list."""

    line: Line
    addresses: Sequence[tuple[str, str, date | None]]
    """Each address with its kind and last day, the official one first."""
    created_at: datetime
    count: int
    members: Sequence[OneMember]
    after: str | None
    """Begins the next page of members."""
    excluded: Sequence[OneMember]


@dataclass(frozen=True)
class Preview:
    """Whom a rule would make members: how many, and the first of them."""

    count: int
    members: Sequence[OneMember]


def mailing_lists(
    session: Session, actor: Actor, agency_id: int | None = None, *, after: int | None = None, limit: int = 50
) -> Listed:
    """List the mailing lists of the actor's agencies, open ones and closed ones."""
    wanted = _lines().where(scope(actor, Action.VIEW))
    if agency_id is not None:
        wanted = wanted.where(Agency.id.in_(inside(agency_id)))
    if after is not None:
        wanted = wanted.where(MailingList.id > after)
    rows = session.execute(wanted.order_by(MailingList.id).limit(limit + 1)).all()
    lines = [_line(*row) for row in rows[:limit]]
    return Listed(lines, lines[-1].list_id if len(rows) > limit else None)


def mailing_list(session: Session, actor: Actor, public_id: str, *, after: str | None = None, limit: int = 50) -> Sheet:
    """Give all about one list that the actor may see, with a page of its members; else `NotFound`."""
    wanted = _lines().add_columns(MailingList.created_at)
    found = session.execute(wanted.where(MailingList.public_id == public_id, scope(actor, Action.VIEW))).one_or_none()
    if found is None:
        raise NotFound
    line, created_at = _line(found[0], found[1], found[2]), found[3]
    members = members_of(rules_of([line.list_id]), actor.today)
    shown = members_shown(session, members, line.list_id, after=after, limit=limit + 1)
    return Sheet(
        line=line,
        addresses=_addresses(session, line.list_id),
        created_at=created_at,
        count=session.scalar(select(func.count()).select_from(members)) or 0,
        members=shown[:limit],
        after=shown[limit - 1].mailbox if len(shown) > limit else None,
        excluded=_excluded(session, line.list_id),
    )


def preview(session: Session, actor: Actor, draft: Draft, limit: int = 10) -> Preview:
    """Show whom a rule would take in today, before it is saved."""
    may(session, actor, Action.MAILING_LIST, draft.agency_id)
    members = members_of(rule_of(draft), actor.today)
    count = session.scalar(select(func.count()).select_from(members)) or 0
    return Preview(count, members_shown(session, members, draft.list_id, limit=limit))


def members_shown(
    session: Session, members: CTE, list_id: int, *, after: str | None = None, limit: int = 50
) -> list[OneMember]:
    """Give some members with their names, in the order of given names."""
    wanted = (
        select(Mailbox.public_id, Mailbox.name, Official.full_name, members.c.address, Official.public_id)
        .add_columns(ListMember.kind)
        .select_from(members)
        .join(Mailbox, Mailbox.id == members.c.mailbox_id)
        .outerjoin(Account, Account.id == Mailbox.account_id)
        .outerjoin(Official, Official.id == Account.official_id)
        .outerjoin(ListMember, and_(ListMember.mailbox_id == Mailbox.id, ListMember.list_id == list_id))
    )
    if after is not None:
        place = select(*_ORDER).select_from(Mailbox).where(Mailbox.public_id == after)
        place = place.outerjoin(Account, Account.id == Mailbox.account_id)
        last = session.execute(place.outerjoin(Official, Official.id == Account.official_id)).one_or_none()
        wanted = wanted.where(tuple_(*_ORDER) > tuple_(*last) if last is not None else false())
    return [
        OneMember(mailbox, full_name or name, address, official, kind)
        for mailbox, name, full_name, address, official, kind in session.execute(wanted.order_by(*_ORDER).limit(limit))
    ]


def mailbox_called(session: Session, actor: Actor, name: str) -> Mailbox | None:
    """Find the mailbox that an address or an account number means; others' people and mailboxes are not found.

    The answer for those is the same as for nobody, so a list is no way to find out who there is.
    """
    typed = name.strip().lower().replace("\0", "")
    wanted = select(Mailbox)
    if "@" in typed:
        wanted = wanted.join(Address, Address.mailbox_id == Mailbox.id)
        wanted = wanted.where(Address.address == typed, Address.kind != "quarantined")
    else:
        wanted = wanted.join(Account, Account.id == Mailbox.account_id).where(Account.number == typed)
    found = session.scalar(wanted)
    if found is None:
        return None
    account = session.get(Account, found.account_id) if found.account_id else None
    post = posts_of(session, [account.official_id], actor.today).get(account.official_id) if account else None
    agency_id = post.agency_id if post else found.agency_id
    return found if agency_id and can(session, actor, Action.MAILING_LIST, agency_id) else None


def _excluded(session: Session, list_id: int) -> list[OneMember]:
    """Give those who were taken out of a list by hand."""
    rows = session.execute(
        select(Mailbox.public_id, func.coalesce(Official.full_name, Mailbox.name), Address.address, Official.public_id)
        .join(ListMember, ListMember.mailbox_id == Mailbox.id)
        .outerjoin(Address, and_(Address.mailbox_id == Mailbox.id, Address.kind == "primary"))
        .outerjoin(Account, Account.id == Mailbox.account_id)
        .outerjoin(Official, Official.id == Account.official_id)
        .where(ListMember.list_id == list_id, ListMember.kind == "excluded")
        .order_by(*_ORDER)
    )
    return [OneMember(mailbox, name, address, official, "excluded") for mailbox, name, address, official in rows]


def _addresses(session: Session, list_id: int) -> list[tuple[str, str, date | None]]:
    """Give the addresses that a list has, and those that it had."""
    rows = session.execute(
        select(Address.address, Address.kind, Address.valid_until)
        .where(Address.mailing_list_id == list_id)
        .order_by((Address.kind == "primary").desc(), Address.address)
    )
    return [(address, kind, until) for address, kind, until in rows]


def _lines() -> Select[MailingList, Agency, str]:
    """Select lists with their agencies and addresses."""
    return (
        select(MailingList, Agency, Address.address)
        .join(Agency, Agency.id == MailingList.agency_id)
        .outerjoin(Address, and_(Address.mailing_list_id == MailingList.id, Address.kind == "primary"))
    )


def _line(found: MailingList, agency: Agency, address: str | None) -> Line:
    """Put together what is shown of a list."""
    return Line(
        list_id=found.id,
        public_id=found.public_id,
        name=found.name,
        address=address,
        state=found.state,
        rule=found.rule,
        with_units=found.with_units,
        titles=found.titles,
        senders=found.senders,
        agency_id=agency.id,
        agency_name=agency.name,
        agency_public_id=agency.public_id,
    )

"""Links decided: which proposed entries become accounts' entries, and which are left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVarTuple

from sqlalchemy import Select, and_, delete, func, or_, select, text
from sqlalchemy.orm import Session

from directory import audit
from directory.accounts import Account, account_by_number
from directory.addresses import Address
from directory.agencies import Agency
from directory.agency_groups import groups_of
from directory.appointments import Appointment, held_on
from directory.base import Actor, any_of
from directory.due import mark
from directory.errors import DirectoryError, NotAllowed, NotFound
from directory.grants import Action, scope
from directory.linking import may_link
from directory.links import Link
from directory.mailboxes import Mailbox
from directory.officials import Official
from provisioning.languages import N_
from provisioning.reconcile.subjects import agency_of_account
from provisioning.reconcile.tables import EntryStatus
from provisioning.reconcile.targets import need_stillness, unheld

Columns = TypeVarTuple("Columns")
PAGE = 50
REASONS = {
    "mark": N_("carries the account's own mark"),
    "personal_id": N_("same personal ID number"),
    "staff_number": N_("same staff number"),
    "address": N_("same address"),
    "name": N_("same name"),
    "agency": N_("same agency"),
    "other_name": N_("but another name"),
    "namesakes": N_("but several here have this name"),
    "points_to_several": N_("but other values mean somebody else"),
    "several_entries": N_("but another entry fits this account too"),
}
"""What speaks for a link and against it, in the order in which it is said."""
CONFIDENCES = {"certain": N_("certain"), "likely": N_("likely"), "unsure": N_("unsure")}


class EntryLinked(DirectoryError):
    """The entry {entry} is linked to another account already, or was chosen for two. Leave one of them out."""


class AccountLinked(DirectoryError):
    """The account {number} is linked to another entry already, or two were chosen for it. Leave one of them out."""


class HasOwnEntry(DirectoryError):
    """The account {number} has an entry of its own on the LDAP server already. Refuse this proposal."""


class NamesTheEntry(DirectoryError):
    """{attribute} is part of the name of the entry {entry}, so it cannot be taken over. Leave it to others."""


@dataclass(frozen=True)
class Line:
    """One entry with the account that it may be of, or is of."""

    ref: str
    entry: str
    shown: Mapping[str, str]
    account: str
    person: str
    name: str
    address: str | None
    agency: str
    confidence: str
    reasons: Sequence[str]
    state: str
    has_changed: bool
    """It was confirmed in another version than the one that was seen last."""


def count(session: Session, actor: Actor) -> dict[tuple[str, str], int]:
    """Count the links of the accounts that somebody looks after, by state and confidence."""
    may_link(session, actor)
    mine = _mine(select(Link.state, Link.confidence, func.count()), actor).group_by(Link.state, Link.confidence)
    return {(state, confidence): number for state, confidence, number in session.execute(mine)}


def waiting(session: Session, actor: Actor) -> int:
    """Count what somebody may decide on: nothing for whoever may not."""
    try:
        may_link(session, actor)
    except NotAllowed:
        return 0
    mine = _mine(select(func.count(Link.id)), actor)
    return session.scalar(mine.where(or_(Link.state == "proposed", _CHANGED))) or 0


def links(
    session: Session,
    actor: Actor,
    states: Sequence[str] = ("proposed",),
    confidence: str | None = None,
    limit: int | None = PAGE,
) -> list[Line]:
    """List links, and what waits to be confirmed anew: first those that are doubted most, each account's together."""
    may_link(session, actor)
    query = (
        _named(actor)
        .where(or_(Link.state.in_(states), _CHANGED))
        .order_by(Link.confidence.desc(), Official.full_name, Link.path)
    )
    if confidence is not None:
        query = query.where(Link.confidence == confidence)
    return [
        Line(
            ref=link.public_id,
            entry=link.path,
            shown=link.shown,
            account=number,
            person=person,
            name=name,
            address=address,
            agency=agency,
            confidence=link.confidence,
            reasons=link.reasons,
            state=link.state,
            has_changed=link.state == "confirmed" and link.csn != link.confirmed_csn,
        )
        for link, number, person, name, address, agency in session.execute(query.limit(limit))
    ]


def targets_moving(session: Session, actor: Actor) -> list[str]:
    """Give the targets of proposals that are being written to: until their maintenance nothing is confirmed there."""
    may_link(session, actor)
    proposed = _mine(select(Link.target).distinct(), actor).where(Link.state == "proposed")
    return sorted(unheld(session, session.scalars(proposed).all()))


def refs_of(session: Session, actor: Actor, confidence: str) -> list[str]:
    """Give every proposal of a confidence."""
    may_link(session, actor)
    wanted = _mine(select(Link.public_id), actor).where(Link.state == "proposed", Link.confidence == confidence)
    return list(session.scalars(wanted.order_by(Link.id)))


def confirm(session: Session, actor: Actor, refs: Sequence[str], taken: Sequence[str] = ()) -> int:
    """Make entries those of their accounts, in the version that was seen; other proposals for either are forgotten.

    `taken`: attributes that others wrote and the directory keeps from now on.
    """
    may_link(session, actor)
    decide_alone(session)
    chosen = _chosen(session, actor, refs)
    _refuse_doubles(session, chosen)
    for link in chosen:
        if named := [each for each in taken if each.lower() == link.name[0][0].lower()]:
            raise NamesTheEntry(attribute=named[0], entry=link.path)
        link.state, link.confirmed_csn, link.decided_at = "confirmed", link.csn, actor.now
        link.taken = sorted(set(taken))
    session.flush()
    forget_moot(session, [each.path for each in chosen], _accounts(chosen))
    _mark(session, actor, _accounts(chosen))
    tell(session, actor, "account.linked", chosen)
    return len(chosen)


def refuse(session: Session, actor: Actor, refs: Sequence[str]) -> int:
    """Say that entries are not these accounts': they are never proposed for them again."""
    may_link(session, actor)
    for link in (chosen := [each for each in _chosen(session, actor, refs) if each.state == "proposed"]):
        link.state, link.decided_at = "refused", actor.now
    tell(session, actor, "account.link_refused", chosen)
    return len(chosen)


def linked_entry(session: Session, actor: Actor, number: str) -> Link:
    """Give the link of an account, or raise `NotFound`."""
    may_link(session, actor)
    account = account_by_number(session, number)
    link = session.scalar(_mine(select(Link), actor).where(Link.account_id == account.id, Link.state == "confirmed"))
    if link is None:
        raise NotFound
    return link


def undo(session: Session, actor: Actor, number: str) -> None:
    """Give an account an entry of its own in place of the one it was linked to, which is no longer its."""
    link = linked_entry(session, actor, number)
    link.state, link.confirmed_csn, link.decided_at = "refused", None, actor.now
    _mark(session, actor, [link.account_id])
    tell(session, actor, "account.unlinked", [link])


def decide_alone(session: Session) -> None:
    """Let nobody else decide until the transaction ends: two may decide what goes against each other."""
    session.execute(text("LOCK TABLE links IN SHARE ROW EXCLUSIVE MODE"))


def forget_moot(session: Session, paths: Sequence[str], accounts: Sequence[int]) -> None:
    """Forget what else was proposed for entries and accounts that have each other now."""
    moot = or_(any_of(Link.path, paths), any_of(Link.account_id, accounts))
    session.execute(delete(Link).where(Link.state == "proposed", moot))


_CHANGED = and_(Link.state == "confirmed", Link.csn != Link.confirmed_csn)
"""The condition of a link whose entry somebody changed before it was adopted."""


def _chosen(session: Session, actor: Actor, refs: Sequence[str]) -> Sequence[Link]:
    """Find links by the ids that pages and files show; those of accounts that others look after are not found."""
    wanted = sorted(set(refs))
    mine = _mine(select(Link), actor).where(any_of(Link.public_id, wanted), Link.state != "refused")
    found = session.scalars(mine.order_by(Link.id)).all()
    if len(found) < len(wanted):
        raise NotFound
    return found


def _refuse_doubles(session: Session, chosen: Sequence[Link]) -> None:
    """Refuse a second account for an entry, a second entry for an account, and an account that has its own entry."""
    ids = _accounts(chosen)
    others = select(Link).where(Link.state == "confirmed", Link.id.not_in([link.id for link in chosen]))
    beside = session.scalars(
        others.where(or_(any_of(Link.path, [link.path for link in chosen]), any_of(Link.account_id, ids)))
    ).all()
    numbers = dict(session.execute(select(Account.id, Account.number).where(any_of(Account.id, ids))).all())
    entries = {(link.target, link.path): link.account_id for link in beside}
    accounts = {link.account_id for link in beside}
    for link in chosen:
        if (link.target, link.path) in entries:
            raise EntryLinked(entry=link.path)
        if link.account_id in accounts:
            raise AccountLinked(number=numbers[link.account_id])
        entries[link.target, link.path] = link.account_id
        accounts.add(link.account_id)
    fresh = [link.account_id for link in chosen if link.state == "proposed"]
    real = select(EntryStatus.subject_id).where(EntryStatus.subject == "account", EntryStatus.first_ok_at.is_not(None))
    for account_id in session.scalars(real.where(any_of(EntryStatus.subject_id, fresh)).limit(1)):
        raise HasOwnEntry(number=numbers[account_id])
    need_stillness(
        session,
        {link.target for link in chosen if link.state == "proposed"},
        {account_id: numbers[account_id] for account_id in fresh},
    )


def _mark(session: Session, actor: Actor, accounts: Sequence[int]) -> None:
    """Have the entries follow, and the groups in which they are called by their names."""
    mark(session, actor, "account", accounts)
    mark_groups(session, actor, accounts)


def mark_groups(session: Session, actor: Actor, accounts: Sequence[int]) -> None:
    """Have the groups follow in which the entries of accounts are called by their names."""
    posts = select(Appointment.agency_id).join(Account, Account.official_id == Appointment.official_id)
    places = session.scalars(posts.where(any_of(Account.id, accounts), held_on(actor.today)).distinct()).all()
    mark(session, actor, "group", groups_of(session, places))


def _accounts(chosen: Sequence[Link]) -> list[int]:
    return [link.account_id for link in chosen]


def tell(session: Session, actor: Actor, action: str, chosen: Sequence[Link]) -> None:
    """Write into the audit what was decided, at the agencies of the accounts."""
    by_id = {link.account_id: link for link in chosen}
    rows = session.execute(
        select(Account.id, Account.number, agency_of_account(actor.today)).where(any_of(Account.id, list(by_id)))
    )
    told = [
        (f"account:{number}", agency_id, {"entry": by_id[id_].path, "confidence": by_id[id_].confidence})
        for id_, number, agency_id in rows
    ]
    if told:
        audit.record_all(session, actor, action, told)


def _mine(query: Select[*Columns], actor: Actor) -> Select[*Columns]:
    """Narrow a query of links to the accounts of agencies that somebody is the operator of."""
    return (
        query.join(Account, Account.id == Link.account_id)
        .join(Agency, Agency.id == agency_of_account(actor.today))
        .where(scope(actor, Action.AGENCY))
    )


def _named(actor: Actor) -> Select[Link, str, str, str, str, str]:
    """Select links with what tells a person whose accounts they are."""
    primary = (Address.mailbox_id == Mailbox.id) & (Address.kind == "primary")
    told = select(Link, Account.number, Official.public_id, Official.full_name, Address.address, Agency.name)
    return (
        _mine(told, actor)
        .join(Official, Official.id == Account.official_id)
        .outerjoin(Mailbox, Mailbox.account_id == Account.id)
        .outerjoin(Address, primary)
    )

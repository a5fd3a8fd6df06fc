"""Reads what entries should show, for any number of subjects in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from directory import appointments, mailboxes
from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.agency_groups import AgencyGroup, members_of
from directory.appointments import Appointment
from directory.base import Actor, any_of
from directory.credentials.tables import AppPassword
from directory.desired.agencies import AgencyValues, GroupValues, agency_entry, group_entry
from directory.desired.entries import (
    TOMBSTONE,
    AccountValues,
    AddressValues,
    AppPasswordValues,
    DomainValues,
    Entry,
    MailboxValues,
    account_entry,
    domain_entry,
    mailbox_entry,
)
from directory.desired.linked import LinkValues
from directory.desired.mailing_lists import MailingListValues, list_entry
from directory.domains import Domain
from directory.links import Link
from directory.mailboxes import Holding, Mailbox
from directory.mailing_lists import MailingList, addresses_of
from directory.officials import Official

Key = tuple[str, int]
"""Subject and id, as in the table of what is due."""
Columns = tuple[InstrumentedAttribute[Any] | ColumnElement[Any], ...]
"""What is read, in the order in which the values that are made of it have it: by name it takes twice as long."""
DELIVERED = ("primary", "alias", "receive_only")
# Made once: an alias copies each column, which took longer than all else in the making of a query.
_ABOVE = aliased(Agency)


class Wanted(NamedTuple):
    """The entry that a subject should have, and the revision of the book that it shows."""

    revision: int
    entry: Entry


def wanted(session: Session, actor: Actor, keys: Iterable[Key]) -> dict[Key, Wanted]:
    """Give the entry that each subject should have now. A subject that is gone from the book is left out."""
    ids: dict[str, list[int]] = defaultdict(list)
    for subject, subject_id in keys:
        ids[subject].append(subject_id)
    # Each subject's revision is read before what it shows: if the book moves on between two statements, the entry is
    # newer than its revision says and the subject is due again. The other way round a change would be lost.
    found: dict[Key, Wanted] = {}
    for id_, account in _accounts(session, actor, ids["account"]):
        found["account", id_] = Wanted(account.revision, account_entry(account, actor.now, actor.today))
    for id_, mailbox in _mailboxes(session, actor, Mailbox.id, ids["mailbox"]).items():
        found["mailbox", id_] = Wanted(mailbox.revision, mailbox_entry(mailbox, actor.now, actor.today))
    for id_, domain in _domains(session, ids["domain"]).items():
        found["domain", id_] = Wanted(domain.revision, domain_entry(domain, actor.today))
    for id_, mailing_list in _mailing_lists(session, actor, ids["mailing_list"]).items():
        found["mailing_list", id_] = Wanted(mailing_list.revision, list_entry(mailing_list, actor.today))
    for id_, agency in _agencies(session, ids["agency"]).items():
        found["agency", id_] = Wanted(agency.revision, agency_entry(agency, actor.today))
    for id_, group in _groups(session, actor, ids["group"]).items():
        found["group", id_] = Wanted(group.revision, group_entry(group, actor.today))
    return found


def _codes(session: Session, ids: Iterable[int | None]) -> dict[int | None, str | None]:
    """Give, for agencies, the identifier code of each, or of the nearest one above it that has one.

    By itself: within a statement about accounts it would be looked up for each of them, and took half of the time.
    """
    named = {each for each in ids if each is not None}
    if not named:
        return {}
    # A path names them: whoever asks which paths lie above one reads all agencies of the country for each subject.
    path = cast(func.string_to_array(func.ltree2text(Agency.path), "."), ARRAY(BigInteger))
    code = (
        select(_ABOVE.code)
        .where(_ABOVE.id == func.any(path), _ABOVE.code.is_not(None))
        .order_by(func.nlevel(_ABOVE.path).desc())
        .limit(1)
        .scalar_subquery()
    )
    return dict(session.execute(select(Agency.id, code).where(any_of(Agency.id, [*named]))).all())


def _accounts(session: Session, actor: Actor, ids: list[int]) -> Iterator[tuple[int, AccountValues]]:
    """Read accounts with their mailboxes, their officials and the code of the agency of today."""
    if not ids:
        return
    agency = (
        select(Appointment.agency_id)
        .where(Appointment.official_id == Official.id, Appointment.kind == "primary")
        .where(appointments.held_on(actor.today))
        .scalar_subquery()
        .label("agency_id")
    )
    # Columns and not entities: of thousands of subjects at once nothing else is wanted.
    name = (Official.family, Official.middle, Official.given, Official.full_name)
    office = (Official.work_phone, Official.extension)
    shown: Columns = (Account.number, Account.state, *name, Account.revision, agency, *office)
    rows = session.execute(
        select(Account.id, *shown, Link.name, Link.confirmed_csn, Link.taken)
        .join(Official, Official.id == Account.official_id)
        .outerjoin(Link, and_(Link.account_id == Account.id, Link.state == "confirmed"))
        .where(any_of(Account.id, ids))
    ).all()
    personal = _mailboxes(session, actor, Mailbox.account_id, ids)
    codes = _codes(session, [row.agency_id for row in rows])
    for id_, *own, agency_id, phone, extension, link, csn, taken in rows:
        shown_there = (codes.get(agency_id), phone, extension, personal.get(id_), _link(link, csn, taken))
        yield id_, AccountValues._make((*own, *shown_there))


def _link(name: list[list[str]] | None, csn: str | None, taken: list[str] | None) -> LinkValues | None:
    """Give the entry that an account was linked to, if it was."""
    if name is None or csn is None:
        return None
    return LinkValues(tuple((attribute, value) for attribute, value in name), csn, frozenset(taken or ()))


def _mailboxes(
    session: Session, actor: Actor, key: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], ids: list[int]
) -> dict[int, MailboxValues]:
    """Read mailboxes by their own id or by their account's, with addresses and app passwords."""
    if not ids:
        return {}
    forwarding = (Mailbox.forward_to, Mailbox.kept_until)
    shown: Columns = (Mailbox.name, Mailbox.agency_id, Mailbox.revision, *forwarding)
    rows = session.execute(
        select(key, Mailbox.id, Mailbox.public_id, Mailbox.state, Mailbox.quota_bytes, *shown).where(any_of(key, ids))
    ).all()
    boxes = [row.id for row in rows]
    codes = _codes(session, [row.agency_id for row in rows])
    addresses = _addresses(session, Address.mailbox_id, boxes)
    app_passwords = _app_passwords(session, actor, boxes)
    return {
        by: MailboxValues(public_id, state, quota, addresses[id_], app_passwords[id_], name, codes.get(agency), *more)
        for by, id_, public_id, state, quota, name, agency, *more in rows
    }


def _addresses(
    session: Session, owner: InstrumentedAttribute[int | None], ids: list[int], kinds: Sequence[str] = DELIVERED
) -> dict[int, list[AddressValues]]:
    """Read the addresses that mailboxes, or mailing lists, have now."""
    shown: Columns = (Address.address, Address.kind, Address.valid_until)
    rows = session.execute(select(owner, *shown).where(any_of(owner, ids), Address.kind.in_(kinds)))
    found: dict[int, list[AddressValues]] = defaultdict(list)
    for owner_id, address, kind, valid_until in rows:
        found[owner_id].append(AddressValues(address, kind, valid_until))
    return found


def _app_passwords(session: Session, actor: Actor, ids: list[int]) -> dict[int, list[AppPasswordValues]]:
    """Read the app passwords of mailboxes with the right of the persons behind them to use the mailbox today."""
    holding: ColumnElement[bool] = (
        select(Holding.id)
        .where(Holding.mailbox_id == Mailbox.id, Holding.account_id == AppPassword.account_id)
        .where(mailboxes.held_on(actor.today))
        .exists()
    )
    is_holder = or_(Mailbox.account_id == AppPassword.account_id, and_(Mailbox.kind == "role", holding))
    rows = session.execute(
        select(AppPassword, Account.state, func.coalesce(is_holder, False))
        .join(Mailbox, Mailbox.id == AppPassword.mailbox_id)
        .join(Account, Account.id == AppPassword.account_id)
        .where(any_of(AppPassword.mailbox_id, ids))
        .where(or_(AppPassword.revoked_at.is_(None), AppPassword.revoked_at > actor.now - TOMBSTONE))
    )
    found: dict[int, list[AppPasswordValues]] = defaultdict(list)
    for app_password, state, holds in rows:
        found[app_password.mailbox_id].append(
            AppPasswordValues(
                device_id=app_password.public_id,
                lookup_key=app_password.lookup_key,
                hash=app_password.hash,
                scopes=tuple(app_password.scopes),
                expires_at=app_password.expires_at,
                revoked_at=app_password.revoked_at,
                account_state=state,
                is_holder=holds,
            )
        )
    return found


def _domains(session: Session, ids: list[int]) -> dict[int, DomainValues]:
    """Read domains with the code of the agency that owns them."""
    if not ids:
        return {}
    rows = session.scalars(select(Domain).where(any_of(Domain.id, ids))).all()
    codes = _codes(session, [row.agency_id for row in rows])
    return {
        domain.id: DomainValues(
            name=domain.name,
            state=domain.state,
            revision=domain.revision,
            agency_code=codes[domain.agency_id],
            receives_until=domain.receives_until,
        )
        for domain in rows
    }


def _mailing_lists(session: Session, actor: Actor, ids: list[int]) -> dict[int, MailingListValues]:
    """Read mailing lists with their addresses and those of who are members today."""
    if not ids:
        return {}
    rows = session.scalars(select(MailingList).where(any_of(MailingList.id, ids))).all()
    codes = _codes(session, [row.agency_id for row in rows])
    # Of a closed one also those that it had: others may have given its entry another name.
    addresses = _addresses(session, Address.mailing_list_id, ids, (*DELIVERED, "quarantined"))
    members = addresses_of(session, ids, actor.today)
    return {
        found.id: MailingListValues(
            list_id=found.public_id,
            state=found.state,
            revision=found.revision,
            name=found.name,
            senders=found.senders,
            addresses=addresses[found.id],
            members=members[found.id],
            agency_code=codes[found.agency_id],
        )
        for found in rows
    }


def _agencies(session: Session, ids: list[int]) -> dict[int, AgencyValues]:
    """Read agencies with what the ones above them are called in entries."""
    if not ids:
        return {}
    above = aliased(Agency)
    rows = session.execute(
        select(Agency, above.public_id).outerjoin(above, above.id == Agency.parent_id).where(any_of(Agency.id, ids))
    )
    return {
        agency.id: AgencyValues(
            agency_id=agency.public_id,
            kind=agency.kind,
            name=agency.name,
            revision=agency.revision,
            valid_from=agency.valid_from,
            valid_to=agency.valid_to,
            short_name=agency.short_name,
            code=agency.code,
            parent_id=parent_id,
        )
        for agency, parent_id in rows
    }


def _groups(session: Session, actor: Actor, ids: list[int]) -> dict[int, GroupValues]:
    """Read the groups of agencies with those who are in them today."""
    if not ids:
        return {}
    columns = (AgencyGroup.id, AgencyGroup.revision)
    revisions = dict(session.execute(select(*columns).where(any_of(AgencyGroup.id, ids))).all())
    agencies = _agencies(session, list(revisions))
    members = members_of(session, list(revisions), actor.today)
    return {id_: GroupValues(agencies[id_], revisions[id_], members[id_]) for id_ in revisions}

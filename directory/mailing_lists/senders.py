"""Who may send to a list: asked for each message, answered from the book as it is at that moment."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.mailboxes import Mailbox
from directory.mailing_lists.membership import members_of, rules_of
from directory.mailing_lists.tables import MailingList


class Verdict(StrEnum):
    """What may be done with a message to an address."""

    NO_LIST = "no list"
    ALLOWED = "allowed"
    SIGN_IN = "sign in"
    """Nobody signed in, and the list is not open to everybody."""
    AGENCY_ONLY = "agency only"
    MEMBERS_ONLY = "members only"


def verdict(session: Session, actor: Actor, address: str, mailbox: str | None) -> Verdict:
    """Judge a message to an address by the mailbox whose holder signed in to send it (its public id), if anybody."""
    found = session.scalar(
        select(MailingList)
        .join(Address, Address.mailing_list_id == MailingList.id)
        .where(Address.address == address, Address.kind != "quarantined", MailingList.state == "active")
    )
    if found is None:
        return Verdict.NO_LIST
    if found.senders == "anyone":
        return Verdict.ALLOWED
    sender = session.scalar(select(Mailbox).where(Mailbox.public_id == mailbox, Mailbox.state == "active"))
    if sender is None:
        return Verdict.SIGN_IN
    if found.senders == "inside":
        return Verdict.ALLOWED
    if found.senders == "agency":
        return Verdict.ALLOWED if _works_there(session, actor, found, sender) else Verdict.AGENCY_ONLY
    members = members_of(rules_of([found.id]), actor.today, only=sender.id)
    return Verdict.MEMBERS_ONLY if session.scalar(select(members.c.mailbox_id)) is None else Verdict.ALLOWED


def _works_there(session: Session, actor: Actor, mailing_list: MailingList, sender: Mailbox) -> bool:
    """Say whether a mailbox is of the list's agency or one below: by a post held today, or as a role mailbox."""
    own, place = aliased(Agency), aliased(Agency)
    post = (
        select(Appointment.id)
        .join(Account, Account.official_id == Appointment.official_id)
        .where(Account.id == sender.account_id, Appointment.agency_id == place.id, held_on(actor.today))
    )
    there = (
        select(place.id)
        .join(own, place.path.op("<@")(own.path))
        .where(own.id == mailing_list.agency_id, or_(place.id == sender.agency_id, exists(post.correlate(place))))
    )
    return session.scalar(there.limit(1)) is not None

"""Who has addresses: people's mailboxes, role mailboxes and mailing lists, each with its agency, found and locked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from directory.addresses import Address
from directory.appointments import posts_of
from directory.base import Actor
from directory.due import Subject
from directory.errors import MailboxClosed, NotFound, WrongState
from directory.grants import Action, may
from directory.mailboxes import Mailbox
from directory.mailing_lists.tables import MailingList

ACTIONS = {"personal": Action.APPOINT, "role": Action.ROLE_MAILBOX, "list": Action.MAILING_LIST}
Key = tuple[int, bool]
"""An id, and whether it is that of a mailing list."""


@dataclass(frozen=True)
class AddressOwner:
    """A mailbox or a mailing list."""

    id: int
    kind: str
    """`personal`, `role` or `list`."""
    agency_id: int
    """Its own, or that of its official's post."""
    target: str
    subject: str
    """What the audit calls it."""
    due: tuple[Subject, int]
    """What is due when its addresses change."""

    @property
    def key(self) -> Key:
        """Give what it is found by."""
        return self.id, self.kind == "list"

    @property
    def columns(self) -> dict[str, int | None]:
        """Give the columns by which an address is its own."""
        mailbox_id, list_id = (None, self.id) if self.kind == "list" else (self.id, None)
        return {"mailbox_id": mailbox_id, "mailing_list_id": list_id}


def is_of(keys: Collection[Key]) -> ColumnElement[bool]:
    """Give the condition on `Address` rows that one of these mailboxes and mailing lists has it."""
    return or_(
        Address.mailbox_id.in_([id_ for id_, is_list in keys if not is_list]),
        Address.mailing_list_id.in_([id_ for id_, is_list in keys if is_list]),
    )


def lock_owners(session: Session, actor: Actor, keys: Collection[Key]) -> dict[Key, AddressOwner]:
    """Find and lock what the actor may give addresses to; what is closed is refused."""
    mailboxes = _mailboxes(session, [id_ for id_, is_list in keys if not is_list])
    lists = _lists(session, [id_ for id_, is_list in keys if is_list])
    owners = {each.key: each for each in (*_of_mailboxes(session, actor, mailboxes), *map(_of_list, lists))}
    if len(owners) < len(set(keys)):
        raise NotFound
    for kind, action in ACTIONS.items():
        if agencies := {each.agency_id for each in owners.values() if each.kind == kind}:
            may(session, actor, action, *agencies)
    if shut := next((each for each in mailboxes if each.state == "disabled"), None):
        raise MailboxClosed(name=shut.name or shut.public_id)
    if closed := next((each for each in lists if each.state != "active"), None):
        raise WrongState(subject=closed.name, state="closed")
    return owners


def _mailboxes(session: Session, ids: Collection[int]) -> list[Mailbox]:
    """Lock mailboxes: one that is being closed meanwhile is seen closed."""
    wanted = select(Mailbox).where(Mailbox.id.in_(ids)).order_by(Mailbox.id).with_for_update(of=Mailbox)
    wanted = wanted.options(joinedload(Mailbox.account)).execution_options(populate_existing=True)
    return list(session.scalars(wanted)) if ids else []


def _lists(session: Session, ids: Collection[int]) -> list[MailingList]:
    """Lock mailing lists in the same way."""
    wanted = select(MailingList).where(MailingList.id.in_(ids)).order_by(MailingList.id).with_for_update()
    return list(session.scalars(wanted.execution_options(populate_existing=True))) if ids else []


def _of_mailboxes(session: Session, actor: Actor, mailboxes: Collection[Mailbox]) -> list[AddressOwner]:
    """Give mailboxes as owners; one whose official has no post has no agency, and is left out."""
    posts = posts_of(session, [each.account.official_id for each in mailboxes if each.account], actor.today)
    found: list[AddressOwner] = []
    for each in mailboxes:
        account, agency_id = each.account, each.agency_id
        subject = f"mailbox:{each.public_id}"
        due: tuple[Subject, int] = ("mailbox", each.id)
        if account is not None:
            post = posts.get(account.official_id)
            agency_id = post.agency_id if post else None
            subject, due = f"account:{account.number}", ("account", account.id)
        if agency_id is not None:
            found.append(AddressOwner(each.id, each.kind, agency_id, each.target, subject, due))
    return found


def _of_list(each: MailingList) -> AddressOwner:
    """Give a mailing list as an owner."""
    subject = f"mailing_list:{each.public_id}"
    return AddressOwner(each.id, "list", each.agency_id, each.target, subject, ("mailing_list", each.id))

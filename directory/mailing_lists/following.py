"""Lists, groups and agencies follow what happens in the book, whoever brought it about: one function for all verbs."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from directory import due
from directory.agencies import Agency
from directory.agency_groups import groups_of
from directory.base import Actor
from directory.due import Due
from directory.mailing_lists.tables import ListMember, MailingList, MembershipChange

MOST = 10_000
"""Changes read at once."""
MANY = 100
"""Accounts that wait: so many become due by a list or a policy, and not by what people do one by one."""
PATIENCE = timedelta(minutes=1)
"""No change waits longer than this for accounts to be written first."""


def may_follow(session: Session) -> bool:
    """Say whether this is the time to follow: there is something noted, and it need not wait for many accounts.

    While a list is applied, its groups would be written anew every ten seconds between the people whom they name.
    """
    is_ready = or_(Due.not_before.is_(None), Due.not_before <= func.now())
    many = select(Due.subject_id).where(Due.subject == "account", is_ready).offset(MANY).limit(1)
    oldest = select(func.min(MembershipChange.noted_at)).scalar_subquery()
    return bool(session.scalar(select(or_(oldest <= func.now() - PATIENCE, and_(oldest.is_not(None), ~many.exists())))))


def follow(session: Session, actor: Actor) -> int:
    """Mark due the lists and groups that may have other members since this was last asked, and the agencies that have
    changed themselves, each once; give how many lists there are.
    """
    oldest = select(MembershipChange.id).order_by(MembershipChange.id).limit(MOST).with_for_update(skip_locked=True)
    # Found once: as a subquery PostgreSQL may look for each row anew, and each time take the next ones.
    noted = oldest.cte("noted")
    taken = session.execute(
        delete(MembershipChange)
        .where(MembershipChange.id.in_(select(noted.c.id)))
        .returning(MembershipChange.agency_id, MembershipChange.mailbox_id, MembershipChange.is_agency)
    ).all()
    if not taken:
        return 0
    agencies = {agency_id for agency_id, _, _ in taken if agency_id is not None}
    mailboxes = {mailbox_id for _, mailbox_id, _ in taken if mailbox_id is not None}
    own, place = aliased(Agency), aliased(Agency)
    ruled = (
        select(MailingList.id)
        .join(own, own.id == MailingList.agency_id)
        .join(place, or_(place.id == own.id, and_(MailingList.with_units, place.path.op("<@")(own.path))))
        .where(MailingList.rule != "hand", MailingList.state == "active", place.id.in_(agencies))
    )
    by_hand = select(ListMember.list_id).where(ListMember.mailbox_id.in_(mailboxes))
    ids = set(session.scalars(ruled.union(by_hand)))
    # In the order in which a scan marks the same ones (due.TABLES).
    due.mark(session, actor, "mailing_list", ids)
    due.mark(session, actor, "agency", {agency_id or 0 for agency_id, _, is_agency in taken if is_agency})
    due.mark(session, actor, "group", groups_of(session, agencies))
    return len(ids)

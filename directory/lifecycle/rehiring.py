"""Rehiring: whoever left comes back to the same account, with new credentials and the old address if it is free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, Merged, StillInService
from directory.grants import Action, may
from directory.lifecycle.careers import Career, careers_of
from directory.lifecycle.enlistment import refuse_closed
from directory.lifecycle.particulars import checked
from directory.lifecycle.reach import mark_with_role_mailboxes
from directory.lifecycle.readdressing import Readdressing, readdress
from directory.lifecycle.surroundings import surroundings_of
from directory.mailboxes import Mailbox
from directory.officials import Official
from directory.policies import effective_values


@dataclass(frozen=True)
class Rehiring:
    """An official who left takes up a post again, from a day on (today). `address` is wanted, if given."""

    official_id: int
    agency_id: int
    title: str = ""
    rank: str | None = None
    valid_from: date | None = None
    address: str | None = None


def rehire(session: Session, actor: Actor, rehirings: Sequence[Rehiring]) -> list[Official]:
    """Bring officials back to their accounts, which wait for activation as new ones do. Errors carry `row`.

    No password, app password or session of before lives; a slip is printed again. The mail that was kept is there.
    """
    if not rehirings:
        return []
    careers = careers_of(session, actor, {each.official_id for each in rehirings})
    goals = {each.agency_id for each in rehirings}
    may(session, actor, Action.APPOINT, *goals)
    refuse_closed(session, actor, goals)
    seen: set[int] = set()
    for row, each in enumerate(rehirings):
        session.add(_post(actor, row, careers[each.official_id], each))
        if each.official_id in seen:
            raise BadValue(row=row, field="official_id", reason="stands twice among those who come back")
        seen.add(each.official_id)
    session.flush()
    accounts = {career.account.id: career for career in careers.values() if career.account}
    _reopen(session, accounts, {each.official_id: each for each in rehirings})
    _give_addresses(session, actor, careers, rehirings)
    for each in rehirings:
        since = (each.valid_from or actor.today).isoformat()
        subject = careers[each.official_id].subject
        record(session, actor, "official.rehired", subject, each.agency_id, title=each.title, since=since)
    mark_with_role_mailboxes(session, actor, accounts, urgent=False)
    return [careers[each.official_id].official for each in rehirings]


def _post(actor: Actor, row: int, career: Career, rehiring: Rehiring) -> Appointment:
    """Give the new post of somebody who has left."""
    if career.official.merged_into_id is not None:
        raise Merged(row=row)
    if not career.has_left(actor.today):
        raise StillInService(row=row, name=career.official.full_name)
    since = rehiring.valid_from or actor.today
    if career.post.valid_to is None or since < career.post.valid_to:
        raise BadValue(row=row, field="valid_from", reason="before the end of the last post")
    try:
        title, rank = checked("title", rehiring.title, actor.today), checked("rank", rehiring.rank, actor.today)
    except BadValue as error:
        raise BadValue(row=row, **error.fields) from error
    return Appointment(
        official_id=rehiring.official_id, agency_id=rehiring.agency_id, title=title or "", rank=rank, valid_from=since
    )


def _give_addresses(
    session: Session, actor: Actor, careers: Mapping[int, Career], rehirings: Sequence[Rehiring]
) -> None:
    """Give those with an account the address of before, the wanted one or a new one."""
    goals = {each.agency_id for each in rehirings}
    keeps = effective_values(session, session.scalars(select(Agency).where(Agency.id.in_(goals))), ["keep_address"])
    readdress(
        session,
        actor,
        [
            Readdressing(
                row,
                account.id,
                career.official.full_name,
                each.agency_id,
                each.address,
                keeps=keeps[each.agency_id]["keep_address"],
                comes_back=True,
            )
            for row, each in enumerate(rehirings)
            for career in (careers[each.official_id],)
            if (account := career.account)
        ],
    )


def _reopen(session: Session, accounts: Mapping[int, Career], rehirings: Mapping[int, Rehiring]) -> None:
    """Let closed accounts wait for activation again, and their mailboxes receive."""
    session.execute(
        update(Account)
        .where(Account.id.in_(accounts), Account.state == "disabled")
        .values(state="pending", closed_on=None, activated_at=None, credential_version=Account.credential_version + 1)
        .execution_options(synchronize_session="fetch")
    )
    surroundings = surroundings_of(session, {each.agency_id for each in rehirings.values()})
    # Locked and read anew: meanwhile it may have been decided that the mail of before is kept no longer.
    boxes = select(Mailbox).where(Mailbox.account_id.in_(accounts)).with_for_update()
    for mailbox in session.scalars(boxes, execution_options={"populate_existing": True}):
        post = rehirings[accounts[mailbox.account_id or 0].official.id]
        mailbox.state, mailbox.kept_until, mailbox.forward_to = "active", None, None
        mailbox.keeping_ended_at = mailbox.mail_removed_at = None
        mailbox.quota_bytes = surroundings[post.agency_id].quota(post.title, post.rank)
    session.flush()

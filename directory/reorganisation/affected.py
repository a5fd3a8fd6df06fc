"""Whose entries change with an agency: those that show its identifier code because no nearer one has a code."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from directory import due
from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.domains import Domain
from directory.mailboxes import Mailbox


def mark_below(session: Session, actor: Actor, agency_ids: Collection[int]) -> None:
    """Mark due what shows the code of these agencies, or of the ones above them where they have none."""
    if not agency_ids:
        return
    session.flush()
    for subject, ids in below(actor, agency_ids).items():
        due.mark(session, actor, subject, session.scalars(ids))


def below(actor: Actor, agency_ids: Collection[int] | Select[int]) -> dict[due.Subject, Select[int]]:
    """Select the subjects that show such a code, in the order in which all lock them (`due.TABLES`)."""
    top, nearer = aliased(Agency), aliased(Agency)
    has_nearer = (
        select(nearer.id)
        .where(nearer.path.op("@>")(Agency.path), nearer.path.op("<@")(top.path))
        .where(nearer.id != top.id, nearer.code.is_not(None))
        .correlate(Agency, top)
        .exists()
    )
    places = (
        select(Agency.id)
        .join(top, Agency.path.op("<@")(top.path))
        .where(top.id.in_(agency_ids), ~has_nearer)
        .scalar_subquery()
    )
    accounts = (
        select(Account.id)
        .join(Appointment, Appointment.official_id == Account.official_id)
        .where(Appointment.agency_id.in_(places), Appointment.kind == "primary", held_on(actor.today))
    )
    return {
        "account": accounts,
        "mailbox": select(Mailbox.id).where(Mailbox.agency_id.in_(places)),
        "domain": select(Domain.id).where(Domain.agency_id.in_(places)),
    }


def hold_below(session: Session, actor: Actor, agency_ids: Collection[int]) -> None:
    """Lock what `mark_below` marks, for whoever locks the agencies next: all others take them the same way round."""
    for subject, ids in below(actor, agency_ids).items():
        key = _KEYS[subject]
        session.execute(select(key).where(key.in_(ids)).order_by(key).with_for_update(key_share=True))


_KEYS: dict[due.Subject, InstrumentedAttribute[int]] = {
    "account": Account.id,
    "mailbox": Mailbox.id,
    "domain": Domain.id,
}

"""What comes true because a day has begun: leavings, new addresses, the end of forwarding, of aliases, of holdings.

Each takes some rows at once and may run any number of times, also late: the days stand in the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, aliased

from directory import due
from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, posts_of
from directory.audit import record, record_all
from directory.base import Actor
from directory.credentials.tables import AppPassword
from directory.errors import DirectoryError
from directory.lifecycle.leaving import carry_out_leavings
from directory.lifecycle.quarantine import HELD, quarantine, quarantine_ended
from directory.lifecycle.readdressing import Readdressing, readdress
from directory.mailboxes import Holding, Mailbox, held_on
from directory.mailing_lists.tables import MailingList
from directory.officials import Official
from directory.policies import effective_values

_TOGETHER = 500
_LOOK_BACK = timedelta(days=60)
"""How long nobody may have looked without an app password of a holding that ended being missed."""


def carry_out_days(session: Session, actor: Actor) -> int:
    """Do some of what is to be done because days have begun; give how much it was, none when all is done.

    One kind of it at a time: each marks subjects in the order in which everybody does, all of them together would not.
    """
    for step in (
        carry_out_leavings,
        end_forwardings,
        end_addresses,
        follow_with_addresses,
        revoke_after_holdings,
    ):
        if done := step(session, actor):
            return done
    return 0


def end_forwardings(session: Session, actor: Actor) -> int:
    """Let mail to those who left go on no longer; the addresses it came to go into quarantine.

    That is when their mailbox is kept no longer, or when where it goes is open no longer: mail taken for nobody would
    come back to senders who may be forged, and two who name each other would send it round.
    """
    goal = aliased(Mailbox)
    is_open = (
        select(Address.id)
        .join(goal, goal.id == Address.mailbox_id)
        .where(Address.address == Mailbox.forward_to, Address.kind.in_(HELD), goal.state != "disabled")
        .correlate(Mailbox)
        .exists()
    )
    ended = session.execute(
        select(Mailbox.id, Mailbox.account_id, Mailbox.kept_until)
        .where(Mailbox.forward_to.is_not(None), Mailbox.state == "disabled")
        .where(or_(Mailbox.kept_until < actor.today, ~is_open))
        .order_by(Mailbox.id)
        .limit(_TOGETHER)
        .with_for_update(skip_locked=True, of=Mailbox)
    ).all()
    days = _quarantine_days(session, actor, [mailbox_id for mailbox_id, _, _ in ended])
    yesterday = actor.today - timedelta(days=1)
    last = {mailbox_id: min(kept_until or yesterday, yesterday) for mailbox_id, _, kept_until in ended}
    quarantine(session, {id_: day + timedelta(days=1 + days[id_]) for id_, day in last.items()})
    if last:
        session.execute(update(Mailbox).where(Mailbox.id.in_(last)).values(forward_to=None))
    due.mark(session, actor, "account", [account_id for _, account_id, _ in ended if account_id])
    return len(ended)


def end_addresses(session: Session, actor: Actor) -> int:
    """Put aliases and receive-only addresses whose last day is over into quarantine."""
    rows = session.execute(
        select(Address.id, Address.mailbox_id, Address.mailing_list_id, Address.valid_until)
        .where(Address.kind.in_(("alias", "receive_only")), Address.valid_until < actor.today)
        .order_by(Address.id)
        .limit(_TOGETHER)
        .with_for_update(skip_locked=True)
    ).all()
    boxes = {box for _, box, _, _ in rows if box is not None}
    lists = {list_id for _, _, list_id, _ in rows if list_id is not None}
    of_boxes, of_lists = _quarantine_days(session, actor, boxes), _quarantine_days_of_lists(session, lists)
    until: dict[int, date] = {}
    for id_, box, list_id, day in rows:
        days = of_lists[list_id or 0] if box is None else of_boxes[box]
        until[id_] = (day or actor.today) + timedelta(days=1 + days)
    quarantine_ended(session, until)
    owners = session.execute(select(Mailbox.id, Mailbox.account_id).where(Mailbox.id.in_(boxes))).all() if boxes else []
    due.mark(session, actor, "account", [account_id for _, account_id in owners if account_id])
    due.mark(session, actor, "mailbox", [mailbox_id for mailbox_id, account_id in owners if account_id is None])
    due.mark(session, actor, "mailing_list", lists)
    return len(rows)


def follow_with_addresses(session: Session, actor: Actor) -> int:
    """Give those whose new post has begun an address of the agency, as was decided with the transfer."""
    posts = session.scalars(
        select(Appointment)
        .where(Appointment.address_follows, Appointment.valid_from <= actor.today)
        .order_by(Appointment.id)
        .limit(_TOGETHER)
        .with_for_update(skip_locked=True)
    ).all()
    accounts = {
        account.official_id: account
        for account in session.scalars(
            select(Account).where(
                Account.official_id.in_({post.official_id for post in posts}), Account.state != "disabled"
            )
        )
    }
    for post in posts:
        post.address_follows = False
    session.flush()
    moved = [post for post in posts if post.official_id in accounts]
    try:
        with session.begin_nested():
            _readdress(session, actor, accounts, moved)
    except DirectoryError:
        _readdress_singly(session, actor, accounts, moved)
    due.mark(session, actor, "account", [account.id for account in accounts.values()])
    return len(posts)


def revoke_after_holdings(session: Session, actor: Actor) -> int:
    """Revoke the app passwords for role mailboxes of those who hold them no longer, so that none ever comes back."""
    ended = (
        select(AppPassword.id)
        .join(Holding, (Holding.mailbox_id == AppPassword.mailbox_id) & (Holding.account_id == AppPassword.account_id))
        .where(Holding.valid_to <= actor.today, Holding.valid_to > actor.today - _LOOK_BACK)
        .where(AppPassword.revoked_at.is_(None))
    )
    held = select(Holding.id).where(
        Holding.mailbox_id == AppPassword.mailbox_id, Holding.account_id == AppPassword.account_id
    )
    revoked = session.execute(
        update(AppPassword)
        .where(AppPassword.id.in_(ended), ~held.where(held_on(actor.today)).correlate(AppPassword).exists())
        .values(revoked_at=actor.now)
        .returning(AppPassword.account_id, AppPassword.mailbox_id, AppPassword.public_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not revoked:
        return 0
    numbers = dict(
        session.execute(select(Account.id, Account.number).where(Account.id.in_({row[0] for row in revoked}))).all()
    )
    agencies = dict(
        session.execute(select(Mailbox.id, Mailbox.agency_id).where(Mailbox.id.in_({row[1] for row in revoked}))).all()
    )
    told = ((f"account:{numbers[who]}", agencies[box], {"device": device}) for who, box, device in revoked)
    due.mark(session, actor, "mailbox", agencies, urgent=True)
    record_all(session, actor, "app_password.revoked", told)
    return len(revoked)


def _quarantine_days(session: Session, actor: Actor, mailbox_ids: Sequence[int] | set[int]) -> dict[int, int]:
    """Give for mailboxes, by id, how long the policy of their agency keeps a freed address from others."""
    if not mailbox_ids:
        return {}
    rows = session.execute(
        select(Mailbox.id, Mailbox.agency_id, Account.official_id)
        .outerjoin(Account, Account.id == Mailbox.account_id)
        .where(Mailbox.id.in_(mailbox_ids))
    ).all()
    posts = posts_of(session, [official_id for _, _, official_id in rows if official_id], actor.today)
    owners = {id_: agency_id or posts[official_id].agency_id for id_, agency_id, official_id in rows}
    agencies = session.scalars(select(Agency).where(Agency.id.in_(owners.values()))).all()
    policies = effective_values(session, agencies, ["quarantine_days"])
    return {id_: policies[agency_id]["quarantine_days"] for id_, agency_id in owners.items()}


def _quarantine_days_of_lists(session: Session, list_ids: set[int]) -> dict[int, int]:
    """Give the same for mailing lists, by id."""
    if not list_ids:
        return {}
    rows = select(MailingList.id, MailingList.agency_id).where(MailingList.id.in_(list_ids))
    owners = dict(session.execute(rows).all())
    agencies = session.scalars(select(Agency).where(Agency.id.in_(owners.values()))).all()
    policies = effective_values(session, agencies, ["quarantine_days"])
    return {id_: policies[agency_id]["quarantine_days"] for id_, agency_id in owners.items()}


def _readdress(session: Session, actor: Actor, accounts: Mapping[int, Account], posts: Sequence[Appointment]) -> None:
    """Give the holders of posts addresses of the agencies."""
    names = dict(
        session.execute(
            select(Official.id, Official.full_name).where(Official.id.in_({post.official_id for post in posts}))
        ).all()
    )
    wanted = [
        Readdressing(row, accounts[post.official_id].id, names[post.official_id], post.agency_id)
        for row, post in enumerate(posts)
    ]
    readdress(session, actor, wanted)


def _readdress_singly(
    session: Session, actor: Actor, accounts: Mapping[int, Account], posts: Sequence[Appointment]
) -> None:
    """Give addresses one by one; who can get none keeps the old one, and the audit says why."""
    for post in posts:
        account = accounts[post.official_id]
        try:
            with session.begin_nested():
                _readdress(session, actor, accounts, [post])
        except DirectoryError as refusal:
            subject, reason = f"account:{account.number}", str(refusal)
            record(session, actor, "address.kept", subject, post.agency_id, reason=reason)

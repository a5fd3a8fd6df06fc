"""Days of use: who used official e-mail or the portal on which day, and nothing finer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Date, cast, delete, exists, func, literal, or_, select, text, union, update
from sqlalchemy.dialects.postgresql import Insert, array, insert
from sqlalchemy.orm import Session, aliased

from directory.adoption.tables import UseDay
from directory.base import VIETNAM
from directory.credentials.sessions import changed
from directory.credentials.tables import AppPassword, SignInSession
from directory.mailboxes import Mailbox

Kind = Literal["signed_in", "sent", "read"]
KEEP_DAYS = 400
"""How long a day of use is kept: what any rule on unused accounts asks for, and a year's report."""


KEEP_DAILY = 100
"""How long each single day is kept; of the months before, only the last day of use."""
LOOK_BACK = timedelta(days=62)
"""How many days before that are looked at, in case no worker was there to thin them at the time."""


def mark_use(session: Session, day: date, account_ids: Iterable[int], kind: Kind) -> None:
    """Note that these accounts were used on a day: one statement, and doing it again changes nothing."""
    wanted = sorted(set(account_ids))
    if not wanted:
        return
    accounts = select(func.unnest(array(wanted)).label("account_id")).subquery()
    rows = select(accounts.c.account_id, literal(day, Date), literal(True))
    session.execute(_marking(insert(UseDay).from_select(["account_id", "day", kind], rows), kind))


def mark_mailboxes(session: Session, day: date, mailbox_ids: Iterable[str], kind: Kind) -> None:
    """Note that mailboxes (by public id) were used on a day, for the account whose use that was.

    A personal mailbox is its owner's. A role mailbox has several holders: it counts for the one who signed in
    to it on that day, and for nobody if several did, or none.
    """
    wanted = Mailbox.public_id.in_(sorted(set(mailbox_ids)))
    owners = select(Mailbox.account_id).where(wanted, Mailbox.kind == "personal")
    only_one = (
        select(func.min(AppPassword.account_id))
        .join(Mailbox, Mailbox.id == AppPassword.mailbox_id)
        .where(wanted, Mailbox.kind == "role", AppPassword.last_used_on == day)
        .group_by(Mailbox.id)
        .having(func.count(AppPassword.account_id.distinct()) == 1)
    )
    accounts = session.scalars(union(owners, only_one))
    mark_use(session, day, (each for each in accounts if each is not None), kind)


def mark_devices(session: Session, day: date, device_ids: Iterable[str]) -> None:
    """Note that app passwords (by public id) were used on a day; an earlier day changes nothing."""
    session.execute(
        update(AppPassword)
        .where(AppPassword.public_id.in_(sorted(set(device_ids))))
        .where(or_(AppPassword.last_used_on.is_(None), AppPassword.last_used_on < day))
        .values(last_used_on=day)
    )


def mark_sign_ins(session: Session, since: datetime) -> None:
    """Turn the portal's sessions that began since an instant, and showed both factors, into days of use."""
    day = cast(func.timezone(str(VIETNAM), SignInSession.started_at), Date)
    rows = (
        select(SignInSession.account_id, day, literal(True))
        .where(SignInSession.started_at >= since, SignInSession.stage == "full")
        .distinct()
        .order_by(SignInSession.account_id, day)
    )
    session.execute(_marking(insert(UseDay).from_select(["account_id", "day", "signed_in"], rows), "signed_in"))


def forget_use(session: Session, today: date) -> int:
    """Delete the days of use that are older than anyone may ask for; gives how many."""
    old = delete(UseDay).where(UseDay.day < today - timedelta(days=KEEP_DAYS)).returning(UseDay.account_id)
    return len(session.execute(old).all())


def thin_use(session: Session, today: date) -> int:
    """Delete all but the last day of use in each month, of months that are long over; gives how many.

    Nothing that is counted changes: who used the account within some days did so on the last of them too. Days that
    a month without a worker has left are thinned later.
    """
    last = today - timedelta(days=KEEP_DAILY)
    later = aliased(UseDay)
    is_followed = exists(
        select(later.day).where(
            later.account_id == UseDay.account_id,
            later.day > UseDay.day,
            later.day < func.date_trunc("month", UseDay.day) + text("interval '1 month'"),
        )
    )
    passed = UseDay.day.between(last - LOOK_BACK, last)
    return changed(session.execute(delete(UseDay).where(passed, is_followed)))


def _marking(rows: Insert, kind: Kind) -> Insert:
    """Set the mark where the day is already known, and leave rows alone that have it."""
    mark = getattr(UseDay, kind)
    return rows.on_conflict_do_update(
        index_elements=[UseDay.account_id, UseDay.day], set_={kind: True}, where=mark.is_(False)
    )

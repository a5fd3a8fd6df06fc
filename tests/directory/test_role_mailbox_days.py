"""Role mailboxes over days: handed over at a date, planned anew, closed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.base import Actor
from directory.credentials.app_passwords import mailboxes_of
from directory.due import Due
from directory.errors import BadValue, MailboxClosed, NotAllowed, WrongState
from directory.lifecycle import (
    HandOver,
    Leaving,
    RoleOpening,
    carry_out_days,
    close_role_mailbox,
    hand_over,
    leave,
    open_role_mailbox,
)
from directory.mailboxes import Holding, Mailbox
from tests.book import House, acting, give, hire
from tests.directory.test_leaving import on
from tests.directory.test_suspension import app_password

MONDAY = date(2026, 11, 30)


@pytest.fixture
def clerks(session: Session, actor: Actor, house: House) -> list[Account]:
    """Give three people of the department."""
    return hire(session, actor, house.unit, "Lê Bình", "Vũ Chi", "Lê Văn Hà")


@pytest.fixture
def mailbox(session: Session, actor: Actor, house: House, clerks: list[Account]) -> Mailbox:
    """Give the registry's mailbox, held by the first clerk."""
    opening = RoleOpening(house.department.id, "Văn thư", "vanthu.snv@tinh.gov.vn", [clerks[0].id])
    return open_role_mailbox(session, actor, [opening])[0]


def held(session: Session, actor: Actor, account: Account, day: date) -> bool:
    """Say whether an account may open a role mailbox on a day."""
    boxes = mailboxes_of(session, on(actor, day), account.id)
    return any(box.kind == "role" for box in boxes)


def test_mailbox_changes_hands_on_its_day(
    session: Session, actor: Actor, mailbox: Mailbox, clerks: list[Account]
) -> None:
    """Until the day the present holder opens it, from that day on the next one, and never both."""
    old, new, _ = clerks

    hand_over(session, actor, [HandOver(mailbox.id, [new.id], MONDAY)])

    sunday = MONDAY - timedelta(days=1)
    assert [held(session, actor, who, sunday) for who in (old, new)] == [True, False]
    assert [held(session, actor, who, MONDAY) for who in (old, new)] == [False, True]


def test_app_password_lives_to_the_day(session: Session, actor: Actor, mailbox: Mailbox, clerks: list[Account]) -> None:
    """An app password of the present holder works until the day, and is revoked by itself then."""
    made = app_password(session, actor, clerks[0], mailbox)
    hand_over(session, actor, [HandOver(mailbox.id, [clerks[1].id], MONDAY)])

    carry_out_days(session, on(actor, MONDAY - timedelta(days=1)))
    session.refresh(made)
    assert made.revoked_at is None
    session.query(Due).delete()
    carry_out_days(session, on(actor, MONDAY + timedelta(days=2)))

    session.refresh(made)
    waiting = session.get(Due, ("mailbox", mailbox.id))
    assert made.revoked_at == on(actor, MONDAY + timedelta(days=2)).now
    assert waiting is not None
    assert waiting.urgent


def test_old_app_password_does_not_come_back_to_life(
    session: Session, actor: Actor, mailbox: Mailbox, clerks: list[Account]
) -> None:
    """Who gets a mailbox again, before anybody looked, does not get the app password of before."""
    made = app_password(session, actor, clerks[0], mailbox)
    hand_over(session, actor, [HandOver(mailbox.id, [clerks[1].id], MONDAY)])

    hand_over(session, on(actor, MONDAY), [HandOver(mailbox.id, [clerks[0].id])])

    session.refresh(made)
    assert made.revoked_at is not None


def test_plan_is_replaced_by_a_later_one(
    session: Session, actor: Actor, mailbox: Mailbox, clerks: list[Account]
) -> None:
    """Another decision for the same day takes the place of the first."""
    hand_over(session, actor, [HandOver(mailbox.id, [clerks[1].id], MONDAY)])

    hand_over(session, actor, [HandOver(mailbox.id, [clerks[0].id, clerks[2].id], MONDAY)])

    rows = session.execute(select(Holding.account_id, Holding.valid_from, Holding.valid_to)).all()
    assert sorted(rows) == [(clerks[0].id, actor.today, None), (clerks[2].id, MONDAY, None)]


@pytest.mark.parametrize("since", [date(2026, 11, 22), date(2206, 1, 1)])
def test_impossible_day_is_refused(session: Session, actor: Actor, mailbox: Mailbox, since: date) -> None:
    """Nothing is handed over yesterday, nor in another century."""
    with pytest.raises(BadValue):
        hand_over(session, actor, [HandOver(mailbox.id, [], since)])


def test_who_will_have_left_gets_no_mailbox(
    session: Session, actor: Actor, mailbox: Mailbox, clerks: list[Account]
) -> None:
    """A mailbox is not handed over to somebody who has left by then."""
    leave(session, actor, [Leaving(clerks[1].official_id, MONDAY - timedelta(days=2))])

    with pytest.raises(WrongState):
        hand_over(session, actor, [HandOver(mailbox.id, [clerks[1].id], MONDAY)])


def test_closed_mailbox_is_nobody_s(session: Session, actor: Actor, mailbox: Mailbox, clerks: list[Account]) -> None:
    """Nobody holds a closed role mailbox, today or later, and its app passwords and addresses are over."""
    made = app_password(session, actor, clerks[0], mailbox)
    hand_over(session, actor, [HandOver(mailbox.id, [clerks[1].id], MONDAY)])

    close_role_mailbox(session, actor, [mailbox.id], "Giải thể")

    session.refresh(made)
    address = session.scalars(select(Address).where(Address.mailbox_id == mailbox.id)).one()
    ends = session.execute(select(Holding.account_id, Holding.valid_to)).all()
    assert (mailbox.state, made.revoked_at, address.kind) == ("disabled", actor.now, "quarantined")
    assert ends == [(clerks[0].id, actor.today)]


def test_closed_mailbox_stays_closed(session: Session, actor: Actor, mailbox: Mailbox, clerks: list[Account]) -> None:
    """A closed role mailbox is neither closed again nor handed over."""
    close_role_mailbox(session, actor, [mailbox.id], "Giải thể")

    with pytest.raises(MailboxClosed):
        close_role_mailbox(session, actor, [mailbox.id], "Giải thể")
    with pytest.raises(MailboxClosed):
        hand_over(session, actor, [HandOver(mailbox.id, [clerks[1].id])])


@pytest.mark.parametrize("reason", ["", " "])
def test_closing_needs_a_reason(session: Session, actor: Actor, mailbox: Mailbox, reason: str) -> None:
    """A role mailbox is not closed without a reason."""
    with pytest.raises(BadValue):
        close_role_mailbox(session, actor, [mailbox.id], reason)


def test_mailbox_of_another_agency_is_not_closed(
    session: Session, actor: Actor, house: House, mailbox: Mailbox
) -> None:
    """An officer of another agency closes nothing here."""
    (other,) = hire(session, actor, house.elsewhere, "Lê Thị Dung")
    give(session, other, "agency_it", house.elsewhere)

    with pytest.raises(NotAllowed):
        close_role_mailbox(session, acting(actor, other), [mailbox.id], "Thử")

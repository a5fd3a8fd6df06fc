"""Leaving the service: at once, at a date, taken back, forwarded, and what ends with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.appointments import Appointment
from directory.audit import AuditEvent
from directory.base import Actor
from directory.credentials.tables import Password, Totp
from directory.due import Due
from directory.errors import BadValue, NotLeaving, OutOfService
from directory.grants import Action, Grant, can
from directory.lifecycle import (
    Leaving,
    Newcomer,
    RoleOpening,
    Setting,
    Transfer,
    carry_out_leavings,
    enlist,
    leave,
    open_role_mailbox,
    set_policy,
    stay,
    suspend,
    transfer,
)
from directory.lifecycle.leaving import months_after
from directory.mailboxes import Holding
from tests.book import House, acting, give, hire, mailbox_of
from tests.directory.test_suspension import app_password, due_of, sign_in

FRIDAY = date(2026, 11, 27)


def on(actor: Actor, day: date) -> Actor:
    """Give the same actor at nine o'clock of another day."""
    return replace(actor, now=actor.now + (day - actor.today))


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give an activated account in the department."""
    (account,) = hire(session, actor, house.department, "Nguyễn Văn An")
    return account


@pytest.fixture
def hr(session: Session, actor: Actor, house: House) -> Actor:
    """Give somebody of the department's HR as actor."""
    (account,) = hire(session, actor, house.department, "Lê Thị Chi")
    give(session, account, "hr", house.department)
    return acting(actor, account)


def post_of(session: Session, account: Account) -> Appointment:
    """Give the only post of an official."""
    return session.scalars(select(Appointment).where(Appointment.official_id == account.official_id)).one()


def address(session: Session, name: str = "annv@tinh.gov.vn") -> Address:
    """Give the row of an address as it is now."""
    statement = select(Address).where(Address.address == name).execution_options(populate_existing=True)
    return session.scalars(statement).one()


def test_who_leaves_at_once_is_closed(session: Session, actor: Actor, hr: Actor, account: Account) -> None:
    """Who leaves at once loses account, mailbox, sessions, app passwords and post today."""
    made, opened = app_password(session, actor, account, mailbox_of(session, account)), sign_in(session, actor, account)
    version = account.credential_version

    leave(session, hr, [Leaving(account.official_id, reason="QĐ 12")])

    session.refresh(made)
    session.refresh(opened)
    assert (account.state, mailbox_of(session, account).state) == ("disabled", "disabled")
    assert (made.revoked_at, opened.ended_at) == (hr.now, hr.now)
    assert post_of(session, account).valid_to == hr.today
    assert account.credential_version == version + 1


def test_leaving_is_due_before_everything_else(session: Session, hr: Actor, account: Account) -> None:
    """The entry of who leaves at once follows urgently."""
    leave(session, hr, [Leaving(account.official_id)])

    waiting = due_of(session, "account", account.id)
    assert waiting is not None
    assert waiting.urgent


def test_secrets_of_who_left_are_forgotten(session: Session, actor: Actor, hr: Actor, account: Account) -> None:
    """Neither password nor authenticator app of who left is kept."""
    session.add(Password(account_id=account.id, hash="x", set_at=actor.now))
    session.add(Totp(account_id=account.id, secret=b"x", enrolled_at=actor.now))

    leave(session, hr, [Leaving(account.official_id)])

    assert session.scalars(select(Password)).all() == []
    assert session.scalars(select(Totp)).all() == []


def test_nothing_changes_before_the_day(session: Session, hr: Actor, account: Account) -> None:
    """Until the end of the last day everything stays as it is."""
    leave(session, hr, [Leaving(account.official_id, FRIDAY)])
    session.query(Due).delete()

    done = carry_out_leavings(session, on(hr, FRIDAY))

    assert (done, account.state, post_of(session, account).valid_to) == (0, "active", None)
    assert due_of(session, "account", account.id) is None


def test_leaving_is_carried_out_by_itself(session: Session, hr: Actor, account: Account) -> None:
    """After the last day the account is closed, also if nobody looked for some days; the post ends on its own day."""
    leave(session, hr, [Leaving(account.official_id, FRIDAY)])

    done = carry_out_leavings(session, on(hr, FRIDAY + timedelta(days=3)))

    session.refresh(account)
    assert (done, account.state) == (1, "disabled")
    assert post_of(session, account).valid_to == FRIDAY + timedelta(days=1)
    assert carry_out_leavings(session, on(hr, FRIDAY + timedelta(days=4))) == 0


def test_leaving_taken_back_never_happens(session: Session, hr: Actor, account: Account) -> None:
    """A leaving that was taken back is not carried out."""
    leave(session, hr, [Leaving(account.official_id, FRIDAY)])

    stay(session, hr, [account.official_id])

    assert carry_out_leavings(session, on(hr, FRIDAY + timedelta(days=1))) == 0
    assert account.state == "active"


def test_only_a_leaving_to_come_is_taken_back(session: Session, hr: Actor, account: Account) -> None:
    """Where no leaving waits there is nothing to take back."""
    with pytest.raises(NotLeaving):
        stay(session, hr, [account.official_id])


def test_same_leaving_again_changes_nothing(session: Session, hr: Actor, account: Account) -> None:
    """The same day said twice is one event; another day holds instead of the first."""
    leave(session, hr, [Leaving(account.official_id, FRIDAY)])
    leave(session, hr, [Leaving(account.official_id, FRIDAY)])
    (official,) = leave(session, hr, [Leaving(account.official_id, FRIDAY + timedelta(days=7))])

    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "official.leaving")).all()
    assert [event.detail["last_day"] for event in events] == ["2026-11-27", "2026-12-04"]
    assert official.leaves_on == FRIDAY + timedelta(days=8)


def test_who_left_does_not_leave_again(session: Session, hr: Actor, account: Account) -> None:
    """Whoever is out of service is refused by name."""
    leave(session, hr, [Leaving(account.official_id)])

    with pytest.raises(OutOfService):
        leave(session, hr, [Leaving(account.official_id)])


def test_official_without_an_account_leaves_too(session: Session, hr: Actor, house: House) -> None:
    """Officials on the list without an account can leave, at once or later."""
    first, second = enlist(session, hr, [Newcomer(house.unit.id, name, valid_from=date(2020, 1, 1)) for name in "AB"])

    leave(session, hr, [Leaving(first.id), Leaving(second.id, FRIDAY)])
    carry_out_leavings(session, on(hr, FRIDAY + timedelta(days=1)))

    ends = select(Appointment.valid_to).where(Appointment.official_id.in_([first.id, second.id]))
    assert set(session.scalars(ends)) == {hr.today, FRIDAY + timedelta(days=1)}
    with pytest.raises(OutOfService):
        leave(session, hr, [Leaving(first.id)])


def test_address_is_quarantined_by_policy(
    session: Session, actor: Actor, hr: Actor, house: House, account: Account
) -> None:
    """The address is nobody's for as many days as the agency's policy says."""
    set_policy(session, actor, [Setting(house.province.id, "quarantine_days", 180)])

    leave(session, hr, [Leaving(account.official_id)])

    quarantined = address(session)
    assert (quarantined.kind, quarantined.kind_before) == ("quarantined", "primary")
    assert quarantined.valid_until == hr.today + timedelta(days=180)


@pytest.mark.parametrize(("title", "until"), [("Chuyên viên", date(2027, 5, 22)), ("Giám đốc", date(2027, 11, 22))])
def test_mailbox_is_kept_by_position(session: Session, hr: Actor, account: Account, title: str, until: date) -> None:
    """Mail is kept as many months as the policy says for the position."""
    post_of(session, account).title = title

    leave(session, hr, [Leaving(account.official_id)])

    assert mailbox_of(session, account).kept_until == until


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [(date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2026, 11, 30), 3, date(2027, 2, 28)), (FRIDAY, 0, FRIDAY)],
)
def test_months_end_with_the_month(day: date, months: int, after: date) -> None:
    """A day that the later month does not have is its last."""
    assert months_after(day, months) == after


def test_roles_and_holdings_end_on_the_day(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Roles and role mailboxes are held to the last day and no longer."""
    open_role_mailbox(session, actor, [RoleOpening(house.department.id, "Văn thư", "vanthu@tinh.gov.vn", [account.id])])
    give(session, account, "hr", house.department)
    leave(session, actor, [Leaving(account.official_id, FRIDAY)])
    later = on(actor, FRIDAY + timedelta(days=2))

    carry_out_leavings(session, later)

    ends = [*session.scalars(select(Holding.valid_to)), *session.scalars(select(Grant.valid_to))]
    assert ends == [FRIDAY + timedelta(days=1)] * 2
    assert not can(session, acting(later, account), Action.VIEW, house.department.id)


def test_planned_post_is_forgotten(session: Session, actor: Actor, house: House, account: Account) -> None:
    """A transfer that would have come after the last day does not come."""
    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id, valid_from=date(2027, 1, 1))])

    leave(session, actor, [Leaving(account.official_id)])

    post = post_of(session, account)
    assert (post.agency_id, post.valid_to) == (house.department.id, actor.today)


def test_newcomer_who_does_not_come_is_called_off(session: Session, hr: Actor, house: House) -> None:
    """The only post of somebody who never came ends on the day on which it would have begun."""
    (official,) = enlist(session, hr, [Newcomer(house.unit.id, "Lý Văn Sáu", valid_from=date(2027, 1, 1))])

    leave(session, hr, [Leaving(official.id)])

    post = session.scalars(select(Appointment).where(Appointment.official_id == official.id)).one()
    assert (post.valid_from, post.valid_to) == (date(2027, 1, 1), date(2027, 1, 1))


def test_suspended_official_can_leave(session: Session, actor: Actor, account: Account) -> None:
    """A suspension is no obstacle to leaving."""
    suspend(session, actor, [account.id], "Đình chỉ")

    leave(session, actor, [Leaving(account.official_id)])

    assert account.state == "disabled"


@pytest.mark.parametrize("last_day", [date(2019, 12, 30), date(2206, 1, 1)])
def test_impossible_day_is_refused(session: Session, hr: Actor, account: Account, last_day: date) -> None:
    """Nobody leaves before the post began, nor in another century."""
    with pytest.raises(BadValue) as refused:
        leave(session, hr, [Leaving(account.official_id, last_day)])

    assert refused.value.fields["field"] == "last_day"


def test_decision_that_comes_late_ends_the_post_on_its_day(session: Session, hr: Actor, account: Account) -> None:
    """A last day that is over closes the account at once, and the post ended on that day."""
    leave(session, hr, [Leaving(account.official_id, date(2026, 10, 31))])

    assert (account.state, post_of(session, account).valid_to) == ("disabled", date(2026, 11, 1))


def test_the_same_official_twice_in_a_batch_is_refused(session: Session, hr: Actor, account: Account) -> None:
    """One batch says one thing of one person."""
    with pytest.raises(BadValue) as refused:
        leave(session, hr, [Leaving(account.official_id), Leaving(account.official_id, FRIDAY)])

    assert refused.value.fields["row"] == 1

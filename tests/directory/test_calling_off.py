"""Transfers that are planned can be called off: the post held goes on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.appointments import Appointment
from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import NotAllowed, NotPlanned, WrongState
from directory.lifecycle import Newcomer, Transfer, call_off, carry_out_days, enlist, transfer
from tests.book import House, acting, address_of, give, hire
from tests.directory.test_leaving import on

DAY, LATER = date(2026, 12, 1), date(2027, 2, 1)


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give somebody of the department."""
    (account,) = hire(session, actor, house.department, "Nguyễn Văn An")
    return account


def plan(session: Session, actor: Actor, house: House, account: Account, day: date = DAY) -> Appointment:
    """Plan a transfer to the other province."""
    (post,) = transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id, valid_from=day)])
    return post


def line(session: Session, account: Account) -> list[tuple[int, date | None]]:
    """Give the agencies of somebody's primary posts with the first day after each."""
    rows = session.execute(
        select(Appointment.agency_id, Appointment.valid_to)
        .where(Appointment.official_id == account.official_id)
        .order_by(Appointment.valid_from)
    )
    return [(agency_id, until) for agency_id, until in rows]


def test_post_held_goes_on(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Without the transfer nothing ends on the day on which it would have begun."""
    post = plan(session, actor, house, account)

    call_off(session, actor, [post.id])
    carry_out_days(session, on(actor, DAY + timedelta(days=1)))

    assert line(session, account) == [(house.department.id, None)]
    assert address_of(session, account) == "annv@tinh.gov.vn"


def test_last_of_two_plans_is_called_off(session: Session, actor: Actor, house: House, account: Account) -> None:
    """The plan before the one that is called off stays, now without an end."""
    plan(session, actor, house, account)
    (back,) = transfer(session, actor, [Transfer(account.official_id, house.unit.id, valid_from=LATER)])

    call_off(session, actor, [back.id])

    assert line(session, account) == [(house.department.id, DAY), (house.elsewhere.id, None)]


def test_first_of_two_plans_is_called_off(session: Session, actor: Actor, house: House, account: Account) -> None:
    """The post held goes on until the plan after the one that is called off."""
    post = plan(session, actor, house, account)
    transfer(session, actor, [Transfer(account.official_id, house.unit.id, valid_from=LATER)])

    call_off(session, actor, [post.id])

    assert line(session, account) == [(house.department.id, LATER), (house.unit.id, None)]


def test_transfer_that_began_is_not_called_off(session: Session, actor: Actor, house: House, account: Account) -> None:
    """On the day itself the way back is another transfer."""
    post = plan(session, actor, house, account)

    with pytest.raises(NotPlanned):
        call_off(session, on(actor, DAY), [post.id])


def test_plan_is_called_off_once(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Whoever comes second hears that it is planned no more."""
    post_id = plan(session, actor, house, account).id
    call_off(session, actor, [post_id])

    with pytest.raises(NotPlanned):
        call_off(session, actor, [post_id])


def test_first_post_to_come_is_not_called_off(session: Session, actor: Actor, house: House) -> None:
    """Somebody who has still to begin has no post that could go on instead."""
    enlist(session, actor, [Newcomer(house.unit.id, "Lê Văn Giang", valid_from=DAY)])
    post_id = session.scalars(select(Appointment.id).where(Appointment.valid_from == DAY)).one()

    with pytest.raises(NotPlanned):
        call_off(session, actor, [post_id])


def test_calling_off_needs_both_agencies(session: Session, actor: Actor, house: House, account: Account) -> None:
    """HR of the present agency alone calls nothing off that it could not have decided."""
    post = plan(session, actor, house, account)
    (hr,) = hire(session, actor, house.department, "Lê Thị Chi")
    give(session, hr, "hr", house.department)

    with pytest.raises(NotAllowed):
        call_off(session, acting(actor, hr), [post.id])


def test_nobody_goes_on_at_a_closed_agency(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Where the present agency is closed meanwhile, the post there cannot go on."""
    post = plan(session, actor, house, account)
    house.department.valid_to = actor.today

    with pytest.raises(WrongState):
        call_off(session, actor, [post.id])


def test_both_agencies_read_it_in_the_audit(session: Session, actor: Actor, house: House, account: Account) -> None:
    """The audit of the present agency and of the other one has it."""
    post = plan(session, actor, house, account)

    call_off(session, actor, [post.id])

    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "transfer.called_off")).all()
    assert {event.agency_id for event in events} == {house.department.id, house.elsewhere.id}

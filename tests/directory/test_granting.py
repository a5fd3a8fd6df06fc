"""Roles: given and withdrawn only from above."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import BadValue, NotAllowed, NotFound, WrongState
from directory.grants import ROLES, Action, Grant, can
from directory.lifecycle import Granting, Leaving, grant, leave, withdraw
from tests.book import House, acting, give, hire


@pytest.fixture
def operator(session: Session, actor: Actor, house: House) -> Actor:
    """Give the operator of the first province as actor."""
    (account,) = hire(session, actor, house.province, "Lê Thị Chi")
    give(session, account, "operator", house.province)
    return acting(actor, account)


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give somebody in the department."""
    (account,) = hire(session, actor, house.unit, "Nguyễn Văn An")
    return account


@pytest.mark.parametrize("role", ["agency_it", "hr", "head", "auditor"])
def test_operator_gives_lower_roles(
    session: Session, operator: Actor, house: House, account: Account, role: str
) -> None:
    """An operator gives every role below the own one, and the audit tells."""
    grant(session, operator, [Granting(account.id, role, house.department.id)])

    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "grant.given")).one()
    assert can(session, acting(operator, account), Action.VIEW, house.unit.id)
    assert event.detail["role"] == role


def test_operator_makes_no_operator(session: Session, operator: Actor, house: House, account: Account) -> None:
    """Nobody gives a role as high as the own one."""
    with pytest.raises(NotAllowed):
        grant(session, operator, [Granting(account.id, "operator", house.unit.id)])


def test_shell_makes_operators(session: Session, actor: Actor, house: House, account: Account) -> None:
    """The operator's shell gives every role."""
    grant(session, actor, [Granting(account.id, "operator", house.department.id)])

    assert can(session, acting(actor, account), Action.GRANT, house.unit.id)


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"operator"}))
def test_others_give_nothing(session: Session, actor: Actor, house: House, account: Account, role: str) -> None:
    """No other role gives roles."""
    (other,) = hire(session, actor, house.department, "Lê Giang")
    give(session, other, role, house.department)

    with pytest.raises(NotAllowed):
        grant(session, acting(actor, other), [Granting(account.id, "head", house.unit.id)])


def test_nobody_gives_himself_a_role(session: Session, operator: Actor, house: House) -> None:
    """An operator cannot give himself another role."""
    assert operator.account_id is not None

    with pytest.raises(NotAllowed):
        grant(session, operator, [Granting(operator.account_id, "hr", house.unit.id)])


def test_role_outside_is_not_given(session: Session, operator: Actor, house: House, account: Account) -> None:
    """An operator gives no role over agencies that are not his."""
    with pytest.raises(NotAllowed):
        grant(session, operator, [Granting(account.id, "hr", house.elsewhere.id)])


def test_stranger_is_given_no_role(session: Session, actor: Actor, operator: Actor, house: House) -> None:
    """An operator gives no role to officials that are not his."""
    (stranger,) = hire(session, actor, house.elsewhere, "Lê Phúc")

    with pytest.raises(NotAllowed):
        grant(session, operator, [Granting(stranger.id, "hr", house.unit.id)])


def test_higher_role_elsewhere_does_not_count(
    session: Session, actor: Actor, operator: Actor, house: House, account: Account
) -> None:
    """An operator of a department who is IT officer of the province gives roles in the department only."""
    (other,) = hire(session, actor, house.department, "Lê Giang")
    give(session, other, "operator", house.department)
    give(session, other, "agency_it", house.province)

    with pytest.raises(NotAllowed):
        grant(session, acting(actor, other), [Granting(account.id, "hr", house.province.id)])


def test_same_role_is_given_once(session: Session, operator: Actor, house: House, account: Account) -> None:
    """Giving a role that somebody has already changes nothing."""
    wish = Granting(account.id, "hr", house.department.id)

    once, twice = grant(session, operator, [wish]), grant(session, operator, [wish, wish])

    assert twice == once * 2


@pytest.mark.parametrize("role", ["boss", ""])
def test_unknown_role_is_refused(session: Session, operator: Actor, house: House, account: Account, role: str) -> None:
    """A role that there is not is refused by its field."""
    with pytest.raises(BadValue):
        grant(session, operator, [Granting(account.id, role, house.department.id)])


def test_role_cannot_end_before_it_begins(session: Session, operator: Actor, house: House, account: Account) -> None:
    """A role lasts at least a day."""
    with pytest.raises(BadValue):
        grant(session, operator, [Granting(account.id, "hr", house.department.id, valid_to=operator.today)])


def test_closed_account_is_given_no_role(
    session: Session, actor: Actor, operator: Actor, house: House, account: Account
) -> None:
    """Somebody who has left is given no role."""
    leave(session, actor, [Leaving(account.official_id, reason="Nghỉ hưu")])

    with pytest.raises(WrongState):
        grant(session, operator, [Granting(account.id, "hr", house.department.id)])


def test_withdrawn_role_allows_nothing(session: Session, operator: Actor, house: House, account: Account) -> None:
    """From the moment of its withdrawal a role allows nothing."""
    given = give(session, account, "hr", house.department)

    withdraw(session, operator, [given.id])

    assert not can(session, acting(operator, account), Action.VIEW, house.unit.id)


def test_role_is_withdrawn_once(session: Session, operator: Actor, house: House, account: Account) -> None:
    """What is withdrawn already, or never was, is refused by name."""
    given = give(session, account, "hr", house.department)
    withdraw(session, operator, [given.id])

    with pytest.raises(WrongState):
        withdraw(session, operator, [given.id])
    with pytest.raises(NotFound):
        withdraw(session, operator, [-1])


@pytest.mark.parametrize(("role", "agency"), [("operator", "unit"), ("hr", "elsewhere")])
def test_equal_or_foreign_role_is_not_withdrawn(
    session: Session, operator: Actor, house: House, account: Account, role: str, agency: str
) -> None:
    """Nobody withdraws a role as high as the own one, or one over other agencies."""
    where: Agency = getattr(house, agency)
    given = give(session, account, role, where)

    with pytest.raises(NotAllowed):
        withdraw(session, operator, [given.id])


def test_role_of_the_future_can_be_withdrawn(session: Session, operator: Actor, house: House, account: Account) -> None:
    """A role that begins next week can be withdrawn today and never begins."""
    later = operator.today + timedelta(days=7)
    (given,) = grant(session, operator, [Granting(account.id, "hr", house.department.id, valid_from=later)])

    withdraw(session, operator, [given.id])

    session.refresh(given)
    assert given.valid_to == operator.today


def test_nobody_gets_a_role_over_a_closed_agency(
    session: Session, operator: Actor, house: House, account: Account
) -> None:
    """Over an agency that has ended there is nothing to look after."""
    house.department.valid_to = operator.today
    session.flush()

    with pytest.raises(WrongState):
        grant(session, operator, [Granting(account.id, "hr", house.department.id)])


@pytest.mark.parametrize(
    ("had", "wish", "then"),
    [
        pytest.param([(0, 9)], (0, 9), [(0, 9)], id="had already"),
        pytest.param([(0, 9)], (2, 5), [(0, 9)], id="had for longer"),
        pytest.param([(0, None)], (5, None), [(0, None)], id="had for ever"),
        pytest.param([(0, 9)], (5, None), [(0, 9), (9, None)], id="goes on"),
        pytest.param([(0, 9)], (9, None), [(0, 9), (9, None)], id="follows"),
        pytest.param([(5, None)], (0, None), [(0, 5), (5, None)], id="planned for later"),
        pytest.param([(5, 7)], (0, 9), [(0, 5), (5, 7), (7, 9)], id="planned for some days"),
        pytest.param([(1, 3), (5, 7)], (0, 6), [(0, 1), (1, 3), (3, 5), (5, 7)], id="planned twice"),
        pytest.param([(0, 2)], (4, 6), [(0, 2), (4, 6)], id="apart"),
    ],
)
def test_role_is_given_for_the_days_on_which_nobody_has_it(
    session: Session,
    operator: Actor,
    house: House,
    account: Account,
    had: list[tuple[int, int | None]],
    wish: tuple[int, int | None],
    then: list[tuple[int, int | None]],
) -> None:
    """What is held or planned stays, and the role is held on all days that were wished."""

    def days(since: int, until: int | None) -> tuple[date, date | None]:
        return operator.today + timedelta(since), None if until is None else operator.today + timedelta(until)

    for each in had:
        grant(session, operator, [Granting(account.id, "hr", house.unit.id, *days(*each))])

    grant(session, operator, [Granting(account.id, "hr", house.unit.id, *days(*wish))])

    held = session.execute(
        select(Grant.valid_from, Grant.valid_to).where(Grant.account_id == account.id).order_by(Grant.valid_from)
    )
    assert [tuple(row) for row in held] == [days(*each) for each in then]


def test_postgresql_gives_a_role_once(session: Session, house: House, account: Account) -> None:
    """Nobody has a role over an agency twice on a day: who withdraws it would leave the other."""
    give(session, account, "hr", house.unit)

    with pytest.raises(IntegrityError, match="grants_once"):
        give(session, account, "hr", house.unit)

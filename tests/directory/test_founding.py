"""Agencies, their domains, headcounts and policies."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.addresses import Address
from directory.agencies import Headcount, Succession
from directory.base import Actor
from directory.domains import Domain, domains_for
from directory.due import Due
from directory.errors import BadValue, CodeTaken, DomainTaken, DomainUnknown, NotAllowed, WrongState
from directory.lifecycle import (
    Alias,
    Declaration,
    Founding,
    Newcomer,
    NewDomain,
    Retirement,
    Setting,
    add_alias,
    add_domain,
    appoint,
    declare_headcount,
    found_agency,
    retire_domain,
    set_policy,
)
from directory.policies import effective
from directory.reorganisation import Plan, reorganise
from tests.book import House, acting, address_of, give, hire, mailbox_of

MERGER = date(2025, 7, 1)


@pytest.fixture
def operator(session: Session, actor: Actor, house: House) -> Actor:
    """Give the operator of the first province as actor."""
    (account,) = hire(session, actor, house.province, "Lê Thị Chi")
    give(session, account, "operator", house.province)
    return acting(actor, account)


def domain(session: Session, name: str) -> Domain:
    """Give a domain by its name."""
    return session.scalars(select(Domain).where(Domain.name == name).execution_options(populate_existing=True)).one()


def test_operator_founds_below(session: Session, operator: Actor, house: House) -> None:
    """An operator founds an agency below his own, with a code in its present form."""
    founding = Founding("department", " Sở  Tài chính ", parent_id=house.province.id, code="000.00.07.h36")

    (agency,) = found_agency(session, operator, [founding])

    assert (agency.name, agency.code) == ("Sở Tài chính", "H36.07")
    assert agency.path == f"{house.province.id}.{agency.id}"


@pytest.mark.parametrize("parent", [None, "elsewhere"])
def test_operator_founds_nothing_at_the_top_or_elsewhere(
    session: Session, operator: Actor, house: House, parent: str | None
) -> None:
    """Only the shell founds an agency at the top, and nobody one below another's."""
    parent_id = getattr(house, parent).id if parent else None

    with pytest.raises(NotAllowed):
        found_agency(session, operator, [Founding("department", "Sở Tài chính", parent_id=parent_id)])


def test_code_is_never_given_twice(session: Session, actor: Actor, house: House) -> None:
    """The code of an agency, also of a closed one, is not given to another."""
    house.department.valid_to = actor.today
    session.flush()

    with pytest.raises(CodeTaken):
        found_agency(session, actor, [Founding("department", "Sở Mới", parent_id=house.province.id, code="H36.05")])


@pytest.mark.parametrize(("kind", "name", "code"), [("village", "Thôn", None), ("unit", "", None), ("unit", "A", "36")])
def test_unfit_agency_is_refused(
    session: Session, actor: Actor, house: House, kind: str, name: str, code: str | None
) -> None:
    """An agency has a kind that there is, a name, and a code of the right form."""
    with pytest.raises(BadValue):
        found_agency(session, actor, [Founding(kind, name, parent_id=house.province.id, code=code)])


def test_taken_over_agency_closes_and_its_domain_retires(session: Session, actor: Actor, house: House) -> None:
    """After a merger the old agency is closed, and its domain retires with the new one."""
    until = date(2027, 6, 30)
    plan = Plan([house.elsewhere.id], MERGER, [house.province.id], decision="NQ 1", receives_until=until)
    reorganise(session, actor, [plan])

    old = domain(session, "khac.gov.vn")
    succession = session.scalars(select(Succession)).one()
    assert house.elsewhere.valid_to == MERGER
    assert (old.agency_id, old.state, old.receives_until) == (house.province.id, "retiring", date(2027, 6, 30))
    assert (succession.predecessor_id, succession.successor_id) == (house.elsewhere.id, house.province.id)
    assert session.get(Due, ("domain", old.id)) is not None


def test_alias_in_a_retiring_domain_only_receives(session: Session, actor: Actor, house: House) -> None:
    """An old address is kept for receiving as long as the domain receives."""
    until = date(2027, 6, 30)
    reorganise(session, actor, [Plan([house.elsewhere.id], MERGER, [house.province.id], receives_until=until)])
    (account,) = hire(session, actor, house.unit, "Nguyễn Văn An")

    add_alias(session, actor, [Alias(mailbox_of(session, account).id, "annv@khac.gov.vn")])

    kinds = {each.kind: each.valid_until for each in mailbox_addresses(session, mailbox_of(session, account).id)}
    assert kinds == {"primary": None, "receive_only": date(2027, 6, 30)}


def mailbox_addresses(session: Session, mailbox_id: int) -> list[Address]:
    """Give the addresses of a mailbox."""
    return list(session.scalars(select(Address).where(Address.mailbox_id == mailbox_id)))


def test_added_domain_is_used_and_due(session: Session, operator: Actor, house: House) -> None:
    """New addresses of an agency with its own domain are made in it."""
    (added,) = add_domain(session, operator, [NewDomain(house.department.id, "SoNoiVu.tinh.gov.vn")])

    (account,) = appoint(session, operator, [Newcomer(house.unit.id, "Nguyễn Văn An")])

    assert address_of(session, account) == "annv@sonoivu.tinh.gov.vn"
    assert session.get(Due, ("domain", added.id)) is not None


@pytest.mark.parametrize("name", ["gov.vn", "tinh.com.vn", "tỉnh.gov.vn", "-a.gov.vn", "a..gov.vn", "a.gov.vn.com"])
def test_domain_is_under_gov_vn(session: Session, operator: Actor, house: House, name: str) -> None:
    """A name that is not below .gov.vn is refused."""
    with pytest.raises(BadValue):
        add_domain(session, operator, [NewDomain(house.department.id, name)])


def test_domain_is_added_once(session: Session, operator: Actor, house: House) -> None:
    """A domain that somebody has is refused, whoever it is."""
    with pytest.raises(DomainTaken):
        add_domain(session, operator, [NewDomain(house.department.id, "khac.gov.vn")])
    with pytest.raises(DomainTaken):
        add_domain(session, operator, [NewDomain(house.department.id, "a.gov.vn")] * 2)


def test_retiring_domain_gives_no_new_addresses(session: Session, operator: Actor, house: House) -> None:
    """In a domain that retires nobody gets an address, also on demand."""
    old = domain(session, "tinh.gov.vn")
    add_domain(session, operator, [NewDomain(house.province.id, "tinhmoi.gov.vn")])

    retire_domain(session, operator, [Retirement(old.id, operator.today + timedelta(days=90))])

    assert [each.name for each in domains_for(session, house.unit)] == ["tinhmoi.gov.vn"]
    with pytest.raises(DomainUnknown):
        appoint(session, operator, [Newcomer(house.unit.id, "Nguyễn Văn An", address="an@tinh.gov.vn")])


def test_domain_retires_once(session: Session, operator: Actor, house: House) -> None:
    """A domain that retires already is refused by name."""
    old = domain(session, "tinh.gov.vn")
    retire_domain(session, operator, [Retirement(old.id)])

    with pytest.raises(WrongState):
        retire_domain(session, operator, [Retirement(old.id)])


def test_declared_headcounts_follow_each_other(session: Session, actor: Actor, house: House) -> None:
    """A new declaration ends the one before; one put in between ends where the next begins."""
    years = [date(2024, 1, 1), date(2026, 1, 1), date(2025, 1, 1)]

    declare_headcount(session, actor, [Declaration(house.department.id, 50 + n, year) for n, year in enumerate(years)])

    rows = session.scalars(select(Headcount).order_by(Headcount.valid_from))
    assert [(row.valid_from.year, row.posts, row.valid_to) for row in rows] == [
        (2024, 50, date(2025, 1, 1)),
        (2025, 52, date(2026, 1, 1)),
        (2026, 51, None),
    ]


def test_headcount_declared_for_the_same_day_is_put_right(session: Session, actor: Actor, house: House) -> None:
    """A second declaration for the same day replaces the first."""
    day = date(2026, 1, 1)
    declare_headcount(session, actor, [Declaration(house.department.id, 50, day)])

    declare_headcount(session, actor, [Declaration(house.department.id, 60, day, "QĐ 7")])

    row = session.scalars(select(Headcount)).one()
    assert (row.posts, row.decision) == (60, "QĐ 7")


def test_headcount_is_a_number_of_posts(session: Session, actor: Actor, house: House) -> None:
    """A negative headcount is refused."""
    with pytest.raises(BadValue):
        declare_headcount(session, actor, [Declaration(house.department.id, -1, MERGER)])


def test_policy_is_inherited(session: Session, operator: Actor, house: House) -> None:
    """A policy holds below until an agency there sets its own."""
    set_policy(session, operator, [Setting(house.province.id, "use_days", 45)])
    set_policy(session, operator, [Setting(house.unit.id, "use_days", 60)])

    found = [effective(session, agency, "use_days").value for agency in (house.department, house.unit)]

    assert found == [45, 60]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unknown", 1),
        ("role_quota_bytes", 0),
        ("role_quota_bytes", True),
        ("quarantine_days", "7"),
        ("second_factor", True),
        ("naming_patterns", []),
        ("naming_patterns", ["{name}"]),
        ("naming_patterns", "{given}"),
        ("targets", {"provided": 100}),
        ("targets", {"provided": 101, "activated": 90, "in_use": 80, "second_factor": 100}),
    ],
)
def test_unfit_policy_is_refused(session: Session, operator: Actor, house: House, name: str, value: object) -> None:
    """A policy that there is not, or a value it cannot have, is refused."""
    with pytest.raises(BadValue):
        set_policy(session, operator, [Setting(house.province.id, name, value)])


@pytest.mark.parametrize("role", ["agency_it", "hr", "head", "auditor"])
def test_other_roles_arrange_nothing(session: Session, actor: Actor, house: House, role: str) -> None:
    """Only operators found agencies, add domains and set policies."""
    (account,) = hire(session, actor, house.province, "Lê Giang")
    give(session, account, role, house.province)
    other = acting(actor, account)

    with pytest.raises(NotAllowed):
        found_agency(session, other, [Founding("unit", "Phòng", parent_id=house.department.id)])
    with pytest.raises(NotAllowed):
        add_domain(session, other, [NewDomain(house.department.id, "a.gov.vn")])
    with pytest.raises(NotAllowed):
        set_policy(session, other, [Setting(house.province.id, "use_days", 45)])


def test_closed_agency_is_declared_no_headcount(session: Session, actor: Actor, house: House) -> None:
    """An agency that has ended has no posts any more."""
    reorganise(session, actor, [Plan([house.department.id], actor.today, [house.province.id])])

    with pytest.raises(WrongState):
        declare_headcount(session, actor, [Declaration(house.department.id, 12, actor.today)])

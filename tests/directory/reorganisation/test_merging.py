"""Agencies that end: merged, divided or closed; nobody and nothing is left behind, and what was stays what it was."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from directory.agencies import Agency, Headcount, Succession
from directory.base import Actor
from directory.due import Due
from directory.grants import Grant, in_force
from directory.lifecycle import (
    Declaration,
    NewDomain,
    Retirement,
    RoleOpening,
    add_domain,
    declare_headcount,
    open_role_mailbox,
    retire_domain,
)
from directory.reorganisation import Hand, Plan, carry_out_next, consequences, reorganise
from tests.book import LONG_AGO, House, address_of, give, hire
from tests.directory.reorganisation.agencies import MERGER, found, posts
from tests.statements import statements


def test_posts_end_and_begin_on_the_same_day(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """Officials of an agency that ends hold the same post at the heir from that day on, with the address they had."""
    (account,) = hire(session, operator, house.department, "Nguyễn Văn An")
    address = address_of(session, account)

    reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id], decision="NQ 1")])

    assert posts(session, account) == [(house.department.id, LONG_AGO, MERGER), (heir.id, MERGER, None)]
    assert address_of(session, account) == address
    assert session.get(Due, ("account", account.id)) is not None


def test_post_that_began_later_begins_at_the_heir(session: Session, actor: Actor, house: House, heir: Agency) -> None:
    """Who took up a post after a day that lies back holds it at the heir from the first."""
    (account,) = hire(session, actor, house.department, "Nguyễn Văn An")
    began = MERGER + timedelta(days=5)
    session.execute(text("UPDATE appointments SET valid_from = :day"), {"day": began})

    reorganise(session, actor, [Plan([house.department.id], MERGER, [heir.id])])

    assert posts(session, account) == [(house.department.id, began, began), (heir.id, began, None)]


def test_two_agencies_become_one(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """Both agencies of a merger end on the day, and the heir names both as where it came from."""
    other = found(session, operator, house, "Sở Khác", "H36.91")

    reorganise(session, operator, [Plan([house.department.id, other.id], MERGER, [heir.id], decision="NQ 1")])

    assert {house.department.valid_to, other.valid_to} == {MERGER}
    links = session.scalars(select(Succession).where(Succession.successor_id == heir.id)).all()
    assert {(link.predecessor_id, link.decision) for link in links} == {
        (house.department.id, "NQ 1"),
        (other.id, "NQ 1"),
    }


def test_units_stand_below_the_heir(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """A unit moves with all its people, who keep their posts in it."""
    (account,) = hire(session, operator, house.unit, "Nguyễn Văn An")

    reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id])])

    assert house.unit.path == f"{house.province.id}.{heir.id}.{house.unit.id}"
    assert posts(session, account) == [(house.unit.id, LONG_AGO, None)]
    assert session.get(Due, ("account", account.id)) is not None


def test_division_gives_each_its_own(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """In a division a unit, a role mailbox and a domain go to the successor that is named for each."""
    other = found(session, operator, house, "Sở Khác", "H36.91")
    (mailbox,) = open_role_mailbox(
        session, operator, [RoleOpening(house.department.id, "Văn thư", "vanthu.snv@tinh.gov.vn")]
    )
    (domain,) = add_domain(session, operator, [NewDomain(house.department.id, "snv.tinh.gov.vn")])
    hands = [Hand(other.id, unit_id=house.unit.id), Hand(other.id, mailbox_id=mailbox.id)]

    reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id, other.id], hands)])

    assert (house.unit.parent_id, mailbox.agency_id, domain.agency_id) == (other.id, other.id, heir.id)


def test_successor_from_below_moves_up(session: Session, operator: Actor, house: House) -> None:
    """A unit that goes on in place of its department stands where the department stood."""
    reorganise(session, operator, [Plan([house.department.id], MERGER, [house.unit.id])])

    assert house.unit.path == f"{house.province.id}.{house.unit.id}"


def test_agency_goes_into_the_one_above(session: Session, operator: Actor, house: House) -> None:
    """A unit may end in favour of the department it stands below."""
    (account,) = hire(session, operator, house.unit, "Nguyễn Văn An")

    reorganise(session, operator, [Plan([house.unit.id], MERGER, [house.department.id])])

    assert posts(session, account)[-1] == (house.department.id, MERGER, None)


def test_domains_retire_at_the_heir(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """Domains of an agency that ends belong to the heir and receive until the day that was said."""
    (domain,) = add_domain(session, operator, [NewDomain(house.department.id, "snv.tinh.gov.vn")])
    until = date(2027, 6, 30)

    reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id], receives_until=until)])

    assert (domain.agency_id, domain.state, domain.receives_until, domain.is_primary) == (
        heir.id,
        "retiring",
        until,
        False,
    )
    assert session.get(Due, ("domain", domain.id)) is not None


@pytest.mark.parametrize(("keeps", "roles"), [(True, ["agency_it"]), (False, [])])
def test_roles_go_on_only_if_so_decided(
    session: Session, operator: Actor, house: House, heir: Agency, *, keeps: bool, roles: list[str]
) -> None:
    """Roles over an agency end with it; they go on over the heir if so planned, an operator's never."""
    for role in ("agency_it", "operator"):
        (account,) = hire(session, operator, house.province, f"Lê {role.title().replace('_', ' ')}")
        give(session, account, role, house.department)

    reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id], keeps_roles=keeps)])

    there = select(Grant.role).where(Grant.agency_id == heir.id, in_force(operator.today))
    here = select(Grant.role).where(Grant.agency_id == house.department.id, in_force(operator.today))
    assert (list(session.scalars(there)), list(session.scalars(here))) == (roles, [])


def test_headcount_ends_with_the_agency(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """A headcount that was declared for an agency holds until the agency ends."""
    declare_headcount(session, operator, [Declaration(house.department.id, 50, LONG_AGO)])

    reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id])])

    assert session.scalars(select(Headcount.valid_to)).one() == MERGER


def test_large_agency_is_handed_over_in_steps(
    session: Session, operator: Actor, house: House, heir: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Officials go over some at a time; the agency ends with the last, and each post is handed over once."""
    monkeypatch.setattr("directory.reorganisation.carrying_out.AT_ONCE", 2)
    accounts = hire(session, operator, house.department, "Lê An", "Lê Bình", "Lê Chi", "Lê Dung", "Lê Giang")
    reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id])])
    first = house.department.valid_to

    for _ in range(3):
        carry_out_next(session, operator)

    assert (first, house.department.valid_to) == (None, MERGER)
    assert [len(posts(session, account)) for account in accounts] == [2] * 5


def test_step_costs_the_same_for_many(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """The officials of an agency go over in a fixed number of statements."""
    other = found(session, operator, house, "Sở Khác", "H36.91")
    hire(session, operator, house.department, "Lê An")
    hire(session, operator, other, *(f"Lê Văn {name}" for name in ("An", "Bình", "Chi", "Dung", "Giang", "Hà", "Khoa")))

    counts = []
    for agency in (house.department, other):
        with statements(session) as sent:
            reorganise(session, operator, [Plan([agency.id], MERGER, [heir.id])])
        counts.append(len(sent))

    assert counts[1] <= counts[0]


def test_domain_that_retires_keeps_its_day(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """Of a domain that was let retire before, the merger says the day that it has, and leaves it so."""
    until = MERGER + timedelta(days=900)
    (domain,) = add_domain(session, operator, [NewDomain(house.department.id, "snv.tinh.gov.vn")])
    retire_domain(session, operator, [Retirement(domain.id, until)])

    (brings,) = consequences(session, operator, [house.department.id], MERGER)
    reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id])])

    assert [(each.is_retiring, each.receives_until) for each in brings.domains] == [(True, until)]
    assert domain.receives_until == until


def test_consequences_are_counted(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """Before a merger is confirmed it says whom and what it would carry over."""
    hire(session, operator, house.department, "Lê An", "Lê Bình")
    hire(session, operator, house.unit, "Lê Chi")
    add_domain(session, operator, [NewDomain(house.department.id, "snv.tinh.gov.vn")])

    (brings,) = consequences(session, operator, [house.department.id], MERGER)

    assert (brings.officials, [(unit.name, unit.count) for unit in brings.units]) == (2, [("Phòng Tổ chức", 1)])
    assert [(domain.name, domain.count) for domain in brings.domains] == [("snv.tinh.gov.vn", 0)]

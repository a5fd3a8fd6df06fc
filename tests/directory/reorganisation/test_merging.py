"""Agencies that end: merged, divided or closed; nobody and nothing is left behind, and what was stays what it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency, Headcount, Succession
from directory.appointments import Appointment
from directory.base import Actor
from directory.domains import Domain
from directory.due import Due
from directory.errors import (
    AgencyNotEmpty,
    BadValue,
    DirectoryError,
    EndBegun,
    EndPlanned,
    NotAllowed,
    NotFound,
    WrongState,
)
from directory.grants import Grant, in_force
from directory.lifecycle import (
    Declaration,
    Founding,
    NewDomain,
    RoleOpening,
    add_domain,
    declare_headcount,
    found_agency,
    open_role_mailbox,
)
from directory.reorganisation import Hand, Plan, call_off, carry_out_next, consequences, reorganise, try_again
from directory.reorganisation.tables import Ending, Reorganisation
from tests.book import LONG_AGO, House, acting, address_of, give, hire
from tests.statements import statements

MERGER = date(2026, 11, 1)


def found(session: Session, actor: Actor, house: House, name: str, code: str) -> Agency:
    """Found a department beside the one of the house."""
    wish = Founding("department", name, parent_id=house.province.id, code=code, valid_from=LONG_AGO)
    (agency,) = found_agency(session, actor, [wish])
    return agency


@pytest.fixture
def heir(session: Session, actor: Actor, house: House) -> Agency:
    """Give a department that goes on."""
    return found(session, actor, house, "Sở Mới", "H36.90")


@pytest.fixture
def operator(session: Session, actor: Actor, house: House) -> Actor:
    """Give the operator of the first province as actor."""
    (account,) = hire(session, actor, house.province, "Lê Thị Chi")
    give(session, account, "operator", house.province)
    return acting(actor, account)


def posts(session: Session, account: Account) -> list[tuple[int, date, date | None]]:
    """Give the posts of somebody: where, from, to."""
    rows = select(Appointment.agency_id, Appointment.valid_from, Appointment.valid_to)
    found = session.execute(rows.where(Appointment.official_id == account.official_id).order_by(Appointment.valid_from))
    return [(agency_id, since, until) for agency_id, since, until in found]


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


def test_future_merger_waits_for_its_day(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """What is planned for a day to come changes nothing before, and is carried out by itself on that day."""
    (account,) = hire(session, operator, house.department, "Nguyễn Văn An")
    day = operator.today + timedelta(days=30)
    reorganise(session, operator, [Plan([house.department.id], day, [heir.id])])

    carry_out_next(session, operator)
    before = house.department.valid_to
    carry_out_next(session, _on(operator, 30))

    assert before is None
    assert house.department.valid_to == day
    assert posts(session, account)[-1] == (heir.id, day, None)


def _on(actor: Actor, days: int) -> Actor:
    """Give the worker as actor some days later."""
    return replace(actor, now=actor.now + timedelta(days=days), is_system=True, account_id=None)


def test_closing_refuses_to_leave_anybody_behind(session: Session, operator: Actor, house: House) -> None:
    """An agency in whose place nobody goes on cannot end while somebody works there."""
    hire(session, operator, house.unit, "Nguyễn Văn An")

    with pytest.raises(AgencyNotEmpty) as refused:
        reorganise(session, operator, [Plan([house.unit.id], MERGER)])

    assert (refused.value.fields["officials"], refused.value.fields["units"]) == (1, 0)


def test_empty_agency_closes(session: Session, operator: Actor, house: House) -> None:
    """An agency with nobody and nothing in it ends on the day."""
    reorganise(session, operator, [Plan([house.unit.id], MERGER)])

    assert house.unit.valid_to == MERGER


def test_failure_on_the_day_waits_for_a_person(session: Session, operator: Actor, house: House) -> None:
    """What cannot be carried out on its day says why, stops nothing else, and can be tried again."""
    (plan,) = reorganise(session, operator, [Plan([house.unit.id], operator.today + timedelta(days=1))])
    (account,) = hire(session, operator, house.unit, "Nguyễn Văn An")
    carry_out_next(session, _on(operator, 1))
    failure = plan.failure
    session.execute(
        text("UPDATE appointments SET valid_to = valid_from WHERE official_id = :id"), {"id": account.official_id}
    )

    try_again(session, replace(operator, now=operator.now + timedelta(days=1)), [plan.public_id])

    assert failure is not None
    assert failure["fields"]["officials"] == "1"
    assert (plan.failure, house.unit.valid_to) == (None, operator.today + timedelta(days=1))


def test_called_off_plan_is_forgotten(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """A plan that is called off before its day leaves nothing, and the agency can be planned for anew."""
    (plan,) = reorganise(session, operator, [Plan([house.unit.id], operator.today + timedelta(days=1), [heir.id])])

    call_off(session, operator, [plan.public_id])

    left = [session.scalar(select(func.count()).select_from(table)) for table in (Reorganisation, Ending, Succession)]
    assert left == [0, 0, 0]


def test_what_is_done_cannot_be_called_off(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """Once its day has come a reorganisation cannot be called off."""
    (plan,) = reorganise(session, operator, [Plan([house.unit.id], MERGER, [heir.id])])

    with pytest.raises(EndBegun):
        call_off(session, operator, [plan.public_id])


def test_agency_ends_once(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """An agency whose end is planned cannot end in another plan too."""
    day = operator.today + timedelta(days=1)
    reorganise(session, operator, [Plan([house.unit.id], day, [heir.id])])

    with pytest.raises(EndPlanned):
        reorganise(session, operator, [Plan([house.unit.id], day, [heir.id])])


def test_postgresql_lets_an_agency_end_once(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """A second end of an agency is refused by PostgreSQL itself."""
    day = operator.today + timedelta(days=1)
    reorganise(session, operator, [Plan([house.unit.id], day, [heir.id])])

    with pytest.raises(IntegrityError):
        session.execute(text("INSERT INTO endings SELECT agency_id, reorganisation_id FROM endings"))


@pytest.mark.parametrize(
    ("endings", "successors", "error"),
    [
        (["unit"], ["unit"], BadValue),
        (["elsewhere"], ["department"], NotAllowed),
        (["unit"], ["elsewhere"], NotAllowed),
        ([], ["department"], NotFound),
        (["province"], ["department"], BadValue),
    ],
)
def test_unfit_plan_is_refused(
    session: Session,
    operator: Actor,
    house: House,
    endings: list[str],
    successors: list[str],
    error: type[DirectoryError],
) -> None:
    """Nobody merges an agency into itself, draws one in from elsewhere, or leaves the top without an agency."""
    ids = [[getattr(house, name).id for name in names] for names in (endings, successors)]

    with pytest.raises(error):
        reorganise(session, operator, [Plan(ids[0], MERGER, ids[1])])


def test_heir_must_be_open(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """A closed agency takes nothing over."""
    reorganise(session, operator, [Plan([heir.id], MERGER)])

    with pytest.raises(WrongState):
        reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id])])


@pytest.mark.parametrize("thing", ["unit_id", "mailbox_id", "domain_id"])
def test_things_of_others_are_not_handed(
    session: Session, operator: Actor, house: House, heir: Agency, thing: str
) -> None:
    """A plan that names a thing of an agency that does not end is refused, whatever its number."""
    (mailbox,) = open_role_mailbox(
        session, operator, [RoleOpening(house.province.id, "Văn thư", "vt.tinh@tinh.gov.vn")]
    )
    theirs = session.scalars(select(Domain.id).where(Domain.agency_id == house.elsewhere.id)).one()
    ids = {"unit_id": house.elsewhere.id, "mailbox_id": mailbox.id, "domain_id": theirs}
    hand = Hand(heir.id, **{thing: ids[thing]})

    with pytest.raises(NotFound):
        reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id], [hand])])


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


def test_consequences_are_counted(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """Before a merger is confirmed it says whom and what it would carry over."""
    hire(session, operator, house.department, "Lê An", "Lê Bình")
    hire(session, operator, house.unit, "Lê Chi")
    add_domain(session, operator, [NewDomain(house.department.id, "snv.tinh.gov.vn")])

    (brings,) = consequences(session, operator, [house.department.id], MERGER)

    assert (brings.officials, [(unit.name, unit.count) for unit in brings.units]) == (2, [("Phòng Tổ chức", 1)])
    assert [(domain.name, domain.count) for domain in brings.domains] == [("snv.tinh.gov.vn", 0)]

"""Attacks from inside: whoever has a role tries to reach somebody above, an agency beside, or the own record."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.appointments import Appointment
from directory.base import Actor
from directory.credentials.obligations import obligations_of
from directory.domains import Domain
from directory.errors import AddressReserved, AddressTaken, BadValue, DirectoryError, DomainTaken, NotAllowed
from directory.lifecycle import (
    Alias,
    Change,
    Leaving,
    Merging,
    NewDomain,
    Renaming,
    RoleOpening,
    Setting,
    Transfer,
    add_alias,
    add_domain,
    change,
    leave,
    merge,
    open_role_mailbox,
    rename,
    set_policy,
    transfer,
)
from directory.lifecycle.mailing_lists import ListOpening, ListRule, open_mailing_list
from directory.mailboxes import Mailbox
from directory.officials import Official
from directory.reorganisation import Leading, Move, lead, move
from tests.book import House, acting, address_of, give, hire

Attack = Callable[[Session, Actor, int, int], object]


@pytest.fixture
def superior(session: Session, actor: Actor, house: House) -> Account:
    """Give the operator of the province, who works in the department."""
    (account,) = hire(session, actor, house.department, "Trần Bình")
    give(session, account, "operator", house.province)
    return account


@pytest.fixture
def colleague(session: Session, actor: Actor, house: House) -> Account:
    """Give somebody of the department without a role."""
    (account,) = hire(session, actor, house.department, "Lê An")
    return account


def officer(session: Session, actor: Actor, house: House, role: str) -> Actor:
    """Give somebody of the department who has a role over it."""
    (account,) = hire(session, actor, house.department, "Nguyễn Cường")
    give(session, account, role, house.department)
    return acting(actor, account)


UPWARDS: dict[str, Attack] = {
    "leave": lambda session, actor, up, _: leave(session, actor, [Leaving(up)]),
    "rename": lambda session, actor, up, _: rename(session, actor, [Renaming(up, "Trần Khác")]),
    "merged into one below": lambda session, actor, up, one: merge(session, actor, [Merging(one, up)]),
    "one below merged into": lambda session, actor, up, one: merge(session, actor, [Merging(up, one)]),
}


@pytest.mark.parametrize("role", ["hr", "agency_it", "operator"])
@pytest.mark.parametrize("attack", UPWARDS.values(), ids=UPWARDS)
def test_nobody_decides_about_a_superior(
    session: Session, actor: Actor, house: House, superior: Account, colleague: Account, role: str, attack: Attack
) -> None:
    """Whatever role over the department somebody has, the operator of the province who works there is left alone."""
    somebody = officer(session, actor, house, role)

    with pytest.raises(NotAllowed):
        attack(session, somebody, superior.official_id, colleague.official_id)


def test_nobody_transfers_a_superior(session: Session, actor: Actor, house: House, superior: Account) -> None:
    """The operator of a department does not send the operator of the province to a unit of it."""
    somebody = officer(session, actor, house, "operator")

    with pytest.raises(NotAllowed):
        transfer(session, somebody, [Transfer(superior.official_id, house.unit.id)])


@pytest.mark.parametrize("role", ["hr", "agency_it", "operator"])
def test_nobody_names_oneself(session: Session, actor: Actor, house: House, role: str) -> None:
    """Whoever may say who leads an agency does not say it of the own person."""
    me = officer(session, actor, house, role)
    mine = session.get_one(Account, me.account_id).official_id

    for duty in ("head", "it_contact"):
        with pytest.raises(NotAllowed):
            lead(session, me, [Leading(house.department.id, duty, mine)])

    assert not session.scalars(select(Appointment).where(Appointment.is_head | Appointment.is_it_contact)).all()


@pytest.mark.parametrize("role", ["hr", "agency_it", "operator"])
def test_nobody_writes_the_own_record(session: Session, actor: Actor, house: House, role: str) -> None:
    """What is wrong in one's own record is sent as a correction, whatever role one has."""
    me = officer(session, actor, house, role)
    mine = session.get_one(Account, me.account_id).official_id

    with pytest.raises(NotAllowed):
        change(session, me, [Change(mine, {"title": "Giám đốc"})])


@pytest.mark.parametrize(
    ("policy", "value"),
    [
        ("second_factor", {"who": "nobody", "since": None}),
        ("session_hours", 100),
        ("session_idle_minutes", 1000),
        ("password_profile", "nist"),
    ],
)
def test_policy_below_frees_no_superior(
    session: Session, actor: Actor, house: House, superior: Account, policy: str, value: object
) -> None:
    """What an agency demands of those who have a role over it, the policy of an agency below cannot take away."""
    set_policy(session, actor, [Setting(house.province.id, "password_profile", "vn-l3")])
    before = obligations_of(session, actor, superior)
    somebody = officer(session, actor, house, "operator")

    set_policy(session, somebody, [Setting(house.department.id, policy, value)])

    after = obligations_of(session, actor, superior)
    assert (after.demands_factor, after.hours, after.idle_minutes, after.remembered) == (
        before.demands_factor,
        before.hours,
        before.idle_minutes,
        before.remembered,
    )


def test_retired_domain_of_another_province_is_not_taken(session: Session, actor: Actor, house: House) -> None:
    """Nobody brings a retired domain back for the own agency without looking after the one that had it."""
    theirs = session.scalars(select(Domain).where(Domain.agency_id == house.elsewhere.id)).one()
    theirs.state = "retired"
    somebody = officer(session, actor, house, "operator")

    with pytest.raises(DomainTaken):
        add_domain(session, somebody, [NewDomain(house.department.id, "khac.gov.vn", knows_past=True)])

    assert (theirs.state, theirs.agency_id) == ("retired", house.elsewhere.id)


def test_past_of_a_foreign_domain_is_not_told(session: Session, actor: Actor, house: House) -> None:
    """Whose a retired domain was, and how many addresses it had, is told only to whoever looks after that agency."""
    session.scalars(select(Domain).where(Domain.agency_id == house.elsewhere.id)).one().state = "retired"
    somebody = officer(session, actor, house, "operator")

    with pytest.raises(DomainTaken) as refused:
        add_domain(session, somebody, [NewDomain(house.department.id, "khac.gov.vn")])

    assert "Tỉnh Khác" not in str(refused.value.fields)


@pytest.mark.parametrize("name", ["a.khac.gov.vn", "a.b.khac.gov.vn"])
def test_domain_below_a_foreign_one_is_not_taken(session: Session, actor: Actor, house: House, name: str) -> None:
    """A domain below the one of another province is not for an agency of this one."""
    somebody = officer(session, actor, house, "operator")

    with pytest.raises(BadValue):
        add_domain(session, somebody, [NewDomain(house.department.id, name)])


def test_domain_below_the_one_of_an_agency_above_is_free(session: Session, actor: Actor, house: House) -> None:
    """A department takes a name below the domain of its province."""
    somebody = officer(session, actor, house, "operator")

    (added,) = add_domain(session, somebody, [NewDomain(house.department.id, "snv.tinh.gov.vn")])

    assert added.agency_id == house.department.id


@pytest.mark.parametrize("local", ["root", "admin", "Administrator", "dmarc", "no-reply"])
def test_list_takes_no_word_of_the_service(session: Session, actor: Actor, house: House, local: str) -> None:
    """No mailing list gets an address whose mail would be taken for the service's own."""
    somebody = officer(session, actor, house, "operator")

    with pytest.raises(AddressReserved):
        _open(session, somebody, house, f"{local}@tinh.gov.vn")


@pytest.mark.parametrize("local", ["postmaster", "hostmaster", "abuse", "chutich", "Van.Thu"])
@pytest.mark.parametrize("way", ["list", "role mailbox", "alias"])
def test_department_does_not_speak_for_the_province(
    session: Session, actor: Actor, house: House, local: str, way: str
) -> None:
    """In the domain of its province a department gets no address by which one reaches the province's own offices."""
    somebody, address = officer(session, actor, house, "agency_it"), f"{local}@tinh.gov.vn"
    (own,) = open_role_mailbox(session, actor, [RoleOpening(house.department.id, "Văn thư", "vanthu.snv@tinh.gov.vn")])

    ways: dict[str, Callable[[], object]] = {
        "list": lambda: _open(session, somebody, house, address),
        "alias": lambda: add_alias(session, somebody, [Alias(own.id, address)]),
        "role mailbox": lambda: open_role_mailbox(
            session, somebody, [RoleOpening(house.department.id, "Văn thư", address)]
        ),
    }

    with pytest.raises(AddressReserved):
        ways[way]()


def test_list_takes_no_former_address(session: Session, actor: Actor, house: House, colleague: Account) -> None:
    """Mail to somebody who has left goes to no mailing list."""
    was = str(address_of(session, colleague))
    leave(session, actor, [Leaving(colleague.official_id)])
    somebody = officer(session, actor, house, "agency_it")

    with pytest.raises(AddressTaken):
        _open(session, somebody, house, was)


@pytest.mark.parametrize("goal", ["ke.gian@example.com", "nobody@gov.vn", "a@tinh.gov.vn, b@example.com", "|/bin/sh"])
def test_mail_goes_on_only_inside(session: Session, actor: Actor, house: House, colleague: Account, goal: str) -> None:
    """Mail of somebody who leaves goes on to nothing but a mailbox of this directory."""
    somebody = officer(session, actor, house, "hr")

    with pytest.raises(BadValue):
        leave(session, somebody, [Leaving(colleague.official_id, forward_to=goal)])

    box = session.scalars(select(Mailbox).where(Mailbox.account_id == colleague.id)).one()
    assert (box.forward_to, session.get_one(Official, colleague.official_id).leaves_on) == (None, None)


@pytest.mark.parametrize("way", ["in", "out", "self"])
def test_no_agency_is_moved_across_ones_reach(session: Session, actor: Actor, house: House, way: str) -> None:
    """The operator of a department draws no agency into it, gives none away, and does not move the own one."""
    somebody = officer(session, actor, house, "operator")
    moves = {
        "in": Move(house.elsewhere.id, house.department.id),
        "out": Move(house.unit.id, house.elsewhere.id),
        "self": Move(house.department.id, house.unit.id),
    }

    with pytest.raises(DirectoryError) as refused:
        move(session, somebody, [moves[way]])

    session.refresh(house.department)
    assert isinstance(refused.value, NotAllowed)
    assert house.department.parent_id == house.province.id


def _open(session: Session, somebody: Actor, house: House, address: str) -> object:
    """Open a mailing list for everybody of the department."""
    rule = ListRule("Mọi người", "anyone", "staff")
    return open_mailing_list(session, somebody, [ListOpening(house.department.id, address, rule)])

"""A small book of record that tests share: two provinces, a department with a unit, and people made to measure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import primary_of
from directory.agencies import Agency
from directory.base import Actor, system
from directory.grants import Grant
from directory.lifecycle import Founding, Newcomer, NewDomain, add_domain, appoint, found_agency
from directory.mailboxes import Mailbox

LONG_AGO = date(2020, 1, 1)


@dataclass(frozen=True)
class House:
    """The agencies of the small book; mail is `@tinh.gov.vn` in the first province, `@khac.gov.vn` in the other."""

    province: Agency
    department: Agency
    unit: Agency
    elsewhere: Agency


def found_house(session: Session, actor: Actor) -> House:
    """Found the agencies and their domains through the verbs."""
    province, elsewhere = found_agency(
        session,
        actor,
        [
            Founding("province", "Tỉnh Một", code="H36", short_name="Tinh", valid_from=LONG_AGO),
            Founding("province", "Tỉnh Khác", code="H37", short_name="Khac", valid_from=LONG_AGO),
        ],
    )
    (department,) = found_agency(
        session,
        actor,
        [
            Founding(
                "department", "Sở Nội vụ", parent_id=province.id, code="H36.05", short_name="SNV", valid_from=LONG_AGO
            )
        ],
    )
    (unit,) = found_agency(
        session, actor, [Founding("unit", "Phòng Tổ chức", parent_id=department.id, valid_from=LONG_AGO)]
    )
    add_domain(session, actor, [NewDomain(province.id, "tinh.gov.vn"), NewDomain(elsewhere.id, "khac.gov.vn")])
    return House(province=province, department=department, unit=unit, elsewhere=elsewhere)


def ids_of(house: House) -> list[int]:
    """Give by which another session finds the small book again."""
    return [house.province.id, house.department.id, house.unit.id, house.elsewhere.id]


def house_of(session: Session, ids: list[int]) -> House:
    """Find the small book again."""
    found = {agency.id: agency for agency in session.scalars(select(Agency).where(Agency.id.in_(ids)))}
    return House(*(found[id_] for id_ in ids))


def hire(session: Session, actor: Actor, agency: Agency, *names: str, state: str = "active") -> list[Account]:
    """Appoint people by their names, by default with accounts that are activated."""
    who = system(actor.now, "test")
    accounts = appoint(session, who, [Newcomer(agency.id, name, valid_from=LONG_AGO) for name in names])
    for account in accounts:
        account.state = state
        account.activated_at = actor.now if state == "active" else None
    session.flush()
    return accounts


def address_of(session: Session, account: Account) -> str | None:
    """Give the primary address of an account."""
    return primary_of(session, mailbox_of(session, account).id)


def mailbox_of(session: Session, account: Account) -> Mailbox:
    """Give the personal mailbox of an account."""
    return session.scalars(select(Mailbox).where(Mailbox.account_id == account.id)).one()


def give(session: Session, account: Account, role: str, agency: Agency) -> Grant:
    """Give a role without asking anybody."""
    given = Grant(account_id=account.id, role=role, agency_id=agency.id, valid_from=LONG_AGO)
    session.add(given)
    session.flush()
    return given


def acting(actor: Actor, account: Account) -> Actor:
    """Give the actor that somebody with this account is."""
    return replace(actor, is_system=False, account_id=account.id)

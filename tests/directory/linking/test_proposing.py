"""Proposing: entries of an LDAP server meet the book."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor, system
from directory.errors import NotAllowed
from directory.linking import Found, conclude, propose
from directory.links import Link
from directory.officials import personal_id_digest
from tests.book import House, acting, address_of, give, hire

BRANCH = "ou=Users"


def entry(name: str, csn: str = "1", **attributes: tuple[str, ...]) -> Found:
    """Give an entry of another program."""
    parts = (("cn", name), ("ou", "Users"))
    return Found(f"cn={name},{BRANCH}", parts, csn, {"objectClass": ("inetOrgPerson",), "cn": (name,), **attributes})


def proposals(session: Session) -> list[tuple[str, str, list[str]]]:
    """Give what is proposed: whose account, how sure, why."""
    session.expire_all()
    rows = session.execute(
        select(Account.number, Link.confidence, Link.reasons)
        .join(Link, Link.account_id == Account.id)
        .where(Link.state == "proposed")
        .order_by(Link.path, Link.id)
    )
    return [(number, confidence, reasons) for number, confidence, reasons in rows]


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give somebody of the department."""
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")
    return account


def test_address_and_name_are_certain(session: Session, actor: Actor, account: Account) -> None:
    """The entry that has an account's address and name is its."""
    found = entry("Nguyen Van An", mail=(address_of(session, account) or "",))

    assert propose(session, actor, [found]) == 1

    assert proposals(session) == [(account.number, "certain", ["address", "name"])]


def test_personal_id_is_found_by_its_digest(session: Session, actor: Actor, account: Account) -> None:
    """A personal ID number finds its official though the book keeps it sealed, and stands in no proposal."""
    account.official.personal_id_index = personal_id_digest(session, "001085012345")
    session.flush()

    propose(session, actor, [entry("An Nguyễn Văn", employeeNumber=("001085012345",))])

    assert proposals(session) == [(account.number, "certain", ["personal_id", "name"])]
    assert session.scalar(text("SELECT count(*) FROM links WHERE links::text LIKE '%001085012345%'")) == 0


def test_staff_number_and_name_are_likely(session: Session, actor: Actor, account: Account) -> None:
    """A staff number with the name is likely: two agencies may count alike."""
    account.official.staff_number = "CB-12"
    session.flush()

    propose(session, actor, [entry("Nguyễn Văn An", employeeID=("CB-12",))])

    assert proposals(session) == [(account.number, "likely", ["staff_number", "name"])]


def test_name_and_agency_are_likely(session: Session, actor: Actor, account: Account) -> None:
    """The name at the agency, or at one above it, is likely."""
    propose(session, actor, [entry("Văn An Nguyễn", department=("SỞ NỘI VỤ",))])

    assert proposals(session) == [(account.number, "likely", ["name", "agency"])]


def test_province_is_too_wide_for_a_name(session: Session, actor: Actor, account: Account) -> None:
    """A name somewhere in the province is no reason."""
    assert propose(session, actor, [entry("Nguyễn Văn An", o=("Tỉnh Một",))]) == 0


def test_two_entries_for_one_account_are_unsure(session: Session, actor: Actor, account: Account) -> None:
    """However well both fit, a person decides which of two entries is the account's."""
    address = (address_of(session, account) or "",)
    propose(session, actor, [entry("Nguyễn Văn An", mail=address)])
    propose(session, actor, [entry("An Nguyễn Văn", mail=address)])

    conclude(session, actor, BRANCH, actor.now)

    assert proposals(session) == [(account.number, "unsure", ["address", "name", "several_entries"])] * 2


def test_closed_account_is_never_proposed(session: Session, actor: Actor, account: Account) -> None:
    """An entry would be shut if it became that of somebody who has left."""
    account.state = "disabled"
    session.flush()

    assert propose(session, actor, [entry("Nguyễn Văn An", mail=(address_of(session, account) or "",))]) == 0


def test_stranger_is_left_alone(session: Session, actor: Actor, account: Account) -> None:
    """For an entry of somebody who is not in the book nothing is proposed."""
    assert propose(session, actor, [entry("Lê Thị Hoa", mail=("hoalt@tinh.gov.vn",))]) == 0


def test_later_run_forgets_what_is_gone(session: Session, actor: Actor, account: Account) -> None:
    """A proposal whose entry the next run does not meet is forgotten."""
    propose(session, actor, [entry("Nguyễn Văn An", mail=(address_of(session, account) or "",))])
    later = system(actor.now + timedelta(hours=1), "test")

    conclude(session, later, BRANCH, later.now)

    assert proposals(session) == []


def test_refused_stays_refused(session: Session, actor: Actor, account: Account) -> None:
    """What a person has refused is not proposed again."""
    found = entry("Nguyễn Văn An", mail=(address_of(session, account) or "",))
    propose(session, actor, [found])
    link = session.scalars(select(Link)).one()
    link.state, link.decided_at = "refused", actor.now
    session.flush()

    propose(session, actor, [found])

    assert proposals(session) == []


def test_linked_account_is_proposed_for_nothing_else(session: Session, actor: Actor, account: Account) -> None:
    """An account that has its entry is no longer proposed for another."""
    address = (address_of(session, account) or "",)
    propose(session, actor, [entry("Nguyễn Văn An", mail=address)])
    link = session.scalars(select(Link)).one()
    link.state, link.confirmed_csn, link.decided_at = "confirmed", link.csn, actor.now
    session.flush()

    propose(session, actor, [entry("An Nguyễn Văn", mail=address)])

    assert proposals(session) == []


def test_only_who_founds_agencies_at_the_top_may(
    session: Session, actor: Actor, house: House, account: Account
) -> None:
    """An LDAP server is of all agencies: the operator of one department does not link its entries."""
    give(session, account, "operator", house.department)

    with pytest.raises(NotAllowed):
        propose(session, acting(actor, account), [entry("Nguyễn Văn An")])


@pytest.mark.parametrize("column", ["path = 'cn=khac,ou=Users'", "account_id = account_id + 1", "target = 'khac'"])
def test_link_never_means_something_else(session: Session, actor: Actor, account: Account, column: str) -> None:
    """PostgreSQL refuses to turn a link to another entry or another account."""
    propose(session, actor, [entry("Nguyễn Văn An", mail=(address_of(session, account) or "",))])

    with pytest.raises(DBAPIError, match="a link never means another"):
        session.execute(text(f"UPDATE links SET {column}"))


@pytest.mark.parametrize(("path", "rule"), [("cn=a", "links_one_account_idx"), ("cn=b", "links_one_entry_idx")])
def test_one_entry_one_account(
    session: Session, actor: Actor, house: House, account: Account, path: str, rule: str
) -> None:
    """PostgreSQL refuses a second account for an entry, and a second entry for an account."""
    [other] = hire(session, actor, house.department, "Trần Thị Bình")
    owner = {"cn=a": other, "cn=b": account}[path]
    insert = text(
        "INSERT INTO links (public_id, path, name, account_id, confidence, reasons, shown, csn, confirmed_csn, state,"
        " proposed_at, decided_at) VALUES (:path || :owner, :path, '[]', :owner, 'certain', '[]', '{}', '1', '1',"
        " 'confirmed', now(), now())"
    )
    session.execute(insert, {"path": "cn=a", "owner": account.id})

    with pytest.raises(IntegrityError, match=rule):
        session.execute(insert, {"path": path, "owner": owner.id})

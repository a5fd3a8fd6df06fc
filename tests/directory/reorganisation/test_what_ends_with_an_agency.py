"""What ends with an agency, kept by PostgreSQL: tried by going round the code, from both sides."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from directory.agencies import Agency, Headcount
from directory.base import Actor
from directory.grants import Grant
from directory.lifecycle import (
    Declaration,
    ListOpening,
    ListRule,
    RoleOpening,
    close_role_mailbox,
    declare_headcount,
    open_mailing_list,
)
from directory.lifecycle import open_role_mailbox as open_boxes
from directory.reorganisation import Plan, reorganise
from provisioning.outbox import Outbox
from tests.book import LONG_AGO, House, give, hire
from tests.directory.test_what_ends_with_an_account import commit
from tests.statements import is_one_waiting

ENDS = date(2026, 1, 1)
ROWS = {
    "headcount": "INSERT INTO headcounts (agency_id, valid_from, posts) VALUES (:agency, '2026-05-01', 5)",
    "headcount that runs on": "INSERT INTO headcounts (agency_id, valid_from, posts) VALUES (:agency, '2025-05-01', 5)",
    "post": """
        INSERT INTO appointments (official_id, agency_id, kind, valid_from)
        SELECT official_id, :agency, 'acting', '2026-05-01' FROM accounts WHERE id = :account""",
    "post that runs on": """
        INSERT INTO appointments (official_id, agency_id, kind, valid_from)
        SELECT official_id, :agency, 'acting', '2025-05-01' FROM accounts WHERE id = :account""",
    "role": """
        INSERT INTO grants (account_id, role, agency_id, valid_from, valid_to)
        VALUES (:account, 'hr', :agency, '2025-05-01', '2025-06-01')""",
    "role mailbox": """
        INSERT INTO mailboxes (public_id, kind, agency_id, name, quota_bytes, created_at)
        VALUES ('m', 'role', :agency, 'Văn thư', 1, now())""",
    "role that ends later": """
        INSERT INTO grants (account_id, role, agency_id, valid_from, valid_to)
        VALUES (:account, 'hr', :agency, '2025-05-01', '2026-05-01')""",
    "domain": "INSERT INTO domains (name, agency_id) VALUES ('phong.gov.vn', :agency)",
    "agency below": """
        INSERT INTO agencies (public_id, parent_id, kind, name, valid_from)
        VALUES ('b', :agency, 'unit', 'Tổ Một', '2025-05-01')""",
    "mailing list": """
        INSERT INTO mailing_lists (public_id, agency_id, name, senders, rule, created_at)
        VALUES ('l', :agency, 'Toàn cơ quan', 'inside', 'staff', now())""",
}
LEFT = (
    "headcount",
    "headcount that runs on",
    "role that ends later",
    "domain",
    "agency below",
    "role mailbox",
    "mailing list",
)
"""What keeps an agency open; a post does if it has no end."""


def write(session: Session, agency: Agency, account_id: int, what: str) -> None:
    """Write one of the rows by plain SQL."""
    session.execute(text(ROWS[what]), {"agency": agency.id, "account": account_id})


def close(session: Session, agency: Agency) -> None:
    """Close an agency by plain SQL, and let PostgreSQL ask what it asks at the end of a transaction."""
    session.execute(text("UPDATE agencies SET valid_to = :day WHERE id = :id"), {"day": ENDS, "id": agency.id})
    commit(session)


@pytest.fixture
def account_id(session: Session, actor: Actor, house: House) -> int:
    """Give the account of somebody who works elsewhere."""
    return hire(session, actor, house.province, "Lê Thị Dung")[0].id


@pytest.mark.parametrize("what", ROWS)
def test_postgresql_gives_nothing_to_a_closed_agency(
    session: Session, house: House, account_id: int, what: str
) -> None:
    """At an agency that is closed nobody gets a post or a role, and nothing is declared or opened."""
    close(session, house.unit)

    with pytest.raises(DBAPIError, match=r"no further than|which is closed|below one that is closed"):
        write(session, house.unit, account_id, what)


@pytest.mark.parametrize("what", LEFT)
def test_postgresql_closes_no_agency_that_has_something_left(
    session: Session, house: House, account_id: int, what: str
) -> None:
    """An agency is not closed while something of it holds on that day, or would from a later day on."""
    write(session, house.unit, account_id, what)

    with pytest.raises(DBAPIError, match=r"something of agency|below one that is closed"):
        close(session, house.unit)


def test_postgresql_moves_no_agency_below_a_closed_one(session: Session, house: House) -> None:
    """An agency that goes on does not come to stand below one that is closed."""
    close(session, house.unit)

    its = {"closed": house.unit.id, "id": house.elsewhere.id}
    session.execute(text("UPDATE agencies SET parent_id = :closed WHERE id = :id"), its)

    with pytest.raises(DBAPIError, match="below one that is closed"):
        commit(session)


def test_postgresql_opens_no_agency_below_a_closed_one(session: Session, house: House) -> None:
    """An agency that was closed with the one above it is not opened alone."""
    session.execute(text("UPDATE domains SET state = 'retiring'"))
    for agency in (house.unit, house.department):
        close(session, agency)

    session.execute(text("UPDATE agencies SET valid_to = NULL WHERE id = :id"), {"id": house.unit.id})

    with pytest.raises(DBAPIError, match="below one that is closed"):
        commit(session)


def test_postgresql_takes_no_domain_of_a_closed_agency_into_use(session: Session, house: House) -> None:
    """A domain that retired with its agency is not used again as its."""
    write(session, house.unit, 0, "domain")
    session.execute(text("UPDATE domains SET state = 'retiring' WHERE agency_id = :id"), {"id": house.unit.id})
    close(session, house.unit)

    with pytest.raises(DBAPIError, match="which is closed"):
        session.execute(text("UPDATE domains SET state = 'active' WHERE agency_id = :id"), {"id": house.unit.id})


def test_branch_ends_in_one_transaction(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """An agency and those below it end together, whichever is written first."""
    reorganise(session, operator, [Plan([house.department.id, house.unit.id], ENDS, [heir.id])])

    commit(session)
    assert session.scalars(select(Agency.valid_to).where(Agency.valid_to.is_not(None))).all() == [ENDS, ENDS]


def test_role_ends_on_the_day_of_its_agency(
    session: Session, operator: Actor, house: House, heir: Agency, account_id: int
) -> None:
    """A role is none any more from the day on which its agency ended, also if that is written down later."""
    write(session, house.department, account_id, "role that ends later")
    (other,) = hire(session, operator, house.province, "Lê Thị Chi")
    give(session, other, "hr", house.department)

    reorganise(session, operator, [Plan([house.department.id], ENDS, [heir.id])])

    of_it = select(Grant.valid_to).where(Grant.agency_id == house.department.id)
    assert session.scalars(of_it).all() == [ENDS, ENDS]


def test_postgresql_closes_no_agency_with_a_role_without_end(session: Session, actor: Actor, house: House) -> None:
    """An agency is not closed while somebody has a role over it."""
    (account,) = hire(session, actor, house.province, "Lê Thị Chi")
    give(session, account, "hr", house.unit)

    with pytest.raises(DBAPIError, match="something of agency"):
        close(session, house.unit)


@pytest.mark.parametrize("until", ["NULL", "valid_to + 1"])
def test_postgresql_lets_a_role_at_a_closed_agency_only_end(
    session: Session, house: House, account_id: int, until: str
) -> None:
    """A role over an agency that is closed meanwhile is never made longer."""
    write(session, house.unit, account_id, "role")
    close(session, house.unit)

    with pytest.raises(DBAPIError, match="which is closed"):
        session.execute(text(f"UPDATE grants SET valid_to = {until} WHERE agency_id = :id"), {"id": house.unit.id})


def test_postgresql_lets_no_post_outlast_its_agency(session: Session, actor: Actor, house: House) -> None:
    """A post that ended with its agency is not made longer."""
    (account,) = hire(session, actor, house.unit, "Lê Thị Chi")
    its = {"official": account.official_id, "day": ENDS}
    session.execute(text("UPDATE appointments SET valid_to = :day WHERE official_id = :official"), its)
    close(session, house.unit)

    with pytest.raises(DBAPIError, match="no further than"):
        session.execute(text("UPDATE appointments SET valid_to = NULL WHERE official_id = :official"), its)


def test_postgresql_opens_no_mailbox_of_a_closed_agency(session: Session, actor: Actor, house: House) -> None:
    """A role mailbox that was closed before its agency is not opened again."""
    (box,) = open_boxes(session, actor, [RoleOpening(house.unit.id, "Văn thư", "vt.phong@tinh.gov.vn")])
    close_role_mailbox(session, actor, [box.id], "sáp nhập")
    close(session, house.unit)

    with pytest.raises(DBAPIError, match="stays over"):
        session.execute(text("UPDATE mailboxes SET state = 'active' WHERE id = :id"), {"id": box.id})


def test_postgresql_ends_no_headcount_before_it_begins(session: Session, house: House) -> None:
    """A headcount holds for one day at least."""
    with pytest.raises(DBAPIError, match="headcounts_dates_check"):
        session.execute(
            text("INSERT INTO headcounts (agency_id, valid_from, valid_to, posts) VALUES (:id, :day, :day, 5)"),
            {"id": house.unit.id, "day": ENDS},
        )


def test_headcount_from_a_later_day_goes_with_the_agency(
    session: Session, operator: Actor, house: House, heir: Agency
) -> None:
    """What was declared for days after the end of an agency is forgotten; what held until then ends."""
    later = operator.today + timedelta(days=40)
    declare_headcount(
        session,
        operator,
        [Declaration(house.department.id, 50, LONG_AGO), Declaration(house.department.id, 60, later)],
    )

    reorganise(session, operator, [Plan([house.department.id], operator.today, [heir.id])])

    rows = session.execute(select(Headcount.posts, Headcount.valid_to)).all()
    assert [tuple(row) for row in rows] == [(50, operator.today)]


def test_agency_with_all_kinds_of_things_ends_in_its_heir(
    session: Session, operator: Actor, house: House, heir: Agency
) -> None:
    """What PostgreSQL keeps stands in the way of no merger: people, roles, role mailboxes and lists are handed on."""
    (account,) = hire(session, operator, house.department, "Lê Thị Chi")
    give(session, account, "hr", house.department)
    open_boxes(session, operator, [RoleOpening(house.department.id, "Văn thư", "vt.so@tinh.gov.vn")])
    rule = ListRule("Toàn sở", "inside", "staff")
    open_mailing_list(session, operator, [ListOpening(house.department.id, "toanso@tinh.gov.vn", rule)])

    reorganise(session, operator, [Plan([house.department.id], ENDS, [heir.id], keeps_roles=True)])

    assert session.scalar(select(Agency.valid_to).where(Agency.id == house.department.id)) == ENDS


def test_end_of_an_agency_waits_for_what_is_being_written(outbox: Outbox) -> None:
    """Who closes an agency by plain SQL sees what another transaction was just writing of it."""
    founding = "INSERT INTO agencies (public_id, kind, name, valid_from) VALUES ('p', 'province', 'P', '2020-01-01')"
    with outbox.engine.begin() as connection:
        agency_id = connection.scalar(text(founding + " RETURNING id"))
    refused: list[str] = []

    def end() -> None:
        try:
            with outbox.engine.begin() as connection:
                connection.execute(text("UPDATE agencies SET valid_to = :day"), {"day": ENDS})
        except DBAPIError as error:
            refused.append(str(error.orig))

    closing = Thread(target=end)
    with outbox.engine.begin() as connection:
        connection.execute(text(ROWS["headcount"]), {"agency": agency_id})
        closing.start()
        while closing.is_alive() and not is_one_waiting(outbox.engine):
            pass
    closing.join()

    assert ["something of agency" in each for each in refused] == [True]

"""A page of a hundred rows takes as many statements as a page of ten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event

from directory.agencies import Agency
from directory.base import Actor
from directory.lifecycle import Founding, RoleOpening, found_agency, open_role_mailbox
from directory.staff_lists.tables import StaffList
from tests.book import LONG_AGO, hire
from tests.web.people import PROVINCE, Somebody, agency, seed, signed_in

FEW, MANY = 10, 100
PAGES = (
    "/",
    "/agencies",
    "/agencies/{agency}",
    "/officials",
    "/officials?q=le",
    "/people?q=le",
    "/people?agency={agency}",
    "/adoption/{agency}",
    "/lists",
    "/slips",
    "/role-mailboxes",
    "/audit",
    "/provisioning",
)


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def operator(app: Flask) -> Somebody:
    """Give the operator of the province, with ten of everything in it."""
    somebody = signed_in(app, "operator", at=PROVINCE)
    add(app, "a", FEW)
    return somebody


@pytest.fixture
def sent(app: Flask) -> Iterator[list[str]]:
    """Collect what the application sends."""
    collected: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        collected.append(statement)

    engine = app.extensions["congvu"].outbox.engine
    event.listen(engine, "before_cursor_execute", note)
    yield collected
    event.remove(engine, "before_cursor_execute", note)


def add(app: Flask, mark: str, number: int) -> None:
    """Add so many units, officials who wait for a slip, role mailboxes, lists and events."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now, top = seed(session), agency(session, PROVINCE)
        foundings = [
            Founding("unit", f"Phòng {mark} {each}", parent_id=top.id, valid_from=LONG_AGO) for each in range(number)
        ]
        units = found_agency(session, now, foundings)
        hire(
            session,
            now,
            top,
            *[f"Lê Văn {mark.upper()}{chr(97 + each % 26)}" for each in range(number)],
            state="pending",
        )
        open_role_mailbox(
            session,
            now,
            [
                RoleOpening(unit.id, f"Văn thư {mark}", f"vt.{mark}{each}@tinh.gov.vn")
                for each, unit in enumerate(units)
            ],
        )
        session.add_all(_list(top, mark, each, now) for each in range(number))


def _list(top: Agency, mark: str, each: int, now: Actor) -> StaffList:
    """Give a list that waits to be reviewed."""
    return StaffList(
        agency_id=top.id, file_name=f"{mark}{each}.xlsx", sha256=f"{mark}{each}", columns={}, uploaded_at=now.now
    )


@pytest.mark.parametrize("page", PAGES)
def test_rows_cost_no_statements(app: Flask, operator: Somebody, sent: list[str], page: str) -> None:
    """The number of statements of a page does not grow with the number of its rows."""
    with app.extensions["congvu"].outbox.transaction() as session:
        address = page.format(agency=agency(session, PROVINCE).public_id)

    few = asked(operator, address, sent)
    add(app, "b", MANY - FEW)
    many = asked(operator, address, sent)

    assert len(many) <= len(few), [each for each in many if many.count(each) > few.count(each)]


def asked(somebody: Somebody, address: str, sent: list[str]) -> list[str]:
    """Open a page that was opened before and give the statements that it sends."""
    assert somebody.client.get(address).status_code == 200
    sent.clear()
    somebody.client.get(address)
    return list(sent)

"""Who looks at personal data of a list that is not theirs: refused, recorded, and limited."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from directory.audit import AuditEvent
from directory.lifecycle.revealing import A_DAY
from tests.lists.workbooks import people, plain_list
from tests.web.pages import Page
from tests.web.people import Somebody, signed_in
from tests.web.test_lists import planned


@pytest.fixture
def officer(app: Flask) -> Somebody:
    """Give somebody of HR of the department, whose list it is."""
    return signed_in(app, "hr")


@pytest.mark.parametrize(("role", "at"), [("head", "H36.05"), ("hr", "H37"), (None, "H36.05")])
def test_refused_looks_at_a_list_stand_in_the_audit(app: Flask, officer: Somebody, role: str | None, at: str) -> None:
    """Each try at a row in full or at the columns, to read or to change, is a line with who wanted what of which."""
    address = planned(officer, plain_list(people(1)).xlsx())
    who = signed_in(app, role, at=at)
    token = Page(who.client.get("/me")).token

    tries = [who.client.get(f"{address}/rows/6"), who.client.post(f"{address}/rows/6", data={"csrf_token": token})]
    tries.append(who.client.get(f"{address}/columns"))

    found = refused_looks(app)
    assert [each.status_code for each in tries] == [404] * 3
    assert {(each.actor_account_id, each.subject) for each in found} == {(who.account_id, f"list:{address[-16:]}")}
    assert [each.detail.get("row") for each in found] == [6, 6, None]
    assert (
        "Từ chối cho xem dữ liệu cá nhân trong danh sách" in Page(signed_in(app, "auditor").client.get("/audit")).text
    )


@pytest.mark.parametrize(("nobody", "lines"), [(None, A_DAY), ("2222222222222222", 0)])
def test_refused_looks_of_a_day_are_limited(app: Flask, officer: Somebody, nobody: str | None, lines: int) -> None:
    """Beyond the limit of a day nothing is looked up or written, and which lists there are cannot be told from it."""
    address = planned(officer, plain_list(people(1)).xlsx())
    who = signed_in(app, "hr", at="H37")
    way = f"/lists/{nobody or address[-16:]}/rows/6"

    answers = [who.client.get(way).status_code for _ in range(A_DAY + 2)]

    assert answers == [404] * A_DAY + [429] * 2
    assert len(refused_looks(app)) == lines


def refused_looks(app: Flask) -> list[AuditEvent]:
    """Give the lines of refused tries, in their order."""
    with app.extensions["congvu"].outbox.transaction() as session:
        query = select(AuditEvent).where(AuditEvent.action == "list.look_refused").order_by(AuditEvent.id)
        found = session.scalars(query).all()
        session.expunge_all()
        return list(found)

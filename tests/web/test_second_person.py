"""Many leavers of a full list: two people of the same agency, each at an own browser."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import select

from directory.accounts import Account
from directory.base import system
from directory.lifecycle import Newcomer, appoint
from directory.officials import Official
from directory.staff_lists.tables import BEYOND
from tests.lists.workbooks import people, plain_list
from tests.web.importing import work
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, ELSEWHERE, Somebody, agency, seed, signed_in
from tests.web.test_lists import planned, press, read

MISSING = 5


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def one(app: Flask) -> Somebody:
    """Give somebody of HR of the province, who is missed in no list of the department."""
    return signed_in(app, "hr", at="H36")


@pytest.fixture
def other(app: Flask) -> Somebody:
    """Give a second one."""
    return signed_in(app, "hr", at="H36")


@pytest.fixture
def page(app: Flask, one: Somebody) -> str:
    """Give the page of a full list in which five of the department are missing, all of them confirmed by the first."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        department = agency(session, DEPARTMENT).id
        staff = [Newcomer(department, each.name, personal_id=each.personal_id) for each in people(MISSING + 1)]
        appoint(session, system(now.now, "test"), staff)
        public = agency(session, DEPARTMENT).public_id
    address = planned(one, plain_list(people(1)).xlsx(), mode="full", agency=public)
    said = {"answer": "yes", "csrf_token": read(one, address).token}
    assert one.client.post(f"{address}/leavers", data=said).status_code == 303
    return address


def states(app: Flask) -> set[str]:
    """Give the states of the accounts of those whom the list is about."""
    names = [each.name for each in people(MISSING + 1)]
    wanted = select(Account.state).join(Official).where(Official.full_name.in_(names))
    with app.extensions["congvu"].outbox.transaction() as session:
        return set(session.scalars(wanted))


def test_one_person_alone_applies_nothing(app: Flask, one: Somebody, page: str) -> None:
    """The button is shut, and pressing it by other means says that a second person is needed."""
    shown = read(one, page)

    answer = one.client.post(f"{page}/apply", data=shown.forms[f"{page}/apply"], follow_redirects=True)

    assert "người thứ hai" in Page(answer).text
    work(app)
    assert states(app) == {"pending"}


def test_who_confirmed_is_not_offered_to_be_the_second(one: Somebody, other: Somebody, page: str) -> None:
    """The button for the second person stands on the page of the other, and not of whoever confirmed."""
    offered = [f"{page}/second" in read(somebody, page).forms for somebody in (one, other)]

    assert offered == [False, True]


def test_who_confirmed_cannot_be_the_second(one: Somebody, other: Somebody, page: str) -> None:
    """Sent by other means, it is refused with the reason."""
    form = {**read(other, page).forms[f"{page}/second"], "csrf_token": read(one, page).token}

    answer = one.client.post(f"{page}/second", data=form, follow_redirects=True)

    assert "Người thứ hai phải khác với người đã xác nhận" in Page(answer).text
    assert f"{page}/second" in read(other, page).forms


def test_two_people_let_many_go(app: Flask, one: Somebody, other: Somebody, page: str) -> None:
    """Once the other has confirmed too, the first applies the list and the five are closed."""
    press(other, page, "second")

    press(one, page, "apply")
    work(app)

    assert states(app) == {"pending", "disabled"}
    assert "Đã áp dụng" in read(one, page).text


def test_outcome_file_tells_who_left_from_who_stays(app: Flask, one: Somebody, other: Somebody, page: str) -> None:
    """Of those missing in the list, the file calls only the four that were let go leavers, and says that one stays."""
    stays = {"answer": "no", "row": str(BEYOND), "csrf_token": read(one, page).token}
    one.client.post(f"{page}/leavers", data=stays)
    press(other, page, "second")
    press(one, page, "apply")
    work(app)

    answer = one.client.get(f"{page}/outcome.csv").get_data().decode("utf-8-sig")

    missing = [row for row in csv.reader(io.StringIO(answer), delimiter=";") if not row[0]]
    assert sorted((row[3], row[5]) for row in missing) == [
        ("Thiếu trong danh sách", "Chưa xác nhận thôi công tác: giữ nguyên."),
        *[("Đã thôi công tác", "")] * (MISSING - 1),
    ]


@pytest.mark.parametrize("role", ["hr", None])
def test_stranger_finds_no_such_list(app: Flask, other: Somebody, page: str, role: str | None) -> None:
    """Somebody of another agency, or without the right, gets 404 for the page and for the second word."""
    stranger = signed_in(app, role, at=ELSEWHERE if role else DEPARTMENT)
    form = {**read(other, page).forms[f"{page}/second"], "csrf_token": read(stranger, "/me").token}

    answers = [stranger.client.get(page), stranger.client.post(f"{page}/second", data=form)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert f"{page}/second" in read(other, page).forms

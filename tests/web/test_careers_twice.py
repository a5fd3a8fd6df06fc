"""Decisions that two windows confirm: the second is told, and nothing is done twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from directory.appointments import Appointment
from directory.audit import AuditEvent
from directory.base import system
from directory.lifecycle import Founding, found_agency
from directory.officials import Official
from tests.book import LONG_AGO
from tests.web.pages import Page
from tests.web.people import Somebody, agency, book_of, signed_in
from tests.web.test_careers import shown, written
from tests.web.test_officials import official, state

TOLD = "người khác đã quyết định về Trần Văn Đạt"


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def operator(app: Flask) -> Somebody:
    """Give the operator of the province, with somebody in the department."""
    book_of(app, "Trần Văn Đạt")
    return signed_in(app, "operator", at="H36")


@pytest.fixture
def who(app: Flask, operator: Somebody) -> str:
    """Give the path of the page of somebody of the department."""
    return f"/officials/{official(app, 'Trần Văn Đạt')}"


def opened(somebody: Somebody, path: str) -> dict[str, str]:
    """Open the form of a decision; give what stands in it."""
    forms = Page(somebody.client.get(path)).forms
    return next(form for action, form in forms.items() if action not in ("/language", "/sign-out"))


def events(app: Flask, action: str) -> int:
    """Count audit events."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return session.scalar(select(func.count()).where(AuditEvent.action == action)) or 0


def offices(app: Flask) -> tuple[str, str]:
    """Found two more departments; give their public ids."""
    with app.extensions["congvu"].outbox.transaction() as session:
        parent = agency(session, "H36").id
        founded = [
            Founding("department", name, parent_id=parent, code=code, valid_from=LONG_AGO)
            for name, code in (("Sở Y tế", "H36.06"), ("Sở Tài chính", "H36.07"))
        ]
        first, second = found_agency(session, system(datetime.now(UTC), "test"), founded)
        return first.public_id, second.public_id


def primary_posts(app: Flask) -> list[str]:
    """Give the agencies of the primary posts that somebody has or had, in order."""
    with app.extensions["congvu"].outbox.transaction() as session:
        posts = session.scalars(
            select(Appointment)
            .join(Official, Official.id == Appointment.official_id)
            .where(Official.full_name == "Trần Văn Đạt")
            .order_by(Appointment.valid_from)
        )
        return [post.agency.name for post in posts]


def test_leaving_at_once_is_confirmed_once(app: Flask, operator: Somebody, who: str) -> None:
    """Whoever confirms a leaving that another window has confirmed hears it, and nothing happens again."""
    form = {**opened(operator, f"{who}/leave"), "when": "at_once", "reason": "QĐ 12"}

    answers = [operator.client.post(f"{who}/leave", data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 422]
    assert TOLD in Page(answers[1]).text
    assert (state(app, who.rpartition("/")[2]), events(app, "official.retired")) == ("disabled", 1)


def test_later_window_moves_no_day_unseen(app: Flask, operator: Somebody, who: str) -> None:
    """A leaving that another window decided for another day is not moved, until the later one has seen it."""
    form = {**opened(operator, f"{who}/leave"), "when": "on", "reason": "QĐ 12"}
    operator.client.post(f"{who}/leave", data={**form, "last_day": written(10)})

    answer = operator.client.post(f"{who}/leave", data={**form, "last_day": written(20)})

    assert (answer.status_code, TOLD in Page(answer).text) == (422, True)
    assert written(11) in shown(operator, who)
    seen = next(each for each in Page(answer).forms.values() if "seen" in each)["seen"]
    operator.client.post(f"{who}/leave", data={**form, "last_day": written(20), "seen": seen})
    assert written(21) in shown(operator, who)


@pytest.mark.parametrize("day", ["", written(30)])
def test_transfer_after_another_is_told(app: Flask, operator: Somebody, who: str, day: str) -> None:
    """Of two who transfer somebody to different agencies the second hears of the first, whose transfer stays."""
    first, second = offices(app)
    form = {**opened(operator, f"{who}/transfer"), "title": "Chuyên viên", "valid_from": day}
    operator.client.post(f"{who}/transfer", data={**form, "agency": first})

    answer = operator.client.post(f"{who}/transfer", data={**form, "agency": second})

    assert (answer.status_code, TOLD in Page(answer).text) == (422, True)
    assert primary_posts(app) == ["Sở Nội vụ", "Sở Y tế"]
    assert events(app, "official.transferred") == 1


def test_same_transfer_is_confirmed_once(app: Flask, operator: Somebody, who: str) -> None:
    """A transfer that is confirmed twice is one transfer, and the second window hears it."""
    form = {**opened(operator, f"{who}/transfer"), "agency": offices(app)[0], "title": "Chuyên viên"}

    answers = [operator.client.post(f"{who}/transfer", data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 422]
    assert (primary_posts(app), events(app, "official.transferred")) == (["Sở Nội vụ", "Sở Y tế"], 1)


def test_transfer_of_who_was_let_go_is_told(app: Flask, operator: Somebody, who: str) -> None:
    """A transfer that is confirmed after somebody else let the official go brings nobody back."""
    form = {**opened(operator, f"{who}/transfer"), "agency": offices(app)[0], "title": "Chuyên viên"}
    leaving = {**opened(operator, f"{who}/leave"), "when": "at_once", "reason": "QĐ 12"}
    operator.client.post(f"{who}/leave", data=leaving)

    answer = operator.client.post(f"{who}/transfer", data=form)

    assert (answer.status_code, TOLD in Page(answer).text) == (422, True)
    assert (primary_posts(app), state(app, who.rpartition("/")[2])) == (["Sở Nội vụ"], "disabled")


def test_mistake_in_the_form_hides_no_decision(app: Flask, operator: Somebody, who: str) -> None:
    """A form that is sent again after a mistake in it still says what was decided meanwhile."""
    first, second = offices(app)
    form = {**opened(operator, f"{who}/transfer"), "title": "Chuyên viên", "agency": second}
    operator.client.post(f"{who}/transfer", data={**form, "agency": first})
    wrong = operator.client.post(f"{who}/transfer", data={**form, "valid_from": "31/02/2027"})

    again = next(each for each in Page(wrong).forms.values() if "seen" in each)
    answer = operator.client.post(f"{who}/transfer", data={**again, "agency": second, "valid_from": ""})

    assert TOLD in Page(answer).text

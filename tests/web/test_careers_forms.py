"""What stands in the forms of decisions about an official when they are opened, and what is said afterwards."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from directory.agencies import Agency
from directory.appointments import Appointment
from directory.officials import Official
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, Somebody, agency, book_of, fill_in, signed_in
from tests.web.test_careers import shown, written
from tests.web.test_officials import official


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def hr(app: Flask) -> Somebody:
    """Give somebody of the department's HR, with a colleague who has a title and a rank."""
    book_of(app, "Trần Văn Đạt", "Phạm Minh Anh")
    with app.extensions["congvu"].outbox.transaction() as session:
        for post in session.scalars(select(Appointment)):
            post.title, post.rank = "Chuyên viên", "01.003"
    return signed_in(app, "hr", at=DEPARTMENT)


@pytest.fixture
def who(app: Flask, hr: Somebody) -> str:
    """Give the path of a colleague's page."""
    return f"/officials/{official(app, 'Trần Văn Đạt')}"


@pytest.fixture
def unit(app: Flask, hr: Somebody) -> str:
    """Give the id of the unit of the department."""
    with app.extensions["congvu"].outbox.transaction() as session:
        here = agency(session, DEPARTMENT).id
        found: str = session.scalars(select(Agency.public_id).where(Agency.parent_id == here)).one()
        return found


def posts(app: Flask, who: str) -> list[tuple[str, str | None]]:
    """Give title and rank of each post of an official."""
    with app.extensions["congvu"].outbox.transaction() as session:
        own = select(Official.id).where(Official.public_id == who.rpartition("/")[2])
        rows = session.execute(
            select(Appointment.title, Appointment.rank)
            .where(Appointment.official_id.in_(own))
            .order_by(Appointment.valid_from)
        )
        return [(title, rank) for title, rank in rows]


def test_transfer_goes_nowhere_by_itself(app: Flask, hr: Somebody, who: str) -> None:
    """Nobody is transferred to the agency that happens to stand first: one has to be chosen."""
    answer = fill_in(hr, f"{who}/transfer")

    assert (answer.status_code, len(posts(app, who))) == (422, 1)
    assert "Mục này bắt buộc nhập" in Page(answer).text


def test_transfer_keeps_title_and_rank_unless_others_are_typed(app: Flask, hr: Somebody, who: str, unit: str) -> None:
    """The form shows the title and rank of now, so that a transfer takes neither away unseen."""
    fill_in(hr, f"{who}/transfer", agency=unit)

    assert posts(app, who)[-1] == ("Chuyên viên", "01.003")


def test_rehiring_begins_with_the_last_title(app: Flask, hr: Somebody, who: str) -> None:
    """Whoever comes back is offered the title and rank of before."""
    fill_in(hr, f"{who}/leave", when="at_once", reason="QĐ 12")

    fill_in(hr, f"{who}/rehire")

    assert posts(app, who)[-1] == ("Chuyên viên", "01.003")


@pytest.mark.parametrize(
    ("days", "told"), [(0, "Đã điều chuyển."), (3, "Đã lên kế hoạch; đến ngày sẽ tự có hiệu lực.")]
)
def test_transfer_to_come_is_said_to_be_planned(hr: Somebody, who: str, unit: str, days: int, told: str) -> None:
    """What begins on a day to come is not said to have happened."""
    fill_in(hr, f"{who}/transfer", agency=unit, valid_from=written(days))

    assert told in shown(hr, who)


def test_plan_that_gives_way_is_named(app: Flask, hr: Somebody, who: str, unit: str) -> None:
    """Whoever transfers somebody for whom a transfer is planned reads first that the plan gives way."""
    before = shown(hr, f"{who}/transfer")
    fill_in(hr, f"{who}/transfer", agency=unit, valid_from=written(30))

    after = shown(hr, f"{who}/transfer")

    said = f"Việc điều chuyển đến Phòng Tổ chức dự kiến từ {written(30)} sẽ bị thay thế"
    assert (said in before, said in after) == (False, True)


def test_changing_the_day_keeps_where_mail_goes(app: Flask, hr: Somebody, who: str) -> None:
    """Whoever only changes the last day drops neither the choice nor the successor."""
    successor = "anhpm@tinh.gov.vn"
    fill_in(hr, f"{who}/leave", when="on", last_day=written(10), forward_to=successor, reason="QĐ 12")

    fill_in(hr, f"{who}/leave", last_day=written(20), reason="QĐ 13")

    text = shown(hr, who)
    assert written(21) in text
    assert f"Thư được chuyển tiếp đến {successor}" in text

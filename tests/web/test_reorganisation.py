"""The pages on which agencies are renamed, moved, led, merged, divided and closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select, text

from directory.agencies import Agency
from directory.lifecycle import Founding, found_agency
from directory.officials import Official
from provisioning.jobs.agencies import follow
from tests.book import LONG_AGO
from tests.web.pages import Page
from tests.web.people import Somebody, agency, book_of, fill_in, seed, signed_in
from tests.web.province import app, operator, path, public

__all__ = ["app", "operator"]


@contextmanager
def sent(app: Flask) -> Iterator[list[str]]:
    """Collect what the application sends to PostgreSQL while the block runs."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = app.extensions["congvu"].outbox.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def written(day: date) -> str:
    """Write a day as people type it."""
    return f"{day:%d/%m/%Y}"


def ending(app: Flask, *into: str, since: str = "01/11/2026") -> str:
    """Give the address of the page that reviews the end of the department."""
    names = "".join(f"&into={public(app, code)}" for code in into)
    return f"{path(app, 'H36.05')}/end/review?since={since}&decision=NQ+7&receives_until=30/06/2027{names}"


def test_agency_is_renamed(app: Flask, operator: Somebody) -> None:
    """The page of a renamed agency shows the new name, and the old one with its days."""
    answer = fill_in(operator, path(app, "H36.05") + "/rename", name="Sở Nội vụ và Lao động", since="01/11/2026")

    page = Page(operator.client.get(answer.headers["Location"])).text
    assert "Sở Nội vụ và Lao động" in page
    assert "Sở Nội vụ từ 01/01/2020 đến ngày 01/11/2026" in page


def test_code_is_changed(app: Flask, operator: Somebody) -> None:
    """A code is taken in the form of before 2020 too."""
    answer = fill_in(operator, path(app, "H36.05") + "/code", code="000.00.77.H36")

    assert "H36.77" in Page(operator.client.get(answer.headers["Location"])).text


def test_move_says_what_it_brings(app: Flask, operator: Somebody) -> None:
    """Before an agency is moved the page says how many move along and who looks after it then."""
    book_of(app, "Trần Văn Đạt")

    page = Page(operator.client.get(path(app, "H36.05") + "/move")).text

    assert "1 cán bộ chuyển theo" in page


def test_agency_is_moved(app: Flask, operator: Somebody) -> None:
    """After a move the way to the agency leads over the new one."""
    answer = fill_in(operator, path(app, "H36.05") + "/move", parent=public(app, "H36.90"))

    assert "Sở Mới" in Page(operator.client.get(answer.headers["Location"])).text


def test_head_is_named(app: Flask, operator: Somebody) -> None:
    """Who leads an agency is chosen among its officials and stands on its page."""
    book_of(app, "Trần Văn Đạt")
    with app.extensions["congvu"].outbox.transaction() as session:
        chosen = session.scalars(select(Official.public_id).where(Official.full_name == "Trần Văn Đạt")).one()

    answer = fill_in(operator, path(app, "H36.05") + "/head", official=chosen)

    assert "Thủ trưởng cơ quan" in Page(operator.client.get(answer.headers["Location"])).text
    assert "chưa nêu ai" in Page(operator.client.get(answer.headers["Location"])).text


def test_stranger_is_not_named_head(app: Flask, operator: Somebody) -> None:
    """Somebody of another agency is not among those one can choose."""
    answer = fill_in(operator, path(app, "H36.90") + "/head", official=operator.official)

    assert answer.status_code == 422


def test_review_counts_before_anything_is_changed(app: Flask, operator: Somebody) -> None:
    """The page before the confirmation says whom and what a merger carries over."""
    book_of(app, "Trần Văn Đạt")

    page = Page(operator.client.get(ending(app, "H36.90")))

    assert page.status == 200
    assert "1 cán bộ" in page.text
    assert "1 đơn vị bên dưới" in page.text
    assert "H36.05" in page.text


def test_agency_that_goes_on_is_named_with_those_above(app: Flask, operator: Somebody) -> None:
    """Units of one name are told apart by where they stand, when they are asked for and when all is counted."""
    asked = Page(operator.client.get(ending(app, "H36.90").replace("/review", "")))
    reviewed = Page(operator.client.get(ending(app, "H36.90", "H36.91")))

    assert "Sở Mới (Tỉnh Một)" in asked.text
    assert "Sở Mới (Tỉnh Một), " in reviewed.text


def test_merger_is_carried_out(app: Flask, operator: Somebody) -> None:
    """After the confirmation the people are at the successor, and the old agency is closed."""
    book_of(app, "Trần Văn Đạt")

    answer = fill_in(operator, ending(app, "H36.90"))

    assert answer.status_code == 303
    assert "Trần Văn Đạt" in Page(operator.client.get(path(app, "H36.90"))).text
    assert "Sở Mới" in Page(operator.client.get(path(app, "H36.05"))).text


def test_division_asks_for_each_thing(app: Flask, operator: Somebody) -> None:
    """With several successors the page lets each unit go to another."""
    with app.extensions["congvu"].outbox.transaction() as session:
        unit = session.scalars(select(Agency.public_id).where(Agency.name == "Phòng Tổ chức")).one()

    choice = {f"unit-{unit}": public(app, "H36.91")}
    fill_in(operator, ending(app, "H36.90", "H36.91"), heir=public(app, "H36.90"), **choice)

    assert "Phòng Tổ chức" in Page(operator.client.get(path(app, "H36.91"))).text


def test_plan_can_be_called_off(app: Flask, operator: Somebody) -> None:
    """What is planned for a day to come stands on the page, until it is called off."""
    day = today(app) + timedelta(days=30)
    fill_in(operator, ending(app, "H36.90", since=written(day)).replace("receives_until=30/06/2027", "x="))
    page = Page(operator.client.get(path(app, "H36.05")))
    off = next(action for action in page.forms if action.endswith("/call-off"))

    operator.client.post(off, data={"csrf_token": page.token})

    assert written(day) in page.text
    assert written(day) not in Page(operator.client.get(path(app, "H36.05"))).text


def today(app: Flask) -> date:
    """Give the day of today in Viet Nam."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return seed(session).today


def test_foreign_agency_cannot_be_named(app: Flask, operator: Somebody) -> None:
    """An agency of others is as if it were not there: nothing goes to it."""
    page = Page(operator.client.get(ending(app, "H37")))

    assert "Tỉnh Khác" not in page.text


def test_others_end_no_agency(app: Flask, operator: Somebody) -> None:
    """Agency IT staff are refused, whatever address they type."""
    staff = signed_in(app, "agency_it")

    answers = [staff.client.get(ending(app, "H36.90")), staff.client.post(ending(app, "H36.90"))]

    assert [answer.status_code for answer in answers] == [403, 400]


def test_planned_day_comes_by_itself(app: Flask, operator: Somebody) -> None:
    """The job of agencies does what was planned once its day has come."""
    with app.extensions["congvu"].outbox.transaction() as session:
        found = agency(session, "H36.05").id
        session.execute(
            text(
                "INSERT INTO agency_names (agency_id, valid_from, valid_to, name)"
                " VALUES (:id, '2020-01-01', '2026-01-01', 'Cũ'), (:id, '2026-01-01', NULL, 'Tên của hôm nay')"
            ),
            {"id": found},
        )

    follow(app.extensions["congvu"])

    assert "Tên của hôm nay" in Page(operator.client.get(path(app, "H36.05"))).text


def test_page_takes_the_same_statements_for_many_agencies(app: Flask, operator: Somebody) -> None:
    """The page of an agency with two hundred below it asks no more than that of one with three."""
    counts = []
    for more in (0, 200):
        with app.extensions["congvu"].outbox.transaction() as session:
            parent = agency(session, "H36").id
            names = [Founding("unit", f"Đơn vị {n}", parent, valid_from=LONG_AGO) for n in range(more)]
            found_agency(session, seed(session), names)
        with sent(app) as statements:
            operator.client.get(path(app, "H36"))
        counts.append(len(statements))

    assert counts[1] == counts[0]


def test_large_merger_goes_on_by_itself(app: Flask, operator: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much for one step is left to the job, which is woken, says how far it is, and ends it."""
    monkeypatch.setattr("directory.reorganisation.carrying_out.AT_ONCE", 2)
    book_of(app, "Trần Văn Đạt", "Lê Văn Bình", "Lê Văn Chi")

    fill_in(operator, ending(app, "H36.90"))
    between = Page(operator.client.get(path(app, "H36.05"))).text
    with app.extensions["congvu"].outbox.transaction() as session:
        woken = session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'agencies'"))
    follow(app.extensions["congvu"])

    assert woken == 1
    assert "Còn 1 cán bộ chưa chuyển" in between
    assert "Đang thực hiện" not in Page(operator.client.get(path(app, "H36.05"))).text


def test_agency_with_people_does_not_just_end(app: Flask, operator: Somebody) -> None:
    """Without a successor the page says that the agency must be empty, and the form why it is not."""
    book_of(app, "Trần Văn Đạt")

    review = Page(operator.client.get(ending(app))).text
    answer = fill_in(operator, ending(app))

    assert "Không có cơ quan tiếp nhận" in review
    assert "1 cán bộ còn vị trí công tác tại chính cơ quan vào ngày đó" in review
    assert "bắt đầu lại" not in review
    assert answer.status_code == 422
    assert "vẫn còn 1 cán bộ, 1 đơn vị" in Page(answer).text


def test_old_link_leads_on(app: Flask, operator: Somebody) -> None:
    """The page of an agency that ended says when and why, leads to who went on, and begins nothing new."""
    fill_in(operator, ending(app, "H36.90"))

    page = Page(operator.client.get(path(app, "H36.05")))

    assert "Đã kết thúc hoạt động từ ngày 01/11/2026. · NQ 7" in page.text
    assert path(app, "H36.90") in page.links
    assert not [link for link in page.links if link.endswith(("/new", "/headcount")) or "new?agency" in link]


def test_closed_agency_is_found_by_its_code(app: Flask, operator: Somebody) -> None:
    """Whoever types the code of an agency that ended finds its page."""
    fill_in(operator, ending(app, "H36.90"))

    page = Page(operator.client.get("/agencies?q=H36.05"))

    assert path(app, "H36.05") in page.links
    assert "đã giải thể" in page.text


def test_failure_stands_where_operators_begin(app: Flask, operator: Somebody) -> None:
    """What could not end on its day stands on the start page, and the list of agencies leads there."""
    book_of(app, "Trần Văn Đạt")
    fill_in(operator, ending(app, since=written(today(app) + timedelta(days=1))).replace("receives_until", "x"))
    with app.extensions["congvu"].outbox.transaction() as session:
        session.execute(text("UPDATE reorganisations SET since = since - 1"))
    follow(app.extensions["congvu"])

    start, index = (Page(operator.client.get(address)) for address in ("/", "/agencies"))

    assert "1 cơ quan chưa kết thúc hoạt động được đúng ngày" in start.text
    assert "Chưa kết thúc hoạt động được đúng ngày" in index.text


def test_operator_is_offered_no_role_that_is_refused(app: Flask, operator: Somebody) -> None:
    """Nobody gives the own role, so the form does not offer it."""
    page = operator.client.get(path(app, "H36.05") + "/grants/new").get_data(as_text=True)

    assert 'value="hr"' in page
    assert 'value="operator"' not in page

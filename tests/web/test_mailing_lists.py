"""The pages of mailing lists: opened, changed, filled by hand, closed, and what a rule would take in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from directory.base import vietnamese_day
from directory.domains import Domain
from directory.lifecycle import Retirement, retire_domain
from tests.book import hire
from tests.web.pages import Page
from tests.web.people import ELSEWHERE, Somebody, agency, book_of, fill_in, seed, signed_in

ADDRESS = "toanthe.snv@tinh.gov.vn"


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def it_staff(app: Flask) -> Somebody:
    """Give somebody of the department's IT staff."""
    return signed_in(app, "agency_it")


def place(app: Flask, code: str = "H36.05") -> str:
    """Give the public id of an agency."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return agency(session, code).public_id


def opened(app: Flask, who: Somebody, **more: str) -> str:
    """Open a list of the department and give the address of its page."""
    fields = {"agency": place(app), "name": "Toàn thể", "address": ADDRESS, "rule": "staff", "senders": "members"}
    return str(fill_in(who, "/mailing-lists/new", **{**fields, **more}).headers["Location"])


def test_empty_page_says_what_to_do(it_staff: Somebody) -> None:
    """Without lists the page leads to the form for one."""
    page = Page(it_staff.client.get("/mailing-lists"))

    assert "Chưa có danh sách thư" in page.text
    assert "/mailing-lists/new" in page.links


def test_new_list_stands_among_the_lists(app: Flask, it_staff: Somebody) -> None:
    """A list is shown with its address, its rule in words and who may send, also on the agency's page."""
    opened(app, it_staff)

    text = Page(it_staff.client.get("/mailing-lists")).text
    of_agency = Page(it_staff.client.get(f"/agencies/{place(app)}")).text

    assert f"Toàn thể {ADDRESS} Sở Nội vụ Toàn thể nhân sự của cơ quan Chỉ thành viên của danh sách" in text
    assert ADDRESS in of_agency


def test_list_shows_its_members(app: Flask, it_staff: Somebody) -> None:
    """The page of a list shows who is in it today and why."""
    where = opened(app, it_staff)

    text = Page(it_staff.client.get(where)).text

    assert "Lê Thị Ánh Đào daolta@tinh.gov.vn theo quy tắc" in text


def test_refused_address_stands_at_its_field(app: Flask, it_staff: Somebody) -> None:
    """A second list cannot have the address of the first, and what was typed is still there."""
    opened(app, it_staff)

    fields = {"agency": place(app), "name": "Khác", "address": ADDRESS, "rule": "heads", "senders": "anyone"}
    answer = fill_in(it_staff, "/mailing-lists/new", **fields)

    assert answer.status_code == 422
    assert ADDRESS in Page(answer).text
    assert Page(answer).forms["/mailing-lists/new"]["rule"] == "heads"


def test_titles_are_asked_for(app: Flask, it_staff: Somebody) -> None:
    """The rule by titles needs titles, and the page says so in words."""
    fields = {"agency": place(app), "name": "Lãnh đạo", "address": ADDRESS, "rule": "titles", "senders": "members"}

    answer = fill_in(it_staff, "/mailing-lists/new", **fields)

    assert answer.status_code == 422
    assert "mỗi dòng một cụm" in Page(answer).text


def test_changed_rule_is_shown(app: Flask, it_staff: Somebody) -> None:
    """A change takes effect on the page at once."""
    where = opened(app, it_staff)

    fill_in(it_staff, where + "/change", rule="titles", titles="Trưởng phòng\r\nChánh Văn phòng", senders="anyone")

    text = Page(it_staff.client.get(where)).text
    assert "có chức vụ bắt đầu bằng: chánh văn phòng, trưởng phòng" in text
    assert "Bất kỳ ai, kể cả từ bên ngoài" in text


def preview(app: Flask, who: Somebody, **fields: str) -> Page:
    """Ask whom a rule would take in."""
    token = Page(who.client.get("/mailing-lists/new")).token
    given = {"csrf_token": token, "agency": place(app), "rule": "staff", **fields}
    return Page(who.client.post("/mailing-lists/preview", data=given))


def test_preview_counts_and_names_members(app: Flask, it_staff: Somebody) -> None:
    """While the form is filled in the page says how many would be members, and who."""
    book_of(app, "Nguyễn Văn An")

    text = preview(app, it_staff).text

    assert "2 thành viên hôm nay" in text
    assert "annv@tinh.gov.vn" in text


def test_preview_of_nobody_warns(app: Flask, it_staff: Somebody) -> None:
    """A rule that nobody fits is shown with what that means."""
    assert "thư gửi đến bị từ chối" in preview(app, it_staff, rule="titles", titles="Bộ trưởng").text


def test_preview_stays_in_ones_agencies(app: Flask, it_staff: Somebody) -> None:
    """Whom an agency that one does not look after would take in is nobody's to see."""
    with app.extensions["congvu"].outbox.transaction() as session:
        hire(session, seed(session), agency(session, ELSEWHERE), "Nguyễn Văn An")

    page = preview(app, it_staff, agency=place(app, ELSEWHERE))

    assert (page.status, "Nguyễn Văn An" in page.text) == (403, False)


def test_somebody_is_added_and_taken_back(app: Flask, it_staff: Somebody) -> None:
    """Who was added by hand is marked so, and is gone after that was taken back."""
    where = opened(app, it_staff, rule="hand")

    fill_in(it_staff, where + "/members", who=it_staff.number, kind="added")
    added = Page(it_staff.client.get(where))
    form = added.forms[where + "/members/remove"]
    it_staff.client.post(where + "/members/remove", data=form)

    assert "bằng tay" in added.text
    assert "Hôm nay không có thành viên" in Page(it_staff.client.get(where)).text


def test_excluded_are_shown_apart(app: Flask, it_staff: Somebody) -> None:
    """Who was taken out by hand stands below, so that it can be taken back."""
    where = opened(app, it_staff)

    fill_in(it_staff, where + "/members", who=it_staff.number, kind="excluded")

    assert "Bị loại bằng tay" in Page(it_staff.client.get(where)).text


@pytest.mark.parametrize("is_there", [True, False])
def test_nobody_learns_who_there_is_elsewhere(app: Flask, it_staff: Somebody, is_there: object) -> None:
    """Somebody of another province and somebody who does not exist get the same answer."""
    stranger = signed_in(app, None, at=ELSEWHERE)
    where = opened(app, it_staff)

    answer = fill_in(it_staff, where + "/members", who=stranger.number if is_there else "cv22222222")

    assert answer.status_code == 422
    assert "Không có ai trong các cơ quan của bạn" in Page(answer).text


def test_closing_says_what_follows_and_closes(app: Flask, it_staff: Somebody) -> None:
    """Before a list is closed the page says what that means; afterwards nothing can be done to it."""
    where = opened(app, it_staff)

    warned = Page(it_staff.client.get(where + "/close")).text
    fill_in(it_staff, where + "/close")

    after = Page(it_staff.client.get(where))
    assert "1 thành viên không còn nhận thư" in warned
    assert "365 ngày" in warned
    assert "Danh sách đã đóng" in after.text
    assert where + "/change" not in after.links


@pytest.mark.parametrize("page", ["", "/change", "/members", "/addresses", "/close"])
def test_list_of_another_agency_is_not_found(app: Flask, it_staff: Somebody, page: str) -> None:
    """Who looks after another agency finds neither the list nor its forms."""
    stranger = signed_in(app, "operator", at=ELSEWHERE)

    where = opened(app, it_staff)

    assert stranger.client.get(where + page).status_code == 404


def test_auditor_sees_and_changes_nothing(app: Flask, it_staff: Somebody) -> None:
    """Who may only look sees the list, is offered nothing, and is refused if they try."""
    auditor = signed_in(app, "auditor")
    where = opened(app, it_staff)

    page = Page(auditor.client.get(where))

    assert (page.status, where + "/change" in page.links) == (200, False)
    assert fill_in(auditor, where + "/change", name="Khác").status_code == 403
    assert fill_in(auditor, where + "/addresses", address="moi.snv@tinh.gov.vn").status_code == 403


def test_audit_tells_of_lists_in_words(app: Flask) -> None:
    """What was done to a list stands in the audit with its name, in words."""
    operator = signed_in(app, "operator", at="H36")
    where = opened(app, operator)
    fill_in(operator, where + "/change", senders="anyone")

    text = Page(operator.client.get("/audit")).text

    assert "Sửa danh sách thư" in text
    assert "Chỉ thành viên của danh sách → Bất kỳ ai, kể cả từ bên ngoài" in text
    assert "mailing_list:" not in text


def test_list_gets_another_official_address(app: Flask, it_staff: Somebody) -> None:
    """The form makes the new address the official one, and the page shows that of before with its last day."""
    where = opened(app, it_staff)
    last = vietnamese_day(datetime.now(UTC)) + timedelta(days=365)

    fill_in(it_staff, where + "/addresses", address="moi.snv@tinh.gov.vn", is_primary="y")

    shown = " ".join(Page(it_staff.client.get(where)).text.split())
    assert "Địa chỉ danh sách moi.snv@tinh.gov.vn" in shown
    assert f"{ADDRESS} đến ngày {last:%d/%m/%Y} Phụ" in shown


def test_form_says_what_comes_of_the_official_address(app: Flask, it_staff: Somebody) -> None:
    """Before it is confirmed the page says until when the present address goes on."""
    where = opened(app, it_staff)
    last = vietnamese_day(datetime.now(UTC)) + timedelta(days=365)

    text = Page(it_staff.client.get(where + "/addresses")).text

    assert f"{ADDRESS} vẫn nhận thư bên cạnh đến hết ngày {last:%d/%m/%Y}" in text


def test_form_says_how_long_the_domain_receives(app: Flask, it_staff: Somebody) -> None:
    """Where the domain retires the present address goes on as long as that, and the page of the list leads here."""
    where = opened(app, it_staff)
    last = vietnamese_day(datetime.now(UTC)) + timedelta(days=30)
    with app.extensions["congvu"].outbox.transaction() as session:
        domain = session.scalars(select(Domain).where(Domain.name == "tinh.gov.vn")).one()
        retire_domain(session, seed(session), [Retirement(domain.id, last)])

    text = Page(it_staff.client.get(where + "/addresses")).text

    assert f"đến hết ngày {last:%d/%m/%Y}" in text
    assert where + "/addresses" in Page(it_staff.client.get(where)).links


def test_official_address_of_somebody_is_refused_at_its_field(app: Flask, it_staff: Somebody) -> None:
    """An address that is taken is refused, and what was typed is still there."""
    where = opened(app, it_staff)

    answer = fill_in(it_staff, where + "/addresses", address="daolta@tinh.gov.vn", is_primary="y")

    assert answer.status_code == 422
    assert Page(answer).forms[""]["address"] == "daolta@tinh.gov.vn"


def test_audit_names_the_list_whose_address_changed(app: Flask) -> None:
    """The audit tells of the move with the list's name and both addresses."""
    operator = signed_in(app, "operator", at="H36")
    where = opened(app, operator)
    fill_in(operator, where + "/addresses", address="moi.snv@tinh.gov.vn", is_primary="y")

    text = Page(operator.client.get("/audit")).text

    assert "Đổi địa chỉ chính" in text
    assert "moi.snv@tinh.gov.vn" in text
    assert "mailing_list:" not in text

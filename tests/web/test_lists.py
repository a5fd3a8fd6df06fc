"""Lists on pages: upload, review, apply, outcome."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.lists.workbooks import ListFile, people, plain_list
from tests.sheets.files import xlsx
from tests.web.importing import read_all, work
from tests.web.pages import Page
from tests.web.people import ELSEWHERE, Somebody, signed_in
from tests.web.visitor import Visitor


@pytest.fixture
def officer(app: Flask) -> Somebody:
    """Give somebody of HR of the department."""
    return signed_in(app, "hr")


def upload(officer: Somebody, content: bytes, **more: str) -> TestResponse:
    """Fill in the form of the page and send a file."""
    form = Page(officer.client.get("/lists/new")).forms["/lists/new"]
    sent = {**form, "mode": "additions", **more, "file": (io.BytesIO(content), "danh-sach.xlsx")}
    return officer.client.post("/lists/new", data=sent)


def planned(officer: Somebody, content: bytes, **more: str) -> str:
    """Upload a list and have it read; give the address of its page."""
    answer = upload(officer, content, **more)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    read_all(officer.client.application)
    return answer.headers["Location"]


def press(officer: Somebody, page: str, action: str) -> TestResponse:
    """Press a button of a page."""
    form = Page(officer.client.get(page)).forms[f"{page}/{action}"]
    return officer.client.post(f"{page}/{action}", data=form)


def read(officer: Somebody, address: str) -> Page:
    """Open a page."""
    return Page(officer.client.get(address))


def test_empty_page_says_what_to_do(officer: Somebody) -> None:
    """Where no list is yet, the page leads to the form."""
    page = read(officer, "/lists")

    assert "Chưa có danh sách nào" in page.text
    assert "/lists/new" in page.links


def test_plan_is_shown_before_anything_happens(officer: Somebody) -> None:
    """After the upload the page shows counts, rows with their numbers, and how the columns were understood."""
    page = read(officer, planned(officer, plain_list(people(3)).xlsx()))

    assert page.status == 200
    assert all(person.name in page.text for person in people(3))
    assert "Số CCCD" in page.text
    assert "Áp dụng 3 dòng" in page.text


def test_rows_are_filtered_by_outcome(officer: Somebody) -> None:
    """A tile shows only its rows."""
    made = plain_list(people(2))
    made.rows.insert(7, [3, "Lê Thị Không"])
    address = planned(officer, made.xlsx())

    person, create = read(officer, f"{address}?kind=person"), read(officer, f"{address}?kind=create")

    assert ("Lê Thị Không" in person.text, people(1)[0].name in person.text) == (True, False)
    assert ("Lê Thị Không" in create.text, people(1)[0].name in create.text) == (False, True)


def test_rows_come_in_pages(officer: Somebody) -> None:
    """Of a long list a page shows fifty rows and the way to the next."""
    address = planned(officer, plain_list(people(60)).xlsx())

    first = read(officer, address)
    (following,) = [link for link in first.links if "after=" in link]
    second = read(officer, following.partition("#")[0])

    assert (people(60)[49].name in first.text, people(60)[50].name in first.text) == (True, False)
    assert (people(60)[49].name in second.text, people(60)[50].name in second.text) == (False, True)


def test_apply_and_outcome(app: Flask, officer: Somebody) -> None:
    """Apply leads back to the page, which follows the work; at the end there are addresses and the outcome."""
    address = planned(officer, plain_list(people(3)).xlsx())

    pressed = press(officer, address, "apply")
    running = read(officer, address)
    work(app)
    progress = officer.client.get(f"{address}/progress", headers={"HX-Request": "true"})
    done = read(officer, address)

    assert (pressed.status_code, pressed.headers["Location"]) == (303, address)
    assert "Đang áp dụng danh sách" in running.text
    assert progress.headers["HX-Refresh"] == "true"
    assert "@tinh.gov.vn" in done.text
    assert {f"{address}/outcome.xlsx", f"{address}/outcome.csv"} <= set(done.links)
    assert officer.client.get(f"{address}/outcome.xlsx").status_code == 200


def test_slips_are_offered_for_newcomers(app: Flask) -> None:
    """Who may hand out slips finds those of the list's newcomers with one click."""
    officer = signed_in(app, "agency_it")
    address = planned(officer, plain_list(people(2)).xlsx())
    press(officer, address, "apply")
    work(app)

    (link,) = [link for link in read(officer, address).links if link.startswith("/slips?list=")]
    slips = Visitor(officer.client).open(link)

    assert all(person.name in slips.text for person in people(2))


def test_slips_are_not_offered_to_who_hands_out_none(app: Flask, officer: Somebody) -> None:
    """HR is told who hands out the slips, and not led to a page on which nobody waits for one."""
    address = planned(officer, plain_list(people(2)).xlsx())
    press(officer, address, "apply")
    work(app)

    page = read(officer, address)

    assert not [link for link in page.links if link.startswith("/slips")]
    assert "Bộ phận công nghệ thông tin của cơ quan in và trao phiếu" in page.text


def test_plan_is_put_aside(officer: Somebody) -> None:
    """A plan that nobody wants is put aside and cannot be applied any more."""
    address = planned(officer, plain_list(people(1)).xlsx())
    form = Page(officer.client.get(address)).forms[f"{address}/apply"]

    press(officer, address, "cancel")

    assert "Gác lại" in read(officer, "/lists").text
    assert officer.client.post(f"{address}/apply", data=form).status_code == 409


def test_refused_file_is_told_on_the_page(officer: Somebody) -> None:
    """What is wrong with a file stands on the list's page, with what to do."""
    page = read(officer, planned(officer, b"%PDF-1.7"))

    assert "Đây không phải bảng tính" in page.text


def test_page_follows_the_reading(app: Flask, officer: Somebody) -> None:
    """Until the file is read the page says so and asks again by itself; then it is shown anew."""
    address = upload(officer, plain_list(people(3)).xlsx()).headers["Location"]

    waiting = read(officer, address)
    during = officer.client.get(f"{address}/progress", headers={"HX-Request": "true"})
    read_all(app)
    after = officer.client.get(f"{address}/progress", headers={"HX-Request": "true"})

    assert "Đang đọc danh sách" in waiting.text
    assert "HX-Refresh" not in during.headers
    assert after.headers["HX-Refresh"] == "true"


def test_which_sheet_is_asked_and_answered(app: Flask, officer: Somebody) -> None:
    """Of several sheets with a table the page asks for one and takes its name."""
    one, other = ([["Họ và tên", "CCCD"], [person.name, person.personal_id]] for person in people(2))
    address = planned(officer, xlsx(Một=one, Hai=other))

    asked = read(officer, address)
    form = Page(officer.client.get(f"{address}/columns")).forms[f"{address}/columns"]
    answered = officer.client.post(f"{address}/columns", data={**form, "sheet": "Hai"})
    read_all(app)

    assert ("Một, Hai" in asked.text, answered.status_code) == (True, 303)
    assert people(2)[1].name in read(officer, address).text


def test_names_of_a_file_are_only_text(officer: Somebody) -> None:
    """Whatever stands in cells is shown as text."""
    (person,) = people(1)
    unit = "<img src=x onerror=alert(1)>"
    made = ListFile().add(["STT", "Họ và tên", "CCCD", "Đơn vị"], [1, person.name, person.personal_id, unit])

    answer = officer.client.get(planned(officer, made.xlsx()))

    assert b"<img src=x" not in answer.get_data()
    assert unit in Page(answer).text


@pytest.mark.parametrize("path", ["", "/progress", "/outcome.csv"])
def test_lists_of_others_are_not_there(app: Flask, officer: Somebody, path: str) -> None:
    """Nobody sees a list of an agency that is not theirs."""
    address = planned(officer, plain_list(people(1)).xlsx())

    assert signed_in(app, "hr", at=ELSEWHERE).client.get(address + path).status_code == 404


@pytest.mark.parametrize("role", [None, "head", "auditor"])
def test_who_may_not_import_finds_no_agency(app: Flask, role: str | None) -> None:
    """Without the right there is no agency to choose, and one that is named all the same is refused."""
    somebody = signed_in(app, role)
    form = Page(somebody.client.get("/lists/new")).forms["/lists/new"]
    sent = {
        **form,
        "agency": "a" * 16,
        "mode": "additions",
        "file": (io.BytesIO(plain_list(people(1)).xlsx()), "a.xlsx"),
    }

    assert somebody.client.post("/lists/new", data=sent).status_code == 422


def test_cell_is_fixed_on_the_page(app: Flask, officer: Somebody) -> None:
    """From the plan one gets to a row, corrects a cell, and finds the row planned anew."""
    persons = people(2)
    address = planned(officer, plain_list(persons, also=lambda each: {5: "123"} if each is persons[0] else {}).xlsx())
    row = f"{address}/rows/6"
    form = Page(officer.client.get(row)).forms[row]

    answer = officer.client.post(row, data={**form, "fix-personal_id": persons[0].personal_id})

    page = read(officer, address)
    assert answer.status_code == 303
    assert "Áp dụng 2 dòng" in page.text
    assert "đã sửa tay" in page.text


def test_looking_at_a_row_is_recorded(app: Flask, officer: Somebody) -> None:
    """A row in full shows personal data, so the trail says who looked."""
    address = planned(officer, plain_list(people(1)).xlsx())

    assert people(1)[0].personal_id in officer.client.get(f"{address}/rows/6").get_data(as_text=True)

    with app.extensions["congvu"].outbox.transaction() as session:
        seen = session.execute(text("SELECT actor_account_id FROM audit_events WHERE action = 'list.row_shown'"))
        assert seen.scalars().all() == [officer.account_id]


def test_columns_are_corrected_on_the_page(app: Flask, officer: Somebody) -> None:
    """The page shows each column with examples; what one says of it is how the list is read again."""
    (person,) = people(1)
    made = ListFile().add(["STT", "Họ và tên", "Mã riêng", "CCCD"], [1, person.name, "R-77", person.personal_id])
    address = planned(officer, made.xlsx())
    page = read(officer, f"{address}/columns")

    officer.client.post(f"{address}/columns", data={**page.forms[f"{address}/columns"], "field-C": "staff_number"})
    read_all(app)

    assert "R-77" in page.text
    assert "Mã riêng" in read(officer, address).text


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/rows/6", {"fix-role": "operator"}),
        ("/rows/6", {"choice": "a" * 16}),
        ("/columns", {"field-B": "role"}),
        ("/columns", {"field-B": "full_name", "field-C": "full_name"}),
    ],
)
def test_what_cannot_be_said_is_refused(officer: Somebody, path: str, data: dict[str, str]) -> None:
    """No form sets what a list never sets, or chooses whom the page did not offer."""
    address = planned(officer, plain_list(people(1)).xlsx())
    token = Page(officer.client.get(address + path)).forms[address + path]["csrf_token"]

    answer = officer.client.post(address + path, data={**data, "csrf_token": token})

    assert answer.status_code in (409, 422)


@pytest.mark.parametrize("path", ["/rows/6", "/columns"])
def test_changes_of_others_are_not_there(app: Flask, officer: Somebody, path: str) -> None:
    """Nobody corrects a list of an agency that is not theirs."""
    address = planned(officer, plain_list(people(1)).xlsx())

    assert signed_in(app, "hr", at=ELSEWHERE).client.get(address + path).status_code == 404


def test_leavers_are_confirmed_one_by_one(app: Flask, officer: Somebody) -> None:
    """A full list shows who is missing; whom one confirms is counted among what is applied."""
    planned_first = planned(officer, plain_list(people(3)).xlsx())
    press(officer, planned_first, "apply")
    work(app)
    address = planned(officer, plain_list(people(2)).xlsx(), mode="full")
    page = read(officer, f"{address}?kind=leave")
    form = {**page.forms[f"{address}/leavers"], "answer": "yes"}

    answer = officer.client.post(f"{address}/leavers", data=form)

    assert people(3)[2].name in page.text
    assert answer.status_code == 303
    assert "Đã xác nhận" in read(officer, address).text

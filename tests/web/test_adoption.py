"""The pages of adoption, as a head sees them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from flask import Flask

from directory.adoption import mark_use, reports, take_snapshot
from directory.base import system
from directory.grants import Grant
from directory.lifecycle import Founding, found_agency
from provisioning.web.adoption import COLUMNS
from provisioning.web.downloads import as_csv, as_xlsx
from tests.book import LONG_AGO, hire
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, PROVINCE, Somebody, agency, signed_in

COMMUNE = "H36.31"


@pytest.fixture
def head(app: Flask) -> Somebody:
    """Give the head of the province; there is one activated official in the department, two pending in a commune."""
    who = signed_in(app, "head", at=PROVINCE)
    with app.extensions["congvu"].outbox.transaction() as session:
        now = system(datetime.now(UTC), "test")
        founding = Founding(
            "commune", "Xã Ánh Sáng", parent_id=agency(session, PROVINCE).id, code=COMMUNE, valid_from=LONG_AGO
        )
        (commune,) = found_agency(session, now, [founding])
        (busy,) = hire(session, now, agency(session, DEPARTMENT), "Trần Văn Bình")
        mark_use(session, now.today, [busy.id], "sent")
        hire(session, now, commune, "Lê Văn Cường", "Phạm Thị Dung", state="pending")
    return who


def show(app: Flask, head: Somebody, more: str = "", code: str = PROVINCE) -> Page:
    """Open the report of an agency."""
    return Page(head.client.get(address(app, code) + more))


def address(app: Flask, code: str = PROVINCE) -> str:
    """Give where the report of an agency is."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return f"/adoption/{agency(session, code).public_id}"


def test_single_agency_is_shown_at_once(app: Flask, head: Somebody) -> None:
    """Who looks after one agency comes to its report without choosing."""
    answer = head.client.get("/adoption")

    assert (answer.status_code, answer.location) == (303, address(app))


def test_several_agencies_are_listed(app: Flask, head: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks after several agencies chooses among them, and sees which were never counted."""
    with app.extensions["congvu"].outbox.transaction() as session:
        session.add(
            Grant(account_id=head.account_id, role="head", agency_id=agency(session, "H37").id, valid_from=LONG_AGO)
        )
    monkeypatch.setattr(reports, "COUNTED_AT_ONCE", 0)

    page = Page(head.client.get("/adoption"))

    assert "Tỉnh Một Chưa có số liệu" in page.text
    assert {address(app), address(app, "H37")} <= set(page.links)


def test_rates_are_shown_as_written_in_vietnamese(app: Flask, head: Somebody) -> None:
    """Of four officials two are activated and one uses mail: 50 % and 25 %, with the people missing to the target."""
    text = show(app, head).text

    assert "Đã kích hoạt 50 % 2 / 4 Chỉ tiêu 90 %, còn thiếu 2 người" in text
    assert "Đang sử dụng 25 % 1 / 4 Chỉ tiêu 80 %, còn thiếu 3 người" in text


def test_missing_headcount_is_explained(app: Flask, head: Somebody) -> None:
    """Without a declared headcount the page says what is not known and whom to ask."""
    assert "chưa được nhập biên chế" in show(app, head).text


@pytest.mark.parametrize(
    ("sort", "first"), [("name", "Sở Nội vụ"), ("-name", "Xã Ánh Sáng"), ("activated", "Xã Ánh Sáng")]
)
def test_agencies_are_sorted(app: Flask, head: Somebody, sort: str, first: str) -> None:
    """Agencies come by name or by a rate, in either direction."""
    text = show(app, head, f"?sort={sort}").text

    assert min(("Sở Nội vụ", "Xã Ánh Sáng"), key=text.index) == first


@pytest.mark.parametrize("column", COLUMNS)
def test_each_column_sorts_both_ways(app: Flask, head: Somebody, column: str) -> None:
    """Every column that has a link to sort by can be sorted by."""
    statuses = [show(app, head, f"?sort={sign}{column}").status for sign in ("", "-")]

    assert statuses == [200, 200]


@pytest.mark.parametrize("more", ["?sort=password", "?day=yesterday", "?day=2026-13-01", "?sort=name&sort=listed"])
def test_what_cannot_be_read_is_refused(app: Flask, head: Somebody, more: str) -> None:
    """An address that nobody is offered answers 400."""
    assert show(app, head, more).status == 400


@pytest.mark.parametrize("more", ["?_external=1&_scheme=javascript", "?public_id=x&endpoint=y", "?values=1"])
def test_strange_parameters_change_nothing(app: Flask, head: Somebody, more: str) -> None:
    """Parameters that the page does not know never reach its links."""
    links = show(app, head, more).links

    assert [link for link in links if "javascript" in link or "public_id" in link or "://" in link] == []


def test_day_that_was_not_counted_says_so(app: Flask, head: Somebody) -> None:
    """A past day without a count is an empty page with the way to the latest figures."""
    page = show(app, head, "?day=2020-05-05")

    assert "Ngày này không có số liệu" in page.text
    assert address(app) in page.links


def test_past_day_shows_its_own_figures(app: Flask, head: Somebody) -> None:
    """A day that was counted is shown as it was."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now = system(datetime.now(UTC), "test")
        yesterday = now.today - timedelta(days=1)
        take_snapshot(session, now, yesterday)

    assert f"ngày {yesterday:%d/%m/%Y}" in show(app, head, f"?day={yesterday}").text


def test_large_agency_is_counted_on_demand(app: Flask, head: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agency too large to count at each visit has a button that counts it."""
    monkeypatch.setattr(reports, "COUNTED_AT_ONCE", 1)
    before = show(app, head)
    place = address(app)

    head.client.post(f"{place}/count", data={"csrf_token": before.forms[f"{place}/count"]["csrf_token"]})

    after = show(app, head)
    assert "Chưa có số liệu" in before.text
    assert "2 / 4" in after.text


def test_other_agency_is_not_shown(app: Flask, head: Somebody) -> None:
    """The head of one province may not see another."""
    statuses = [
        head.client.get(address(app, "H37") + more).status_code for more in ("", "/adoption.csv", "/adoption.xlsx")
    ]

    assert statuses == [403, 403, 403]


def test_official_without_role_sees_nothing(app: Flask, head: Somebody) -> None:
    """Who has no role is told whom to ask, and gets no report."""
    nobody = signed_in(app, None)

    overview, report = Page(nobody.client.get("/adoption")), nobody.client.get(address(app))

    assert "Bạn chưa được giao theo dõi cơ quan nào" in overview.text
    assert report.status_code == 403


def test_csv_has_the_agency_and_those_below(app: Flask, head: Somebody) -> None:
    """The table to take along has a row for the agency, each below it, and the people in none of them."""
    answer = head.client.get(address(app) + "/adoption.csv")

    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [(row["Mã cơ quan"], row["Trong danh sách"], row["Đã kích hoạt, tỷ lệ %"]) for row in rows] == [
        (PROVINCE, "4", "50.0"),
        (DEPARTMENT, "1", "100.0"),
        (COMMUNE, "2", "0.0"),
        ("", "1", "100.0"),
    ]


def test_workbook_has_numbers(app: Flask, head: Somebody) -> None:
    """In the workbook counts and rates are numbers, and the day is a day."""
    answer = head.client.get(address(app) + "/adoption.xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).worksheets[0]
    values = [cell.value for cell in next(sheet.iter_rows(min_row=2, max_row=2))]
    assert values[:2] == [PROVINCE, "Tỉnh Một"]
    assert isinstance(values[2], datetime)
    assert values[4:7] == [4, 4, 100]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "  =1", "＝1"])
def test_no_cell_is_a_formula(app: Flask, text: str) -> None:
    """A text that a spreadsheet would run is a text in both formats."""
    table = [["Name"], [text]]

    with app.test_request_context():
        plain, packed = as_csv("x", table).get_data(), as_xlsx("x", table).get_data()

    [_, [written]] = csv.reader(io.StringIO(plain.decode("utf-8-sig"), newline=""))
    cell = openpyxl.load_workbook(io.BytesIO(packed)).worksheets[0]["A2"]
    assert (written, cell.data_type) == (f"'{text}", "s")

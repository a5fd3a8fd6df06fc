"""A list in Chromium: uploaded, reviewed, applied while one watches; at a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, ViewportSize, expect

from tests.lists.workbooks import people, plain_list
from tests.web import test_in_browser as pages
from tests.web.importing import read_all, work
from tests.web.people import signed_in

pytestmark = [pytest.mark.slow, pytest.mark.browser]

chromium = pages.chromium
portal = pages.portal


@pytest.mark.parametrize("size", [pages.DESK, pages.PHONE], ids=["desk", "phone"])
def test_list_from_upload_to_outcome(
    chromium: Browser, portal: tuple[Flask, str], tmp_path: Path, size: ViewportSize
) -> None:
    """The plan is reviewed and applied, the page follows the work by itself, and no step has a serious fault."""
    # long because it is one walk.
    app, address = portal
    file = tmp_path / "danh-sach.xlsx"
    made = plain_list(people(8), unit="Phòng Mới", also=lambda person: {5: int(person.personal_id)})
    made.rows.insert(7, [9, "Lê Thị Không"])
    file.write_bytes(made.xlsx())
    who = signed_in(app, "operator")

    with pages.visit(chromium, address, who, size) as page:
        page.goto(f"{address}/lists/new")
        found = pages.faults(page)
        page.set_input_files("input[type=file]", file)
        page.get_by_role("button", name="Đọc danh sách").click()
        expect(page.get_by_role("heading", name="Đang đọc danh sách")).to_be_visible()
        found += pages.faults(page)
        read_all(app)
        expect(page.get_by_text("Chỉ có tên thì chưa biết là ai.")).to_be_visible()
        found += pages.faults(page)
        page.screenshot(path=tmp_path / "plan.png", full_page=True)
        plan = page.url.partition("?")[0]
        page.goto(f"{plan}/rows/8")
        found += pages.faults(page)
        page.screenshot(path=tmp_path / "row.png", full_page=True)
        page.goto(f"{plan}/columns")
        found += pages.faults(page)
        page.screenshot(path=tmp_path / "columns.png", full_page=True)
        page.goto(plan)
        page.get_by_role("button", name="Áp dụng 8 dòng").click()
        expect(page.get_by_role("heading", name="Đang áp dụng danh sách")).to_be_visible()
        found += pages.faults(page)
        page.screenshot(path=tmp_path / "progress.png", full_page=True)
        work(app)
        expect(page.get_by_role("heading", name="Đang áp dụng danh sách")).to_be_hidden(timeout=30_000)
        expect(page.get_by_role("link", name="Phiếu kích hoạt cho người mới")).to_be_visible()
        found += pages.faults(page)
        page.screenshot(path=tmp_path / "outcome.png", full_page=True)
        with page.expect_download() as download:
            page.get_by_role("link", name="Kết quả dạng Excel").click()
        page.goto(f"{address}/lists")
        found += pages.faults(page)
        page.screenshot(path=tmp_path / "index.png", full_page=True)

    assert found == []
    assert download.value.suggested_filename.endswith(".xlsx")

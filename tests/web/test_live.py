"""What pages do while one types and opens: the list follows, addresses are proposed, the tree unfolds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.web.people import book_of, signed_in
from tests.web.test_in_browser import DESK, chromium, portal, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser]
__all__ = ["chromium", "portal"]


@pytest.fixture
def page(chromium: Browser, portal: tuple[Flask, str]) -> Iterator[Page]:
    """Give the window of an operator; its pages are opened by their paths."""
    app, address = portal
    book_of(app, "Nguyễn Thị Ánh Đào", "Trần Văn Đạt")
    with visit(chromium, address, signed_in(app, "operator", at="H36"), DESK) as page:
        page.goto(address)
        yield page


def follow(page: Page, path: str) -> None:
    """Open another page of the portal."""
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)


def test_list_follows_what_is_typed(page: Page) -> None:
    """While a name is typed the list shows who is meant, and the address can be sent to a colleague."""
    follow(page, "/officials")

    page.type("#q", "anh dao")

    expect(page.locator("#results")).not_to_contain_text("Trần Văn Đạt")
    expect(page.locator("#results")).to_contain_text("Nguyễn Thị Ánh Đào")
    assert "q=anh%20dao" in page.url


def test_personal_id_stands_in_no_address(page: Page) -> None:
    """A personal ID number typed into the search is posted, and stands neither in the request nor in the history."""
    follow(page, "/officials")
    asked: list[tuple[str, str]] = []
    page.on("request", lambda request: asked.append((request.method, request.url)))

    page.fill("#q", "001085000123")

    expect(page.locator("#results")).to_contain_text("Không tìm thấy ai")
    assert [method for method, url in asked if "/static/" not in url] == ["POST"]
    assert "001085000123" not in page.url + str(asked)


def test_proposed_address_is_taken_by_a_click(page: Page) -> None:
    """Addresses are proposed while the name is typed; a click puts one into the form."""
    follow(page, "/officials/new/")

    page.type("#full_name", "Đỗ Quốc Bảo")
    page.locator(".candidate").first.click()

    expect(page.locator("#address")).to_have_value("baodq@tinh.gov.vn")


def test_tree_unfolds(page: Page) -> None:
    """What is below an agency comes when its place in the tree is opened."""
    follow(page, "/agencies")
    expect(page.locator(".tree")).not_to_contain_text("Phòng Tổ chức")

    page.click(".tree details:not([open]) > summary")

    expect(page.locator(".tree")).to_contain_text("Phòng Tổ chức")

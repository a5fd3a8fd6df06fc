"""The pages in Chromium: nothing refused by the policy, nothing wider than a phone, no serious fault for axe, light."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright
from werkzeug.serving import make_server

from directory.lifecycle import (
    Declaration,
    ListOpening,
    ListRule,
    RoleOpening,
    declare_headcount,
    open_mailing_list,
    open_role_mailbox,
    suspend,
)
from provisioning.app import create_app
from provisioning.bootstrap import Service
from tests.book import LONG_AGO, hire
from tests.web.people import DEPARTMENT, Somebody, agency, book_of, seed, signed_in

pytestmark = [pytest.mark.slow, pytest.mark.browser]

AXE = (Path(__file__).parent / "vendor/axe-core-4.14.1/axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAPER = ViewportSize(width=703, height=1000)
"""What an A4 sheet shows between margins of 12 mm."""
PHONE, DESK = ViewportSize(width=360, height=740), ViewportSize(width=1440, height=900)
COLD_BYTES, COLD_REQUESTS = 250 * 1024, 12
NOT_FOLLOWED = ("/static/", "/sign-out")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def portal(service: Service) -> Iterator[tuple[Flask, str]]:
    """Give the portal served over plain HTTP on loopback, and its address."""
    settings = service.settings.model_copy(update={"cookie_secure": False})
    app = create_app(Service(**{**vars(service), "settings": settings}))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield app, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def furnish(app: Flask) -> None:
    """Give the book something of everything that pages show."""
    book_of(app, "Nguyễn Thị Ánh Đào", "Trần Văn Đạt")
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        here = agency(session, DEPARTMENT)
        waiting, shut = hire(session, now, here, "Phạm Minh Anh", "Lý Văn Sáu", state="pending")
        suspend(session, now, [shut.id], "QĐ 1")
        open_role_mailbox(session, now, [RoleOpening(here.id, "Văn thư", "vanthu.snv@tinh.gov.vn", [waiting.id])])
        rule = ListRule("Toàn thể Sở Nội vụ", "agency", "staff", with_units=True)
        open_mailing_list(session, now, [ListOpening(here.id, "toanthe.snv@tinh.gov.vn", rule)])
        declare_headcount(session, now, [Declaration(here.id, 62, LONG_AGO, "QĐ 2")])


@contextmanager
def visit(chromium: Browser, address: str, who: Somebody | None, size: ViewportSize) -> Iterator[Page]:
    """Open a page as somebody; whatever the browser complains of fails the test."""
    context: BrowserContext = chromium.new_context(viewport=size, locale="vi-VN")
    if who:
        context.add_cookies([{"name": "congvu-session", "value": who.token, "url": address}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def walk(page: Page, address: str) -> Iterator[str]:
    """Go through the portal by its links, one page of each kind; give where we are."""
    waiting, seen = ["/"], set[str]()
    while waiting:
        path = waiting.pop(0)
        page.goto(address + path)
        yield urlsplit(page.url).path
        for link in page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.href)"):
            parts = urlsplit(link)
            kind = "/".join("*" if any(letter.isdigit() for letter in part) else part for part in parts.path.split("/"))
            if link.startswith(address) and kind not in seen and not parts.path.startswith(NOT_FOLLOWED):
                seen.add(kind)
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))


def faults(page: Page) -> list[str]:
    """Give what axe finds serious on the page, and whether it is wider than the window."""
    if page.evaluate("window.axe === undefined"):
        page.evaluate(AXE)
    found = page.evaluate(f"axe.run({json.dumps(RULES)})")["violations"]
    serious = [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
    is_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return serious + (["wider than the window"] if is_wide else [])


@pytest.mark.parametrize("role", ["operator", None])
def test_pages_are_for_everybody(chromium: Browser, portal: tuple[Flask, str], role: str | None) -> None:
    """Every page that somebody reaches by links fits a phone and a desk, and axe finds nothing serious on it."""
    app, address = portal
    furnish(app)
    found: dict[str, list[str]] = {}

    with visit(chromium, address, signed_in(app, role, at="H36"), DESK) as page:
        for path in walk(page, address):
            for size in (DESK, PHONE):
                page.set_viewport_size(size)
                found[f"{path} {size['width']}"] = faults(page)

    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    assert len(found) >= (60 if role else 20)


def test_first_page_is_light(chromium: Browser, portal: tuple[Flask, str]) -> None:
    """A first page on an empty cache takes at most 250 KB in 12 requests."""
    app, address = portal
    sizes: list[int] = []

    with visit(chromium, address, signed_in(app, "operator"), DESK) as page:
        page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
        page.goto(address, wait_until="networkidle")

    assert (sum(sizes) <= COLD_BYTES, len(sizes) <= COLD_REQUESTS) == (True, True), sizes


def test_second_page_is_little_more_than_its_text(chromium: Browser, portal: tuple[Flask, str]) -> None:
    """A page after the first asks for nothing but itself."""
    app, address = portal
    asked: list[str] = []

    with visit(chromium, address, signed_in(app, "operator"), DESK) as page:
        page.goto(address, wait_until="networkidle")
        page.on("response", lambda answer: asked.append(answer.url) if not answer.from_service_worker else None)
        page.goto(address + "/officials", wait_until="networkidle")

    assert [url for url in asked if "/static/" not in url] == [address + "/officials"]


def test_menu_opens_on_a_phone(chromium: Browser, portal: tuple[Flask, str]) -> None:
    """On a narrow window the content comes first, and the menu opens by its button."""
    app, address = portal

    with visit(chromium, address, signed_in(app, "operator"), PHONE) as page:
        page.goto(address)
        before = page.is_visible("#menu")
        page.click("[data-menu]")

        assert (before, page.is_visible("#menu")) == (False, True)


def test_menu_of_a_phone_is_left_by_keyboard(chromium: Browser, portal: tuple[Flask, str]) -> None:
    """Opened by the keyboard the menu has the focus; Escape closes it and gives the focus back to its button."""
    app, address = portal

    with visit(chromium, address, signed_in(app, "operator"), PHONE) as page:
        page.goto(address)
        page.focus("[data-menu]")
        page.keyboard.press("Enter")
        inside = page.evaluate("document.activeElement.closest('#menu') !== null")
        page.keyboard.press("Escape")

        assert (inside, page.is_visible("#menu"), page.evaluate("document.activeElement.dataset.menu")) == (
            True,
            False,
            "",
        )


def test_form_begins_where_it_is_wrong(chromium: Browser, portal: tuple[Flask, str]) -> None:
    """A form that is refused has the focus in the first field that is wrong, whatever stands before it."""
    app, address = portal
    book_of(app)
    who, context = signed_in(app, "agency_it"), chromium.new_context(viewport=DESK)
    context.add_cookies([{"name": "congvu-session", "value": who.token, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/role-mailboxes/new")
    page.fill("#name", "Tiếp công dân")
    page.fill("#address", "không phải địa chỉ")
    with page.expect_navigation():
        page.click("main form button[type=submit]")

    assert page.evaluate("document.activeElement.id") == "address"
    context.close()


def test_printed_slips_are_saved_and_said_on_the_page(chromium: Browser, portal: tuple[Flask, str]) -> None:
    """The PDF is saved, and the page says at once who has a slip, without being loaded again by hand."""
    app, address = portal
    furnish(app)

    with visit(chromium, address, signed_in(app, "agency_it"), DESK) as page:
        page.goto(f"{address}/slips")
        row = page.locator("tr", has_text="Phạm Minh Anh")
        with page.expect_download() as download:
            page.get_by_role("button", name="In phiếu").click()

        expect(row.get_by_text("đã in")).to_be_visible()
        assert download.value.suggested_filename.endswith(".pdf")
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("place", ["/adoption/{}", "/officials", "/slips"])
def test_every_column_stands_on_paper(chromium: Browser, portal: tuple[Flask, str], place: str) -> None:
    """Printed, a list is no wider than the sheet and begins on the first page."""
    app, address = portal
    furnish(app)
    with app.extensions["congvu"].outbox.transaction() as session:
        path = place.format(agency(session, "H36").public_id)

    with visit(chromium, address, signed_in(app, "operator", at="H36"), PAPER) as page:
        page.goto(address + path)
        page.emulate_media(media="print")
        boxes = [table.bounding_box() for table in page.locator("main .table").all()]
        may_break = page.locator("main .table-wrap").first.evaluate("it => getComputedStyle(it).breakInside")

        assert boxes
        assert [box for box in boxes if box and box["x"] + box["width"] > PAPER["width"]] == []
        assert may_break == "auto"

"""An official's first day in Chromium: from the slip to the mail client, and later a forgotten password."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from directory.credentials import issue_activation_codes
from tests.book import hire
from tests.credentials import OTHER_PASSWORD, PASSWORD
from tests.web.people import DEPARTMENT, agency, seed
from tests.web.test_in_browser import DESK, PHONE, chromium, portal, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser]
__all__ = ["chromium", "portal"]

PICTURES = os.environ.get("CONGVU_PICTURES")
"""Folder for pictures of the pages, if they are wanted."""


@pytest.fixture
def slip(portal: tuple[Flask, str]) -> tuple[str, str]:
    """Give the account number and the code on the slip of a new official."""
    with portal[0].extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        (account,) = hire(session, now, agency(session, DEPARTMENT), "Nguyễn Thị Ánh Đào", state="pending")
        ((_, code),) = issue_activation_codes(session, now, [account.id])
        return account.number, code


@pytest.fixture
def page(chromium: Browser, portal: tuple[Flask, str]) -> Iterator[Page]:
    """Give a page that fails the test if anything is refused by the policy or breaks in a script."""
    with visit(chromium, portal[1], None, DESK) as page:
        yield page


def look(page: Page, name: str) -> None:
    """Keep pictures of a page on a phone and on a desk, if they are wanted; nothing is wider than the phone."""
    page.wait_for_load_state()
    for size, kind in ((PHONE, "phone"), (DESK, "desk")):
        page.set_viewport_size(size)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{kind}.png", full_page=True)
        if kind == "phone":
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name


def send(page: Page) -> None:
    """Press the button of the page's form, and see the next page begin."""
    with page.expect_navigation(wait_until="commit"):
        page.click("main form button[type=submit]:visible")


def activate(page: Page, address: str, code: str) -> tuple[str, list[str]]:
    """Walk from the slip to the recovery codes; give the authenticator's secret and the codes."""
    page.goto(f"{address}/activate#{code}")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    look(page, "activate")
    send(page)
    page.wait_for_selector(".qr")
    page.click("summary:has-text('Không quét được')")
    secret = (page.text_content("#secret") or "").strip()
    look(page, "enrol")
    page.fill("#code", pyotp.TOTP(secret).now())
    send(page)
    page.wait_for_selector("#codes")
    look(page, "codes")
    codes = [(each.text_content() or "") for each in page.query_selector_all("#codes li")]
    page.check("[name=kept]")
    send(page)
    page.wait_for_url("**/app-passwords/begin")
    return secret, codes


def fresh_code(secret: str) -> str:
    """Wait for a step of the app that was not used yet, and read its code."""
    sleep(30.5 - datetime.now(UTC).timestamp() % 30)
    return pyotp.TOTP(secret).now()


def test_code_of_the_slip_reaches_no_log(page: Page, portal: tuple[Flask, str], slip: tuple[str, str]) -> None:
    """The code behind the number sign fills the form, is taken out of the address, and is never sent in one."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{portal[1]}/activate#{slip[1]}")

    assert page.input_value("#code") == slip[1]
    assert page.url == f"{portal[1]}/activate"
    assert [url for url in asked if slip[1] in url.partition("#")[0]] == []


def test_first_day(page: Page, portal: tuple[Flask, str], slip: tuple[str, str]) -> None:
    """The slip leads to a password, an authenticator app, ten recovery codes and an app password."""
    _, codes = activate(page, portal[1], slip[1])
    look(page, "begin")
    page.click("text=Tạo mật khẩu ứng dụng")
    look(page, "new-app-password")
    page.fill("#label", "Thunderbird, máy tính cơ quan")
    send(page)
    look(page, "app-password")

    assert len(set(codes)) == 10
    assert len((page.text_content("#secret") or "").strip()) == 24
    for path in ("me", "me/record", "me/password", "me/sessions", "me/app-passwords", "me/mail-client", "enrol/codes"):
        page.goto(f"{portal[1]}/{path}")
        look(page, path.replace("/", "-"))


def test_forgotten_password(page: Page, portal: tuple[Flask, str], slip: tuple[str, str]) -> None:
    """With the app and one saved code a new password is set, and signing in needs both factors again."""
    secret, codes = activate(page, portal[1], slip[1])
    page.context.clear_cookies()

    page.goto(f"{portal[1]}/sign-in")
    look(page, "sign-in")
    page.click("text=Tôi quên mật khẩu")
    look(page, "forgotten")
    page.fill("#name", slip[0])
    send(page)
    look(page, "forgotten-app")
    page.fill("#code", fresh_code(secret))
    send(page)
    page.wait_for_url("**/forgotten/code")
    look(page, "forgotten-code")
    page.fill("#code", codes[0].lower())
    send(page)
    page.wait_for_url("**/forgotten/password")
    page.fill("#password", OTHER_PASSWORD)
    page.fill("#again", OTHER_PASSWORD)
    page.check("input[value=keep]")
    look(page, "forgotten-password")
    send(page)
    page.wait_for_url("**/sign-in")
    page.fill("#name", slip[0])
    page.fill("#password", OTHER_PASSWORD)
    send(page)
    page.wait_for_selector("#code")
    look(page, "second-factor")
    page.fill("#code", codes[1])
    send(page)

    page.wait_for_url(f"{portal[1]}/")

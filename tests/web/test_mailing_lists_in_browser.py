"""A list's rule in Chromium: who would be in it follows each choice, before anything is saved."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from tests.web.people import signed_in
from tests.web.test_in_browser import DESK, chromium, furnish, portal, visit

pytestmark = [pytest.mark.slow, pytest.mark.browser]
__all__ = ["chromium", "portal"]


def test_preview_follows_each_choice(chromium: Browser, portal: tuple[Flask, str]) -> None:
    """The page of a new list names its members while the rule is chosen and titles are typed."""
    app, address = portal
    furnish(app)

    with visit(chromium, address, signed_in(app, "agency_it"), DESK) as page:
        page.goto(address + "/mailing-lists/new")
        shown = page.locator("#preview")
        expect(shown).to_contain_text("5 thành viên hôm nay")
        page.check("input[name=rule][value=titles]")
        page.fill("textarea[name=titles]", "Bộ trưởng")
        expect(shown).to_contain_text("Hôm nay chưa có ai")
        page.check("input[name=rule][value=staff]")

        expect(shown).to_contain_text("5 thành viên hôm nay")

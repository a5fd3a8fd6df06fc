"""The page of provisioning in Chromium, with all that can be wrong at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, ViewportSize, expect
from sqlalchemy import select

from directory.accounts import Account
from directory.linking import Found, propose
from provisioning.reconcile.tables import Drift, ForeignEntry, TargetStatus
from tests.book import address_of, hire
from tests.web.people import DEPARTMENT, PROVINCE, agency, book_of, seed, signed_in
from tests.web.test_drift import asked, drifted
from tests.web.test_in_browser import DESK, PHONE, chromium, faults, furnish, portal, visit
from tests.web.test_provisioning import refused

pytestmark = [pytest.mark.slow, pytest.mark.browser]
__all__ = ["chromium", "portal"]


def trouble(app: Flask) -> None:
    """Let everything be wrong that the page can tell of."""
    furnish(app)
    asked(app)
    missing, ahead = drifted(app), drifted(app)
    for _ in range(3):
        refused(app)
    with app.extensions["congvu"].outbox.transaction() as session:
        ids = dict(session.execute(select(Account.number, Account.id)).all())
        for number, kind in ((missing, "missing"), (ahead, "ahead")):
            row = session.get_one(Drift, ("account", ids[number]))
            entry = {"entry": f"uid={number},ou=people", "kind": "modify", "before": {}, "after": {}}
            if kind == "ahead":
                entry |= {"before": {"cvState": ["suspended"], "cvRevision": ["7"]}}
                entry |= {"after": {"cvState": ["active"], "cvRevision": ["5"]}}
            row.kind, row.differences = kind, {"entries": [entry]}
        now = datetime.now(UTC)
        session.add(TargetStatus(name="default", faults=3, reason="[Errno 111] connection refused", failing_since=now))
        session.add(ForeignEntry(path="uid=kietnt,ou=people", found_at=now))


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_page_of_trouble_is_fit_to_be_read(
    chromium: Browser, portal: tuple[Flask, str], size: ViewportSize, language: str
) -> None:
    """With all that can be wrong the page is no wider than a phone and without a serious fault for axe."""
    app, address = portal
    trouble(app)

    with visit(chromium, address, signed_in(app, "agency_it"), size) as page:
        page.goto(address + "/provisioning")
        if language == "en":
            page.locator("button[name=language]").click()

        assert faults(page) == []


def many_proposed(app: Flask) -> None:
    """Let entries of an old server be proposed, with names that never end."""
    book_of(app)
    names = ("Nguyễn Thị Ánh Đào", "Lý Văn Sáu")
    with app.extensions["congvu"].outbox.transaction() as session:
        actor = seed(session)
        accounts = hire(session, actor, agency(session, DEPARTMENT), *names)
        found = []
        for each, name in zip(accounts, names, strict=True):
            place = (("cn", f"{name} {'van phong ' * 12}".strip()), ("ou", "Users"))
            mail = address_of(session, each) or ""
            values = {"objectClass": ("inetOrgPerson",), "cn": (name,), "mail": (mail,)}
            found.append(Found(",".join("=".join(part) for part in place), place, "1", values))
        propose(session, actor, found)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_page_of_old_entries_is_fit_to_be_read(
    chromium: Browser, portal: tuple[Flask, str], size: ViewportSize, language: str
) -> None:
    """With proposals and the warning that the server is written to, the page of old entries fits for axe too."""
    app, address = portal
    many_proposed(app)

    with visit(chromium, address, signed_in(app, "operator", at=PROVINCE), size) as page:
        page.goto(address + "/provisioning/links")
        if language == "en":
            page.locator("button[name=language]").click()

        expect(page.locator(".alert-warning")).to_have_count(2)
        assert faults(page) == []


def test_one_box_ticks_all_of_its_own_table(chromium: Browser, portal: tuple[Flask, str]) -> None:
    """Choosing all of one cause chooses nothing of the tables above it."""
    app, address = portal
    trouble(app)

    with visit(chromium, address, signed_in(app, "agency_it"), DESK) as page:
        page.goto(address + "/provisioning")
        cause = page.locator("form[action$='/try-again']")
        cause.locator("[data-choose-all]").check()

        expect(cause.locator(".choice-cell input:checked")).to_have_count(3)
        expect(page.locator(".choice-cell input:checked")).to_have_count(3)

"""The start page by role."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.book import hire
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, agency, seed, signed_in


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


def test_official_sees_the_own_mailbox(app: Flask) -> None:
    """Whoever has no role sees the own address, how to set up a mail program, and no menu of others."""
    page = Page(signed_in(app, None).client.get("/"))

    assert "daolta@tinh.gov.vn" in page.text
    assert "/me/mail-client" in page.links
    assert "/officials" not in page.links


def test_it_staff_see_what_waits(app: Flask) -> None:
    """Accounts without a slip stand on the start page of who hands slips out, with the way there."""
    who = signed_in(app, "agency_it")
    with app.extensions["congvu"].outbox.transaction() as session:
        hire(session, seed(session), agency(session, DEPARTMENT), "Lê An", "Lê Bình", state="pending")

    page = Page(who.client.get("/"))

    assert "2 tài khoản chờ phiếu kích hoạt" in page.text
    assert "/slips" in page.links


def test_duties_are_ones_own(app: Flask) -> None:
    """A head of agency, who hands no slips out, is not asked to."""
    who = signed_in(app, "head")
    with app.extensions["congvu"].outbox.transaction() as session:
        hire(session, seed(session), agency(session, DEPARTMENT), "Lê An", state="pending")

    assert "phiếu kích hoạt" not in Page(who.client.get("/")).text


def test_nothing_to_do_is_said(app: Flask) -> None:
    """When nothing waits, the page says so."""
    assert "Không có việc nào đang chờ bạn" in Page(signed_in(app, "head").client.get("/")).text


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        ("hr", ["/role-mailboxes", "/audit", "/provisioning", "/tokens", "/slips"]),
        ("auditor", ["/role-mailboxes", "/lists", "/provisioning", "/tokens", "/slips"]),
    ],
)
def test_menu_shows_what_ones_roles_open(app: Flask, role: str, hidden: list[str]) -> None:
    """The menu has no place that one's roles do not open."""
    page = Page(signed_in(app, role).client.get("/"))

    assert not set(hidden) & set(page.links)
    assert "/officials" in page.links

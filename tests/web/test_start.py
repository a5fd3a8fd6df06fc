"""The start page by role."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from directory.accounts import Account
from directory.credentials.tables import RecoveryCode
from directory.lifecycle.corrections import Wish, send_corrections
from directory.staff_lists.tables import StaffList
from tests.book import acting, hire
from tests.credentials import enrol
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, ELSEWHERE, agency, seed, signed_in


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


def test_official_sees_the_own_mailbox(app: Flask) -> None:
    """Whoever has no role sees the own address, how to set up a mail client, and no menu of others."""
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


@pytest.mark.parametrize(
    ("state", "told"), [("reading", "Đang đọc"), ("planned", "Phương án chờ xem xét"), ("applying", "Đang áp dụng")]
)
def test_lists_under_way_are_shown(app: Flask, state: str, told: str) -> None:
    """A list that is read, reviewed or applied stands on the start page with how far it is."""
    who = signed_in(app, "hr")
    with app.extensions["congvu"].outbox.transaction() as session:
        now, department = seed(session).now, agency(session, DEPARTMENT).id
        made = StaffList(agency_id=department, file_name="thang-11.xlsx", sha256="0" * 64, columns={}, uploaded_at=now)
        made.state = state
        session.add(made)

    page = Page(who.client.get("/"))

    assert told in page.text
    assert "thang-11.xlsx" in page.text


def ask_for_corrections(app: Flask, *codes: str) -> None:
    """Let an official of each of these agencies ask for a correction."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        for code in codes:
            (account,) = hire(session, now, agency(session, code), "Lê An")
            send_corrections(session, acting(now, account), [Wish("phone", "0987654321", "Đã đổi số")])


def test_menu_shows_how_many_corrections_wait(app: Flask) -> None:
    """HR sees on every page how many of their own agencies wait for a decision."""
    who = signed_in(app, "hr")
    ask_for_corrections(app, DEPARTMENT, DEPARTMENT, ELSEWHERE)

    found = re.search(r'<span class="number" title="([^"]*)">(.*?)</span>', who.client.get("/officials").text)

    assert found is not None
    assert found.groups() == ("2 việc đang chờ", "2")


@pytest.mark.parametrize("role", ["hr", "auditor", None])
def test_menu_shows_no_number_where_nothing_waits(app: Flask, role: str | None) -> None:
    """Without anything to decide, or without the right to, the menu has no number."""
    who = signed_in(app, role)
    ask_for_corrections(app, ELSEWHERE if role == "hr" else DEPARTMENT)

    assert '<span class="number"' not in who.client.get("/me").text


@pytest.mark.parametrize(
    ("made", "used", "told"),
    [
        (0, 0, "Bạn chưa có mã khôi phục."),
        (10, 10, "Bạn đã dùng hết mã khôi phục."),
        (10, 8, "Chỉ còn 2 mã khôi phục."),
        (10, 7, None),
    ],
)
def test_start_says_how_recovery_codes_stand(app: Flask, made: int, used: int, told: str | None) -> None:
    """Whoever has no code, or few, reads which of both it is and where new ones are made."""
    who = signed_in(app, None)
    with app.extensions["congvu"].outbox.transaction() as session:
        enrol(session, seed(session), session.get_one(Account, who.account_id))
        codes = session.scalars(select(RecoveryCode).where(RecoveryCode.account_id == who.account_id)).all()
        for number, code in enumerate(codes):
            code.used_at = code.made_at if number < used else None
            if number >= made:
                session.delete(code)

    page = Page(who.client.get("/"))

    said = [each for each in ("Bạn chưa có mã", "Bạn đã dùng hết mã", "Chỉ còn 2 mã") if each in page.text]
    assert said == ([told.removesuffix(" khôi phục.")] if told else [])

"""The telephone list as everybody sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from directory.lifecycle import Change, Newcomer, appoint, change
from directory.people import browse
from directory.people.browsing import AN_HOUR
from tests.book import LONG_AGO
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, Somebody, agency, book_of, seed, signed_in


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def anybody(app: Flask) -> Somebody:
    """Give an official without any role, with colleagues in the department."""
    book_of(app, "Nguyễn Thị Ánh Đào", "Trần Văn Đạt", "Phạm Minh Anh")
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        person = Newcomer(
            agency(session, DEPARTMENT).id,
            "Vũ Thị Yến",
            title="Văn thư",
            personal_id="068090001234",
            phone="0912345678",
            personal_mail="yen@vidu.vn",
            staff_number="NV7",
            valid_from=LONG_AGO,
        )
        (account,) = appoint(session, now, [person])
        change(session, now, [Change(account.official_id, {"work_phone": "02193866555", "extension": "105"})])
    return signed_in(app, None, at="H37")


def test_everybody_finds_colleagues_by_name(anybody: Somebody) -> None:
    """Somebody without a role finds people of every agency, by any typing of the name."""
    page = Page(anybody.client.get("/people?q=anh+dao"))

    assert ("Nguyễn Thị Ánh Đào" in page.text, "Trần Văn Đạt" in page.text) == (True, False)


def test_list_begins_with_the_own_agency(app: Flask, anybody: Somebody) -> None:
    """Without a question one sees one's own agency."""
    text = Page(anybody.client.get("/people")).text

    assert ("Tỉnh Khác" in text, "Lê Thị Ánh Đào" in text, "Trần Văn Đạt" in text) == (True, True, False)


def test_agency_leads_to_its_people(app: Flask, anybody: Somebody) -> None:
    """Typed words of an agency offer it, and it leads to its people."""
    (offered,) = {link for link in Page(anybody.client.get("/people?q=noi+vu")).links if "in=" in link}

    text = Page(anybody.client.get(offered)).text

    assert ("Trần Văn Đạt" in text, "Vũ Thị Yến" in text) == (True, True)


def test_colleague_has_a_page_without_personal_data(app: Flask, anybody: Somebody) -> None:
    """The page of a colleague shows post, address and telephone at work, and nothing personal."""
    page = Page(anybody.client.get("/people?q=105"))
    (way,) = {link for link in page.links if link.startswith("/people/")}

    shown = anybody.client.get(way).get_data(as_text=True)

    assert all(each in shown for each in ("Vũ Thị Yến", "Văn thư", "yenvt@tinh.gov.vn", "02193866555", "105"))
    assert [each for each in ("068090001234", "0912345678", "yen@vidu.vn", "NV7") if each in shown] == []


def test_record_is_offered_to_those_who_may_open_it(app: Flask, anybody: Somebody) -> None:
    """The way from a colleague to the record stands only before those who look after the agency."""
    (way,) = {link for link in Page(anybody.client.get("/people?q=yen")).links if link.startswith("/people/")}
    staff, stranger = signed_in(app, "hr"), signed_in(app, "hr", at="H37")

    offered = [way.replace("people", "officials") in Page(who.client.get(way)).links for who in (staff, stranger)]

    assert offered == [True, False]


def test_unknown_colleague_and_agency_are_not_there(anybody: Somebody) -> None:
    """An id that names nobody and an agency that is none are answered so."""
    answers = [anybody.client.get(path).status_code for path in ("/people/x", "/people?in=x")]

    assert answers == [404, 404]


def test_nobody_found_says_what_to_do(anybody: Somebody) -> None:
    """A search without a hit says that marks count."""
    assert "bỏ dấu để tìm rộng hơn" in Page(anybody.client.get("/people?q=khongcoai")).text


def test_whole_list_is_not_paged_through(app: Flask, anybody: Somebody) -> None:
    """Whoever has opened very many pages in an hour gets no more of them, and reads what to do."""
    with app.extensions["congvu"].outbox.transaction() as session:
        actor = replace(seed(session), is_system=False, account_id=anybody.account_id)
        for _ in range(AN_HOUR):
            browse(session, actor)

    answers = [anybody.client.get(path) for path in ("/people", "/people?q=anh", "/me")]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert "trang danh bạ trong một giờ" in Page(answers[0]).text

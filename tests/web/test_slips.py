"""Activation slips: chosen on a page, printed as a PDF, used by the official."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import update
from werkzeug.test import TestResponse

from directory.officials import Official
from provisioning.web.slips import activation_address
from tests.book import hire
from tests.credentials import PASSWORD
from tests.web.conftest import BASE_URL, browser
from tests.web.people import DEPARTMENT, ELSEWHERE, Somebody, agency, seed, signed_in
from tests.web.visitor import Visitor

CODE = re.compile(r"(?:[2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}")


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


def newcomers(app: Flask, *names: str, at: str = DEPARTMENT) -> list[str]:
    """Appoint officials who have not activated; give their account numbers."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        return [account.number for account in hire(session, now, agency(session, at), *names, state="pending")]


def print_for(officer: Somebody, numbers: list[str]) -> TestResponse:
    """Choose officials on the page and print."""
    page = Visitor(officer.client).open("/slips")
    return officer.client.post("/slips/print", data={"csrf_token": page.token, "number": numbers})


def text_of(answer: TestResponse) -> str:
    """Read the PDF."""
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.get_data())).pages)


def activate(app: Flask, code: str, password: str = PASSWORD) -> TestResponse:
    """Type a slip's code and a password."""
    return Visitor(browser(app)).send("/activate", code=code, password=password, again=password)


def test_slip_names_its_official_and_carries_a_code(app: Flask) -> None:
    """A slip has the name with all its marks, the address and a code, and nobody keeps the file."""
    officer = signed_in(app, "agency_it")
    numbers = newcomers(app, "Ưởng Thị Đỉnh Ẩn")

    answer = print_for(officer, numbers)

    text = text_of(answer)
    assert "Ưởng Thị Đỉnh Ẩn" in text
    assert "anutd@tinh.gov.vn" in text
    assert CODE.search(text)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/pdf", "no-store")


def test_eight_slips_fit_a_sheet(app: Flask) -> None:
    """Nine slips take two sheets of A4 and carry nine codes."""
    officer = signed_in(app, "agency_it")
    numbers = newcomers(app, *[f"Lê Văn {given}" for given in "An Bình Cường Dũng Giang Hải Khoa Long Minh".split()])

    reader = PdfReader(BytesIO(print_for(officer, numbers).get_data()))

    pages = [page.extract_text() for page in reader.pages]
    assert [len(CODE.findall(page)) for page in pages] == [8, 1]
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]


def test_name_full_of_signs_stays_a_name(app: Flask) -> None:
    """What would be an instruction to the typesetter is printed as it stands."""
    officer = signed_in(app, "agency_it")
    (number,) = newcomers(app, "Lê Văn An")
    name = '#eval("1") *b* #read("x")'
    with app.extensions["congvu"].outbox.transaction() as session:
        parts = {"full_name": name, "family": "", "middle": "", "given": name}
        session.execute(update(Official).where(Official.full_name == "Lê Văn An").values(**parts))

    assert name in re.sub(r"\s+", " ", text_of(print_for(officer, [number])))


def test_code_stands_in_the_fragment_only(app: Flask) -> None:
    """The address in the QR code begins with the configured one and has the code behind the number sign."""
    with app.test_request_context(headers={"Host": "evil.example"}):
        assert activation_address("ABCD") == f"{BASE_URL}/activate#ABCD"


def test_printed_code_activates(app: Flask) -> None:
    """The code of the paper sets the password and leads to the second factor."""
    officer = signed_in(app, "agency_it")
    numbers = newcomers(app, "Lê Văn An")
    (code,) = CODE.findall(text_of(print_for(officer, numbers)))

    answer = activate(app, code)

    assert answer.headers["Location"].startswith("/enrol/app?next=")


def test_used_slip_warns(app: Flask) -> None:
    """The same slip a second time is refused with a warning, in both languages alike."""
    officer = signed_in(app, "agency_it")
    (code,) = CODE.findall(text_of(print_for(officer, newcomers(app, "Lê Văn An"))))
    activate(app, code)

    answer = activate(app, code)

    assert answer.status_code == 422
    assert "Phiếu này đã được dùng" in answer.get_data(as_text=True)


@pytest.mark.parametrize("code", ["", "AAAA-BBBB-CCCC-DDDD", "x" * 64, "１２３４", "#eval(1)"])
def test_wrong_code_is_refused(app: Flask, code: str) -> None:
    """What stands on no slip activates nothing."""
    newcomers(app, "Lê Văn An")

    assert activate(app, code).status_code == 422


@pytest.mark.parametrize("role", [None, "hr", "head", "auditor"])
def test_other_roles_print_nothing(app: Flask, role: str | None) -> None:
    """Whoever has no business with credentials sees nobody and prints nothing."""
    officer = signed_in(app, role)
    numbers = newcomers(app, "Lê Văn An")

    page = Visitor(officer.client).open("/slips")

    assert "Lê Văn An" not in page.text
    assert print_for(officer, numbers).status_code == 403


def test_officials_elsewhere_are_out_of_reach(app: Flask) -> None:
    """Officials of other agencies are neither listed nor printed, not even among one's own."""
    officer = signed_in(app, "agency_it")
    inside, outside = newcomers(app, "Lê Văn An"), newcomers(app, "Mai Thị Hoa", at=ELSEWHERE)

    page = Visitor(officer.client).open("/slips")

    assert ("Lê Văn An" in page.text, "Mai Thị Hoa" in page.text) == (True, False)
    assert print_for(officer, inside + outside).status_code == 403


def test_nobody_chosen_is_told(app: Flask) -> None:
    """Without anybody chosen the page says so."""
    officer = signed_in(app, "agency_it")
    newcomers(app, "Lê Văn An")

    answer = print_for(officer, [])

    assert answer.headers["Location"] == "/slips"


def test_list_of_nobody_says_what_to_do(app: Flask) -> None:
    """The page says that nobody waits."""
    officer = signed_in(app, "agency_it")

    assert "Không ai đợi phiếu" in Visitor(officer.client).open("/slips").text


def test_printed_slip_is_shown_on_the_list(app: Flask) -> None:
    """Whoever has a good slip already is not chosen again by himself."""
    officer = signed_in(app, "agency_it")
    numbers = newcomers(app, "Lê Văn An")
    print_for(officer, numbers)

    page = Visitor(officer.client).open("/slips")

    assert "đã in" in page.text
    assert "number" not in page.forms["/slips/print"]


def test_page_of_an_official_leads_to_that_slip_alone(app: Flask) -> None:
    """From the page of an official only that one is listed, and chosen even with a slip printed before."""
    officer = signed_in(app, "agency_it")
    numbers = newcomers(app, "Lê Văn An", "Mai Thị Hoa")
    print_for(officer, numbers)

    page = Visitor(officer.client).open(f"/slips?account={numbers[0]}")

    assert ("Lê Văn An" in page.text, "Mai Thị Hoa" in page.text) == (True, False)
    assert page.forms["/slips/print"]["number"] == numbers[0]


def test_account_elsewhere_is_not_listed(app: Flask) -> None:
    """The number of an account that somebody else looks after lists nobody."""
    officer = signed_in(app, "agency_it")
    (number,) = newcomers(app, "Mai Thị Hoa", at=ELSEWHERE)

    assert "Mai Thị Hoa" not in Visitor(officer.client).open(f"/slips?account={number}").text


def test_equals_are_not_offered(app: Flask) -> None:
    """Whoever has the same role over the same agency is not on the list."""
    officer = signed_in(app, "agency_it")
    signed_in(app, "agency_it")

    assert "Không ai đợi phiếu" in Visitor(officer.client).open("/slips").text

"""Forms that make something, sent twice by an impatient finger: it is made once, and the second answer says so."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from directory.agencies import Agency
from directory.base import Base
from directory.credentials.tables import ApiToken, AppPassword
from directory.mailboxes import Mailbox
from directory.mailing_lists.tables import MailingList
from tests.web.pages import Page
from tests.web.people import Somebody, agency, book_of, signed_in
from tests.web.visitor import official


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def operator(app: Flask) -> Somebody:
    """Give the operator of the province."""
    book_of(app)
    return signed_in(app, "operator", at="H36")


def count(app: Flask, table: type[Base], **values: str) -> int:
    """Count rows."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return session.scalar(select(func.count()).select_from(table).filter_by(**values)) or 0


def below(app: Flask, code: str) -> str:
    """Give the address of the form for an agency below one."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return f"/agencies/{agency(session, code).public_id}/new"


def opened(somebody: Somebody, path: str, **fields: str) -> dict[str, str]:
    """Open a form once, and fill it in."""
    forms = Page(somebody.client.get(path)).forms
    return next(form for action, form in forms.items() if action not in ("/language", "/sign-out")) | fields


def test_unit_without_a_code_is_founded_once(app: Flask, operator: Somebody) -> None:
    """Nothing else tells two units of one name apart; both answers lead to the agency."""
    path = below(app, "H36.05")
    fields = opened(operator, path, name="Phòng Thi đua")

    answers = [operator.client.post(path, data=fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert count(app, Agency, name="Phòng Thi đua") == 1


def test_form_opened_anew_founds_another_unit(app: Flask, operator: Somebody) -> None:
    """Who opens the form again and types the same means it."""
    path = below(app, "H36.05")

    for _ in range(2):
        operator.client.post(path, data=opened(operator, path, name="Phòng Thi đua"))

    assert count(app, Agency, name="Phòng Thi đua") == 2


@pytest.mark.parametrize(
    ("path", "table", "local"),
    [("/role-mailboxes/new", Mailbox, "thidua"), ("/mailing-lists/new", MailingList, "toanthe")],
    ids=["role mailbox", "mailing list"],
)
def test_second_answer_leads_to_what_the_first_made(
    app: Flask, operator: Somebody, path: str, table: type[Base], local: str
) -> None:
    """Nobody is told that an address is taken by what the same form has just made."""
    with app.extensions["congvu"].outbox.transaction() as session:
        where = agency(session, "H36.05").public_id
    fields = opened(operator, path, name="Thi đua", address=f"{local}@tinh.gov.vn", agency=where)

    first, second = (operator.client.post(path, data=fields) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert count(app, table, name="Thi đua") == 1


def test_token_is_made_once(app: Flask) -> None:
    """The second answer shows no token and says what to do, for the first is kept nowhere."""
    officer = signed_in(app, "agency_it")
    fields = opened(officer, "/tokens/new", label="import")

    first, second = (officer.client.post("/tokens/new", data=fields) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 409)
    assert "cvt_" not in second.get_data(as_text=True)
    assert "Biểu mẫu này đã được gửi" in second.get_data(as_text=True)
    assert count(app, ApiToken, label="import") == 1


def test_app_password_is_made_once(app: Flask) -> None:
    """The second answer shows no app password, and none is made that nobody has seen."""
    visitor = official(app).sign_in()
    path = "/me/app-passwords/new"
    fields = {**visitor.open(path).forms[path], "label": "phone", "scopes": ["imap"]}

    first, second = (visitor.client.post(path, data=fields) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 409)
    assert "Biểu mẫu này đã được gửi" in second.get_data(as_text=True)
    assert count(app, AppPassword, label="phone") == 1

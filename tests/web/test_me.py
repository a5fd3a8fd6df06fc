"""One's own account: app passwords, sessions, password, record, and what a mail client is told."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from directory.credentials.tables import AppPassword
from tests.credentials import PASSWORD
from tests.web.visitor import Visitor, official


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


def test_app_password_is_shown_once_and_not_on_the_list(app: Flask) -> None:
    """The text of an app password stands on one page only, which nobody keeps."""
    visitor = official(app).sign_in()
    made = visitor.send("/me/app-passwords/new", label="phone", scopes=["imap", "smtp"])
    secret = made.get_data(as_text=True).split('id="secret">')[1].split("<")[0]

    listed = visitor.open("/me/app-passwords")

    assert (made.headers["Cache-Control"], len(secret)) == ("no-store", 24)
    assert secret not in listed.answer.get_data(as_text=True)
    assert "phone" in listed.text


def test_app_password_for_nothing_is_refused(app: Flask) -> None:
    """Whoever ticks no box is told to tick one."""
    visitor = official(app).sign_in()

    answer = visitor.send("/me/app-passwords/new", label="phone", scopes=[])

    assert answer.status_code == 422
    assert "IMAP, POP3" in answer.get_data(as_text=True).partition("field-error")[2]


def test_app_password_opens_no_portal(app: Flask) -> None:
    """An app password typed at the sign-in is refused."""
    visitor = official(app).sign_in()
    made = visitor.send("/me/app-passwords/new", label="phone", scopes=["imap"])
    secret = made.get_data(as_text=True).split('id="secret">')[1].split("<")[0]
    visitor.client.post("/sign-out", data={"csrf_token": visitor.open("/me").token})

    assert visitor.show_password(secret).status_code == 403


def test_revoked_app_password_is_gone(app: Flask) -> None:
    """Revoking takes it off the list; the form sent a second time changes nothing."""
    visitor = official(app).sign_in()
    visitor.send("/me/app-passwords/new", label="phone", scopes=["imap"])
    page = visitor.open("/me/app-passwords")
    (action,) = [path for path in page.forms if path.endswith("/revoke")]

    answers = [visitor.client.post(action, data=page.forms[action]).status_code for _ in range(2)]

    with app.extensions["congvu"].outbox.transaction() as session:
        assert session.scalar(select(func.count(AppPassword.revoked_at))) == 1
    assert answers == [303, 404]


def test_session_of_another_browser_is_ended_from_the_list(app: Flask) -> None:
    """A session ended from the list is signed out at its next request."""
    here = official(app).sign_in()
    there = Visitor(app.test_client(), here.who)
    there.client.environ_base.update(here.client.environ_base)
    there.show_password()
    there.show_code(here.know.codes[0])
    page = here.open("/me/sessions")
    here.client.post("/me/sessions/end-others", data={"csrf_token": page.token})

    assert there.client.get("/me").headers["Location"].startswith("/sign-in")
    assert here.client.get("/me").status_code == 200


@pytest.mark.parametrize("act", ["end-all", "end-this"])
def test_ending_the_own_session_signs_out(app: Flask, act: str) -> None:
    """Ending all sessions, or this one, leads to the sign-in."""
    visitor = official(app).sign_in()
    page = visitor.open("/me/sessions")
    this = next(path for path in page.forms if path.startswith("/me/sessions/") and path.endswith("/end"))

    answer = visitor.client.post("/me/sessions/end-all" if act == "end-all" else this, data={"csrf_token": page.token})

    assert answer.headers["Location"] == "/sign-in"
    assert visitor.client.get("/me").headers["Location"].startswith("/sign-in")


def test_password_is_changed_with_the_present_one(app: Flask) -> None:
    """The page of the password takes the present one and a new one, and refuses without."""
    visitor = official(app).sign_in()
    new = "ba chiếc thuyền nan neo bến cũ"

    wrong = visitor.send("/me/password", current="wrong", password=new, again=new)
    weak = visitor.send("/me/password", current=PASSWORD, password="nguyenvanan1", again="nguyenvanan1")
    twice = visitor.send("/me/password", current=PASSWORD, password=new, again=new + "x")
    right = visitor.send("/me/password", current=PASSWORD, password=new, again=new)

    assert [answer.status_code for answer in (wrong, weak, twice, right)] == [422, 422, 422, 303]


def test_own_record_is_shown(app: Flask) -> None:
    """Officials see what the directory says of them."""
    visitor = official(app).sign_in()

    page = visitor.open("/me/record")

    assert all(said in page.text for said in ("Nguyễn Văn An", visitor.know.number, "@tinh.gov.vn", "Sở Nội vụ"))


def test_post_without_a_title_says_its_kind_once(app: Flask) -> None:
    """The kind of a post stands below its agency, and not in the place of a title too."""
    visitor = official(app).sign_in()

    page = visitor.open("/me/record")

    assert page.text.count("Vị trí chính") == 1


def test_mail_client_is_told_the_servers(app: Flask) -> None:
    """The page and the answer for mail clients name the servers of the settings."""
    visitor = official(app).sign_in()

    page = visitor.open("/me/mail-client")
    told = visitor.client.get("/mail/config-v1.1.xml?emailaddress=an@tinh.gov.vn").get_data(as_text=True)

    assert "587" in page.text
    assert "<domain>tinh.gov.vn</domain>" in told
    assert "<port>993</port>" in told


@pytest.mark.parametrize("domain", ["<x>", "a b", "%22", "x" * 300])
def test_autoconfig_says_nothing_odd(app: Flask, domain: str) -> None:
    """A domain that is none is not repeated to mail clients."""
    answer = official(app).client.get("/mail/config-v1.1.xml", query_string={"emailaddress": f"a@{domain}"})

    assert answer.status_code == 404

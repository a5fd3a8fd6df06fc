"""The page that says what is not real yet and why, and its button."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.due import Due
from provisioning.ldap.results import NO_BRANCH, OTHERWISE, REASONS
from provisioning.reconcile.looks import AHEAD, MOVING
from provisioning.reconcile.refusals import DELIVERS, MOVED, STILL_IN, WAITS
from provisioning.reconcile.rounds import SESSIONS_OPEN
from provisioning.reconcile.tables import EntryStatus, TargetStatus
from provisioning.web.entry_words import advice
from tests.book import hire
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, ELSEWHERE, Somebody, agency, book_of, seed, signed_in

REASON = "Another entry of the LDAP server has one of these addresses, or a value breaks a rule there."


@pytest.fixture
def it_staff(app: Flask) -> Somebody:
    """Give somebody of the department's IT staff."""
    book_of(app)
    return signed_in(app, "agency_it")


def refused(app: Flask, at: str = DEPARTMENT) -> str:
    """Let one official's entry have been refused, with nothing waiting; give the account number."""
    with app.extensions["congvu"].outbox.transaction() as session:
        (account,) = hire(session, seed(session), agency(session, at), "Trần Văn Bình")
        session.execute(delete(Due))
        session.add(
            EntryStatus(
                subject="account",
                subject_id=account.id,
                state="refused",
                attempts=1,
                reason=REASON,
                fields={"code": "19"},
                tried_revision=1,
                at=datetime.now(UTC),
            )
        )
        number: str = account.number
    return number


def due(session: Session, number: str) -> Due | None:
    """Give what waits for an account."""
    account_id = session.scalars(select(Account.id).where(Account.number == number)).one()
    return session.get(Due, ("account", account_id))


def test_what_waits_is_listed(it_staff: Somebody) -> None:
    """An official whose entry is not written yet is listed as waiting."""
    page = Page(it_staff.client.get("/provisioning"))

    assert page.status == 200
    assert it_staff.number in page.text


def test_reason_is_in_plain_vietnamese(app: Flask, it_staff: Somebody) -> None:
    """A refused entry is listed with the reason in Vietnamese."""
    refused(app)

    page = Page(it_staff.client.get("/provisioning"))

    assert "Trần Văn Bình" in page.text
    assert "Một bản ghi khác trên máy chủ LDAP đang giữ một trong các địa chỉ này" in page.text


def test_try_again_makes_it_due(app: Flask, it_staff: Somebody) -> None:
    """The button marks the failed entry due."""
    number = refused(app)
    page = Page(it_staff.client.get("/provisioning"))

    answer = it_staff.client.post(
        "/provisioning/try-again", data={"csrf_token": page.token, "entry": f"account:{number}"}
    )

    assert answer.status_code == 303
    with app.extensions["congvu"].outbox.transaction() as session:
        assert due(session, number) is not None


def test_reason_says_what_to_do(app: Flask, it_staff: Somebody) -> None:
    """Below a reason stands what to do about it."""
    refused(app)

    page = Page(it_staff.client.get("/provisioning"))

    assert "Hãy tìm địa chỉ này trên máy chủ LDAP" in page.text


@pytest.mark.parametrize(
    "reason",
    [
        *(*REASONS.values(), OTHERWISE, NO_BRANCH, AHEAD.message, MOVING.message, SESSIONS_OPEN),
        *(MOVED, STILL_IN, DELIVERS, WAITS.message),
    ],
)
def test_every_reason_of_the_engine_has_advice(app: Flask, reason: str) -> None:
    """Nobody is told that something failed without being told what to do."""
    with app.test_request_context():
        assert advice(reason) != ""


def test_all_of_a_reason_are_tried_again(app: Flask, it_staff: Somebody) -> None:
    """One button tries again all that fails for a reason in one's agencies, and nothing of others."""
    own, others = [refused(app), refused(app)], refused(app, ELSEWHERE)
    token = Page(it_staff.client.get("/provisioning")).token

    answer = it_staff.client.post("/provisioning/try-all-again", data={"csrf_token": token, "reason": REASON})

    assert answer.status_code == 303
    with app.extensions["congvu"].outbox.transaction() as session:
        assert [due(session, each) is not None for each in (*own, others)] == [True, True, False]


def test_what_fails_for_another_reason_is_left(app: Flask, it_staff: Somebody) -> None:
    """Trying again all of one reason leaves what fails for another one."""
    meant, other = refused(app), refused(app)
    with app.extensions["congvu"].outbox.transaction() as session:
        account_id = session.scalars(select(Account.id).where(Account.number == other)).one()
        session.get_one(EntryStatus, ("account", account_id)).reason = OTHERWISE
    token = Page(it_staff.client.get("/provisioning")).token

    it_staff.client.post("/provisioning/try-all-again", data={"csrf_token": token, "reason": REASON})

    with app.extensions["congvu"].outbox.transaction() as session:
        assert [due(session, each) is not None for each in (meant, other)] == [True, False]


def test_reason_that_nothing_fails_for_any_more_is_said(it_staff: Somebody) -> None:
    """Whoever has all of a reason tried again that a colleague mended meanwhile is told so on the page."""
    token = Page(it_staff.client.get("/provisioning")).token

    answer = it_staff.client.post("/provisioning/try-all-again", data={"csrf_token": token, "reason": REASON})

    assert answer.status_code == 303
    assert "Không còn bản ghi nào của bạn gặp lỗi này" in Page(it_staff.client.get("/provisioning")).text


def test_nothing_is_tried_again_by_who_looks_after_nothing(app: Flask, it_staff: Somebody) -> None:
    """Without a role nobody learns whether something fails for a reason."""
    nobody = signed_in(app, None)
    token = Page(nobody.client.get("/me/password")).token

    answer = nobody.client.post("/provisioning/try-all-again", data={"csrf_token": token, "reason": REASON})

    assert answer.status_code == 403


def test_page_of_an_official_says_that_the_server_is_away(app: Flask, it_staff: Somebody) -> None:
    """Who asks why somebody's entry is not there reads that it waits for the LDAP server."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now = datetime.now(UTC)
        session.add(TargetStatus(name="default", faults=3, reason="connection refused", failing_since=now))

    page = Page(it_staff.client.get(f"/officials/{it_staff.official}"))

    assert "Máy chủ LDAP không ghi được từ" in page.text


def test_other_agencies_failures_are_not_shown(app: Flask, it_staff: Somebody) -> None:
    """A failure in another province is neither listed nor counted."""
    refused(app, ELSEWHERE)

    page = Page(it_staff.client.get("/provisioning"))

    assert "Trần Văn Bình" not in page.text
    assert "Mọi bản ghi đã có trên máy chủ" in page.text


def test_other_agencies_entries_cannot_be_tried_again(app: Flask, it_staff: Somebody) -> None:
    """An entry of another province is not found, and stays as it is."""
    number = refused(app, ELSEWHERE)
    token = Page(it_staff.client.get("/provisioning")).token

    answer = it_staff.client.post("/provisioning/try-again", data={"csrf_token": token, "entry": f"account:{number}"})

    assert answer.status_code == 404
    with app.extensions["congvu"].outbox.transaction() as session:
        assert due(session, number) is None


def test_page_is_closed_without_the_right(app: Flask) -> None:
    """An official without a role that looks after provisioning is refused."""
    book_of(app)

    answer = signed_in(app, None).client.get("/provisioning")

    assert answer.status_code == 403


def test_pause_of_the_target_is_told(app: Flask, it_staff: Somebody) -> None:
    """While the LDAP server does not work, the page says since when and that nothing is lost."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now = datetime.now(UTC)
        session.add(TargetStatus(name="default", faults=3, reason="connection refused", failing_since=now))

    page = Page(it_staff.client.get("/provisioning"))

    assert "Máy chủ LDAP không làm việc từ" in page.text


def test_page_says_that_no_worker_writes(app: Flask, it_staff: Somebody) -> None:
    """Where something waits for long and no worker does anything, the page says what that means and what to start."""
    with app.extensions["congvu"].outbox.transaction() as session:
        session.execute(text("UPDATE due SET since = since - interval '2 minutes'"))

    page = Page(it_staff.client.get("/provisioning"))

    assert "không tiến trình nào nhận" in page.text
    assert "congvu worker --lane reconcile" in page.text

"""What others changed on the LDAP server, as the page of provisioning shows it, and what somebody decides."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

from directory.accounts import Account
from provisioning.reconcile.tables import Drift, EntryStatus, ForeignEntry
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, ELSEWHERE, Somebody, book_of, signed_in
from tests.web.test_provisioning import due, it_staff, refused

__all__ = ["it_staff"]


def drifted(app: Flask, at: str = DEPARTMENT) -> str:
    """Let one official's entry differ from the book and wait for a person; give the account number."""
    number = refused(app, at)
    with app.extensions["congvu"].outbox.transaction() as session:
        account_id = session.scalars(select(Account.id).where(Account.number == number)).one()
        status = session.get_one(EntryStatus, ("account", account_id))
        status.state, status.reason = "ok", None
        entry = {"entry": f"uid={number},ou=people", "kind": "modify", "before": {"mail": ["x@y"]}, "after": {}}
        session.add(
            Drift(
                subject="account",
                subject_id=account_id,
                kind="changed",
                differences={"entries": [entry]},
                found_at=datetime.now(UTC),
            )
        )
    return number


def test_what_others_changed_is_shown_and_written_anew(app: Flask, it_staff: Somebody) -> None:
    """A difference that waits is shown with what is there now; its button has the entry written anew, once."""
    number = drifted(app)

    page = Page(it_staff.client.get("/provisioning"))
    answer = it_staff.client.post(
        "/provisioning/restore", data={"csrf_token": page.token, "entry": f"account:{number}"}
    )

    assert "x@y" in page.text
    assert answer.status_code == 303
    with app.extensions["congvu"].outbox.transaction() as session:
        assert due(session, number) is not None
        assert session.scalar(select(Drift.subject_id)) is None


def test_difference_settled_meanwhile_is_said(app: Flask, it_staff: Somebody) -> None:
    """Whoever chooses a difference that a colleague has settled is told so on the page, and the others are done."""
    settled, left = drifted(app), drifted(app)
    token = Page(it_staff.client.get("/provisioning")).token
    it_staff.client.post("/provisioning/restore", data={"csrf_token": token, "entry": f"account:{settled}"})
    Page(it_staff.client.get("/provisioning"))  # says what the first one did

    entries = [f"account:{settled}", f"account:{left}"]
    answer = it_staff.client.post("/provisioning/restore", data={"csrf_token": token, "entry": entries})

    assert answer.status_code == 303
    text = Page(it_staff.client.get("/provisioning")).text
    assert "1 bản ghi sẽ được ghi lại" in text
    assert "1 khác biệt đã được xử lý trong lúc trang này đang mở" in text


def test_name_settled_meanwhile_is_not_taken_over(app: Flask, it_staff: Somebody) -> None:
    """Whoever takes over a name about which a colleague has decided is told so, and the record stays."""
    number = asked(app)
    token = Page(it_staff.client.get("/provisioning")).token
    it_staff.client.post("/provisioning/restore", data={"csrf_token": token, "entry": f"account:{number}"})

    it_staff.client.post("/provisioning/take-over", data={"csrf_token": token, "entry": f"account:{number}"})

    text = Page(it_staff.client.get("/provisioning")).text
    assert "1 khác biệt đã được xử lý" in text
    assert "họ tên vào hồ sơ" not in text
    with app.extensions["congvu"].outbox.transaction() as session:
        account = session.scalars(select(Account).where(Account.number == number)).one()
        assert account.official.full_name == "Trần Văn Bình"


def test_nothing_is_written_anew_where_nothing_was_chosen(app: Flask, it_staff: Somebody) -> None:
    """A form without a chosen entry says so, and never means all of them."""
    number = drifted(app)
    token = Page(it_staff.client.get("/provisioning")).token

    it_staff.client.post("/provisioning/restore", data={"csrf_token": token})

    assert "Chưa chọn bản ghi nào" in Page(it_staff.client.get("/provisioning")).text
    with app.extensions["congvu"].outbox.transaction() as session:
        assert due(session, number) is None


def test_too_many_at_once_are_written_anew_by_one_button(app: Flask, it_staff: Somebody) -> None:
    """Whoever has read the warning has all of them written anew, in the own agencies alone."""
    own, others = drifted(app), drifted(app, ELSEWHERE)
    page = Page(it_staff.client.get("/provisioning"))

    it_staff.client.post("/provisioning/restore-all", data={"csrf_token": page.token})

    assert "Quá nhiều khác biệt cùng lúc" in page.text
    with app.extensions["congvu"].outbox.transaction() as session:
        assert due(session, own) is not None
        assert due(session, others) is None


def asked(app: Flask, at: str = DEPARTMENT) -> str:
    """Let somebody else have changed an official's name in the entry; give the account number."""
    number = drifted(app, at)
    with app.extensions["congvu"].outbox.transaction() as session:
        account_id = session.scalars(select(Account.id).where(Account.number == number)).one()
        row = session.get_one(Drift, ("account", account_id))
        entry = {
            **row.differences["entries"][0],
            "before": {"cn": ["Trần Văn Bính"]},
            "after": {"cn": ["Trần Văn Bình"]},
        }
        row.differences, row.asked = {"entries": [entry]}, ["cn"]
    return number


def test_name_on_the_server_is_taken_over(app: Flask, it_staff: Somebody) -> None:
    """A name that somebody else wrote is shown beside the directory's, and one button takes it into the record."""
    number = asked(app)
    page = Page(it_staff.client.get("/provisioning"))

    it_staff.client.post("/provisioning/take-over", data={"csrf_token": page.token, "entry": f"account:{number}"})

    assert "Bên nào đúng?" in page.text
    assert "Trần Văn Bính" in page.text
    with app.extensions["congvu"].outbox.transaction() as session:
        account = session.scalars(select(Account).where(Account.number == number)).one()
        assert account.official.full_name == "Trần Văn Bính"


def test_name_elsewhere_is_not_taken_over(app: Flask) -> None:
    """Whoever looks after another province takes no name over."""
    book_of(app)
    number = asked(app)
    stranger = signed_in(app, "agency_it", at=ELSEWHERE)
    token = Page(stranger.client.get("/provisioning")).token

    answer = stranger.client.post("/provisioning/take-over", data={"csrf_token": token, "entry": f"account:{number}"})

    assert answer.status_code == 404


def test_what_others_changed_elsewhere_is_not_shown(app: Flask, it_staff: Somebody) -> None:
    """A difference of an agency that one does not look after is neither shown nor written anew."""
    number = drifted(app, ELSEWHERE)

    page = Page(it_staff.client.get("/provisioning"))
    answer = it_staff.client.post(
        "/provisioning/restore", data={"csrf_token": page.token, "entry": f"account:{number}"}
    )

    assert "x@y" not in page.text
    assert answer.status_code == 404


def test_entries_of_nobody_are_for_those_at_the_top(app: Flask, it_staff: Somebody) -> None:
    """What the directory does not know is no agency's, so its IT staff do not see it."""
    with app.extensions["congvu"].outbox.transaction() as session:
        session.add(ForeignEntry(path="uid=kietnt,ou=people", found_at=datetime.now(UTC)))

    page = Page(it_staff.client.get("/provisioning"))

    assert "kietnt" not in page.text


def test_page_of_an_official_says_that_somebody_is_asked(app: Flask, it_staff: Somebody) -> None:
    """Who looks at an official whose name was changed on the server reads that this is not decided."""
    number = asked(app)
    with app.extensions["congvu"].outbox.transaction() as session:
        public_id = session.scalars(select(Account).where(Account.number == number)).one().official.public_id

    page = Page(it_staff.client.get(f"/officials/{public_id}"))

    assert "bộ phận CNTT được hỏi tên nào đúng" in page.text

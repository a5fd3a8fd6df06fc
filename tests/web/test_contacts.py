"""The page of one's own recovery contacts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from directory.credentials.tables import SignInSession
from tests.web.pages import Page
from tests.web.people import Somebody, signed_in

WAY = "/me/recovery-contacts"


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def me(app: Flask) -> Somebody:
    """Give an official who has just shown the second factor."""
    return signed_in(app, None)


def put(me: Somebody, kind: str, value: str) -> int:
    """Set a contact; give the answer's status."""
    token = Page(me.client.get(WAY)).token
    return me.client.post(f"{WAY}/{kind}", data={"csrf_token": token, "value": value}).status_code


def test_contact_is_set_and_removed(me: Somebody) -> None:
    """One sets a contact, sees until when it is held, and removes it."""
    statuses = [put(me, "mail", "an@vidu.vn"), put(me, "phone", "0912 345 678")]
    page = Page(me.client.get(WAY))

    me.client.post(f"{WAY}/mail/remove", data={"csrf_token": page.token})

    assert statuses == [303, 303]
    assert all(each in page.text for each in ("an@vidu.vn", "0912345678", "chờ hiệu lực đến"))
    assert "an@vidu.vn" not in Page(me.client.get(WAY)).text


@pytest.mark.parametrize(("kind", "value"), [("mail", "x"), ("mail", "an@tinh.gov.vn"), ("phone", "12"), ("mail", "")])
def test_wrong_contact_is_told_at_its_field(me: Somebody, kind: str, value: str) -> None:
    """What is no contact is refused with a reason, and nothing is recorded."""
    assert put(me, kind, value) == 422


def test_open_screen_shows_and_changes_nothing(app: Flask, me: Somebody) -> None:
    """Without a fresh second factor contacts are neither shown nor changed."""
    token = Page(me.client.get(WAY)).token
    with app.extensions["congvu"].outbox.transaction() as session:
        stale = datetime.now(UTC) - timedelta(minutes=6)
        session.execute(update(SignInSession).where(SignInSession.account_id == me.account_id).values(factor_at=stale))

    answers = [
        me.client.get(WAY),
        me.client.post(f"{WAY}/mail", data={"csrf_token": token, "value": "an@vidu.vn"}),
        me.client.post(f"{WAY}/mail/remove", data={"csrf_token": token}),
    ]

    assert all(each.headers["Location"].startswith("/sign-in/again") for each in answers)

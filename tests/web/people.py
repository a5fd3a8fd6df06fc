"""Somebody who is signed in: an official of the small book with a role and a real session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Actor, system
from directory.credentials.sessions import start_session
from directory.grants import Grant
from directory.officials import Official
from tests.book import LONG_AGO, found_house, hire
from tests.web.conftest import browser
from tests.web.pages import Page

PROVINCE, DEPARTMENT, ELSEWHERE = "H36", "H36.05", "H37"


@dataclass(frozen=True)
class Somebody:
    """An official with a session."""

    account_id: int
    number: str
    official: str
    token: str
    client: FlaskClient


def book_of(app: Flask, *names: str) -> None:
    """Found the small book, once for a database, and appoint people in its department."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        if names:
            hire(session, now, agency(session, DEPARTMENT), *names)


def seed(session: Session) -> Actor:
    """Found the agencies unless they are there, and give the system as actor."""
    now = system(datetime.now(UTC), "test")
    if session.scalar(select(Agency.id).where(Agency.code == PROVINCE)) is None:
        found_house(session, now)
    return now


def agency(session: Session, code: str) -> Agency:
    """Give an agency of the small book."""
    return session.scalars(select(Agency).where(Agency.code == code)).one()


def fill_in(somebody: Somebody, path: str, /, **fields: str | list[str]) -> TestResponse:
    """Fill in the form of a page, leaving what stands in it, and send it."""
    forms = Page(somebody.client.get(path)).forms
    form = next(form for action, form in forms.items() if action not in ("/language", "/sign-out"))
    return somebody.client.post(path, data={**form, **fields})


def signed_in(app: Flask, role: str | None, *, at: str = DEPARTMENT, stage: str = "full") -> Somebody:
    """Appoint an official, give them a role over an agency, and sign them in with a fresh second factor."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        (account,) = hire(session, now, agency(session, at), "Lê Thị Ánh Đào")
        if role:
            session.add(Grant(account_id=account.id, role=role, agency_id=agency(session, at).id, valid_from=LONG_AGO))
        token, row = start_session(session, now, session.get_one(Account, account.id), stage, "a test")
        row.factor_at = now.now if stage == "full" else None
        official = session.get_one(Official, account.official_id).public_id
        number, account_id = account.number, account.id
    client = browser(app)
    client.set_cookie(app.extensions["signin"].cookie, token, secure=app.config["SESSION_COOKIE_SECURE"])
    return Somebody(account_id, number, official, token, client)

"""What tests of lists over HTTP stand on: a token, a worker's job, files."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

from directory.base import Actor
from directory.credentials import make_api_token
from directory.staff_lists.tables import StaffList
from provisioning.jobs.lists import apply, read_one
from tests.web.people import DEPARTMENT, agency, seed, signed_in


def token_of(app: Flask, role: str = "agency_it", *, at: str = DEPARTMENT) -> str:
    """Give a token that an officer of an agency has made for it."""
    officer = signed_in(app, role, at=at)
    now = datetime.now(UTC)
    actor = Actor(now=now, source="test", account_id=officer.account_id, factor_at=now)
    with app.extensions["congvu"].outbox.transaction() as session:
        seed(session)
        return make_api_token(session, actor, agency(session, at).id, label="HR", days=30)[1]


def work(app: Flask) -> None:
    """Do what the worker does until no list is being read or applied."""
    service = app.extensions["congvu"]
    busy = select(StaffList.id).where(StaffList.state.in_(("reading", "applying"))).limit(1)
    waiting = True
    while waiting:
        read_one(service)
        apply(service)
        with service.outbox.transaction() as session:
            waiting = session.scalar(busy) is not None


def read_all(app: Flask) -> None:
    """Do what the worker does until no list waits to be read."""
    service = app.extensions["congvu"]
    busy = select(StaffList.id).where(StaffList.state == "reading").limit(1)
    waiting = True
    while waiting:
        read_one(service)
        with service.outbox.transaction() as session:
            waiting = session.scalar(busy) is not None

"""Leaving at the same moment as something that opens a door: whoever is first, nothing stays open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.appointments import Appointment
from directory.audit import AuditEvent
from directory.base import Actor
from directory.credentials import begin_try, make_app_password, set_password, sign_in, subject_of
from directory.credentials.tables import AppPassword, SignInSession
from directory.errors import DirectoryError
from directory.lifecycle import Leaving, Rehiring, leave, rehire
from provisioning.outbox import Outbox
from tests.book import found_house, hire, mailbox_of
from tests.credentials import PASSWORD

pytestmark = pytest.mark.slow

ROUNDS = 20
Act = Callable[[Session], object]


@pytest.fixture
def accounts(outbox: Outbox, actor: Actor) -> list[Account]:
    """Give active accounts with a password, one for each round."""
    with outbox.transaction() as session:
        house = found_house(session, actor)
        hired = hire(session, actor, house.department, *["Nguyễn Văn An"] * ROUNDS)
        for account in hired:
            set_password(session, replace(actor, is_system=False, account_id=account.id), account, PASSWORD)
            _ = account.official.id
        session.expunge_all()
    return hired


def at_once(outbox: Outbox, *acts: Act) -> list[str]:
    """Do things at the same moment, each in its own transaction; give `done` or the name of the refusal of each."""
    together = Barrier(len(acts))

    def run(act: Act) -> str:
        try:
            with outbox.transaction() as session:
                session.execute(select(1))
                together.wait()
                act(session)
        except DirectoryError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def leaving(actor: Actor, account: Account) -> Act:
    """Give the leaving of somebody at once."""
    return lambda session: leave(session, actor, [Leaving(account.official_id, reason="QĐ 12")])


def signing_in(outbox: Outbox, actor: Actor, account: Account) -> Act:
    """Give the sign-in of somebody, whose try is counted already."""
    nobody = replace(actor, is_system=False)
    with outbox.transaction() as session:
        attempt = begin_try(session, nobody, "password", subject_of(account))
    return lambda session: sign_in(session, nobody, attempt, account.number, PASSWORD, browser="")


def rehiring(actor: Actor, account: Account, agency_id: int) -> Act:
    """Give the return of somebody who left."""
    return lambda session: rehire(session, actor, [Rehiring(account.official_id, agency_id, "Chuyên viên")])


def test_no_session_survives(outbox: Outbox, actor: Actor, accounts: list[Account]) -> None:
    """Whoever signs in while HR closes the account is signed out, or never comes in."""
    for account in accounts:
        came = at_once(outbox, leaving(actor, account), signing_in(outbox, actor, account))

        assert came[0] == "done"
        assert came[1] in ("done", "SignInRefused")
    with outbox.transaction() as session:
        opened = session.scalars(select(SignInSession.id).where(SignInSession.ended_at.is_(None))).all()
        states = Counter(session.scalars(select(Account.state)))
    assert (opened, states) == ([], {"disabled": ROUNDS})


def test_no_app_password_survives(outbox: Outbox, actor: Actor, accounts: list[Account]) -> None:
    """An app password that is made while HR closes the account is revoked, or never made."""
    for account in accounts:
        holder = replace(actor, is_system=False, account_id=account.id, factor_at=actor.now)
        with outbox.transaction() as session:
            mailbox_id = mailbox_of(session, account).id

        def making(session: Session, holder: Actor = holder, mailbox_id: int = mailbox_id) -> None:
            make_app_password(session, holder, mailbox_id, label="PC", scopes=["imap"])

        came = at_once(outbox, leaving(actor, account), making)

        assert came[0] == "done"
        assert came[1] in ("done", "NotAllowed")
    with outbox.transaction() as session:
        assert session.scalars(select(AppPassword.id).where(AppPassword.revoked_at.is_(None))).all() == []


def test_who_comes_back_twice_at_once_comes_back_once(outbox: Outbox, actor: Actor, accounts: list[Account]) -> None:
    """Of two who bring somebody back at the same moment one does, and the other hears that it is done."""
    for account in accounts:
        with outbox.transaction() as session:
            leaving(actor, account)(session)
            agency_id = session.scalars(select(Appointment.agency_id).limit(1)).one()

        came = at_once(outbox, *[rehiring(actor, account, agency_id)] * 2)

        assert sorted(came) == ["StillInService", "done"]
    assert open_posts(outbox, accounts) == dict.fromkeys((each.official_id for each in accounts), 1)


def test_leaving_against_two_returns_stays_consistent(outbox: Outbox, actor: Actor, accounts: list[Account]) -> None:
    """However a leaving and two returns meet, whoever is in service has one post and an open account, else neither."""
    with outbox.transaction() as session:
        agency_id = session.scalars(select(Appointment.agency_id).limit(1)).one()
    for account in accounts:
        at_once(outbox, leaving(actor, account), *[rehiring(actor, account, agency_id)] * 2)

    held = open_posts(outbox, accounts)
    with outbox.transaction() as session:
        states = dict(session.execute(select(Account.official_id, Account.state)).all())
        told = Counter(
            session.scalars(
                select(AuditEvent.action).where(AuditEvent.action.in_(("official.retired", "official.rehired")))
            )
        )
    assert {id_: held.get(id_, 0) for id_ in states} == {id_: int(s != "disabled") for id_, s in states.items()}
    assert ROUNDS + told["official.rehired"] - told["official.retired"] == sum(held.values())


def open_posts(outbox: Outbox, accounts: list[Account]) -> dict[int, int]:
    """Count the primary posts without an end, by official id."""
    with outbox.transaction() as session:
        rows = session.execute(
            select(Appointment.official_id, func.count())
            .where(Appointment.official_id.in_({each.official_id for each in accounts}))
            .where(Appointment.valid_to.is_(None), Appointment.kind == "primary")
            .group_by(Appointment.official_id)
        )
        return dict(rows.all())

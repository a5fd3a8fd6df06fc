"""The day after the last one in service: nobody gets in, though nothing has been carried out yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor, start_of
from directory.credentials import (
    activate,
    actor_of_token,
    issue_activation_codes,
    load_session,
    make_api_token,
    make_app_password,
    sign_in,
    start_recovery,
)
from directory.credentials.recovery import recovery_of
from directory.errors import CodeRefused, NotAllowed, SignInRefused, TokenRefused
from directory.grants import Action, can
from directory.lifecycle import Leaving, leave
from tests.book import House, give, hire, mailbox_of
from tests.credentials import OTHER_PASSWORD, PASSWORD, Enrolled, tried

LAST_MOMENT = datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)
"""One second before midnight in Viet Nam, of the day of the tests."""
MIDNIGHT = LAST_MOMENT + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def leaver(session: Session, actor: Actor, an: Enrolled) -> Enrolled:
    """Let the official be in service for the last time today; no job has looked at it since."""
    leave(session, actor, [Leaving(an.account.official_id, actor.today)])
    return an


def at(an: Enrolled, now: datetime) -> Actor:
    """Give the official as actor at an instant, with a second factor shown just now."""
    return replace(an.actor, now=now, factor_at=now)


def test_midnight_is_the_vietnamese_one(actor: Actor) -> None:
    """The day after begins at 00:00 in Viet Nam, which is 17:00 in Greenwich."""
    assert start_of(actor.today + timedelta(days=1)) == MIDNIGHT


@pytest.mark.parametrize(("now", "is_open"), [(LAST_MOMENT, True), (MIDNIGHT, False)])
def test_session_ends_at_midnight(session: Session, an: Enrolled, now: datetime, *, is_open: bool) -> None:
    """A session that was open before is none any more, on the very second."""
    early = at(an, LAST_MOMENT - timedelta(minutes=1))
    opened = sign_in(session, early, tried(session, early, "password", an.subject), an.number, PASSWORD, browser="")

    assert (load_session(session, at(an, now), opened.token) is not None) is is_open


def test_password_is_refused_after_midnight(session: Session, an: Enrolled) -> None:
    """Signing in is refused as with a wrong password."""
    late = at(an, MIDNIGHT)

    with pytest.raises(SignInRefused):
        sign_in(session, late, tried(session, late, "password", an.subject), an.number, PASSWORD, browser="")


@pytest.mark.parametrize("now", [LAST_MOMENT, MIDNIGHT])
def test_role_ends_at_midnight(session: Session, house: House, an: Enrolled, now: datetime) -> None:
    """A role allows things to the end of the last day and not a second longer."""
    give(session, an.account, "agency_it", house.department)

    assert can(session, at(an, now), Action.VIEW, house.department.id) is (now == LAST_MOMENT)


def test_api_token_ends_at_midnight(session: Session, house: House, an: Enrolled) -> None:
    """A program with the official's token is refused from midnight on."""
    give(session, an.account, "agency_it", house.department)
    _, token = make_api_token(session, an.actor, house.department.id, label="nhập", days=30)

    assert actor_of_token(session, token, LAST_MOMENT, "test").account_id == an.id
    with pytest.raises(TokenRefused):
        actor_of_token(session, token, MIDNIGHT, "test")


def test_nothing_is_made_after_midnight(session: Session, an: Enrolled) -> None:
    """Whoever still has a page open makes no app password any more."""
    mailbox = mailbox_of(session, an.account)

    with pytest.raises(NotAllowed):
        make_app_password(session, at(an, MIDNIGHT), mailbox.id, label="PC", scopes=["imap"])


def test_recovery_leads_nowhere_after_midnight(session: Session, an: Enrolled) -> None:
    """A forgotten password is recovered by nobody who has left; the pages look the same."""
    late = at(an, MIDNIGHT)

    token = start_recovery(session, late, tried(session, late, "recovery", an.subject), an.number)

    assert recovery_of(session, late, token).account_id is None


def test_slip_opens_nothing_after_midnight(session: Session, actor: Actor, house: House) -> None:
    """A slip handed out before the last day is no longer good."""
    (newcomer,) = hire(session, actor, house.department, "Lê Văn Hà", state="pending")
    ((_, code),) = issue_activation_codes(session, actor, [newcomer.id])
    leave(session, actor, [Leaving(newcomer.official_id, actor.today)])
    late = replace(actor, now=MIDNIGHT)

    with pytest.raises(CodeRefused):
        activate(session, late, tried(session, late, "activation", "x"), code, OTHER_PASSWORD)

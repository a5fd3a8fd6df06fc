"""What is over long enough is forgotten; what is still of use stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials import begin_try, forget_leftovers, start_recovery, start_totp, subject_called
from directory.credentials.sessions import start_session
from directory.credentials.tables import ActivationCode, Recovery, SignInSession, TotpEnrolment
from directory.throttle import Failures
from tests.credentials import Enrolled, tried
from tests.directory.credentials.slips import slip

KINDS = (TotpEnrolment, Recovery, Failures, SignInSession, ActivationCode)


@pytest.mark.parametrize(
    ("days", "left"), [(0, [1, 1, 2, 1, 1]), (2, [0, 1, 2, 1, 1]), (32, [0, 0, 0, 1, 1]), (94, [0, 0, 0, 0, 0])]
)
def test_leftovers_go_one_kind_after_another(
    session: Session, actor: Actor, an: Enrolled, newcomer: Account, days: int, left: list[int]
) -> None:
    """An enrolment goes after a day, attempts and counts after a month, sessions and slips after three."""
    start_totp(session, an.actor, an.id)
    attempt = tried(session, an.actor, "recovery", subject_called(session, an.number))
    start_recovery(session, an.actor, attempt, an.number)
    start_session(session, an.actor, an.account, "full", "x")
    slip(session, actor, newcomer)

    forget_leftovers(session, replace(actor, now=actor.now + timedelta(days=days)))

    assert [session.scalar(select(func.count()).select_from(kind)) for kind in KINDS] == left


def test_shut_brake_is_not_forgotten(session: Session, actor: Actor, an: Enrolled) -> None:
    """A count that still keeps somebody out stays."""
    for _ in range(5):
        begin_try(session, an.actor, "password", an.subject)

    forget_leftovers(session, actor)

    assert session.scalar(select(func.count()).select_from(Failures)) == 2

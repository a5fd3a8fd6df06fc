"""Forty requests at once with one code: exactly one wins, whatever the code is for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials import (
    activate,
    begin_try,
    check_totp,
    finish_recovery,
    issue_activation_codes,
    mailboxes_of,
    make_app_password,
    prove_authenticator,
    prove_recovery_code,
    spend_recovery_code,
    start_recovery,
)
from directory.credentials.holders import lock
from directory.credentials.tables import Totp
from directory.credentials.tries import Kind, Try
from directory.errors import CodeRefused, RecoveryOver, SignInRefused, TooMany, TooManyTries
from provisioning.outbox import Outbox
from provisioning.signin import guarded
from tests.credentials import OTHER_PASSWORD, Enrolled
from tests.directory.credentials.conftest import CROWD

pytestmark = pytest.mark.slow

REFUSALS = (CodeRefused, RecoveryOver, SignInRefused, TooMany, TooManyTries)


def winners(outbox: Outbox, act: Callable[[Session], object]) -> int:
    """Let forty requests do the same thing at the same moment, each in its own transaction; count who succeeds."""
    together = Barrier(CROWD)

    def request(_number: int) -> bool:
        together.wait()
        try:
            with outbox.transaction() as session:
                act(session)
        except REFUSALS:
            return False
        return True

    with ThreadPoolExecutor(CROWD) as pool:
        return sum(pool.map(request, range(CROWD)))


def counted(outbox: Outbox, actor: Actor, kind: Kind, subject: str) -> Try:
    """Count a try and commit it."""
    with outbox.transaction() as session:
        return begin_try(session, actor, kind, subject)


def at_recovery_step(outbox: Outbox, lan: Enrolled, steps: int) -> str:
    """Begin an attempt to recover and take it some steps on; give its token."""
    actor = replace(lan.actor, account_id=None)
    begun = counted(outbox, actor, "recovery", lan.subject)
    with outbox.transaction() as session:
        token = start_recovery(session, actor, begun, lan.number)
    attempt = counted(outbox, actor, "code", lan.subject)
    if steps > 0:
        with outbox.transaction() as session:
            prove_authenticator(session, actor, attempt, token, lan.code(actor.now))
    if steps > 1:
        with outbox.transaction() as session:
            prove_recovery_code(session, actor, attempt, token, lan.codes[0])
    return token


def test_one_totp_code_serves_one_request(crowd: Outbox, lan: Enrolled) -> None:
    """Of forty requests with the same code of the authenticator app one is accepted."""
    attempt = counted(crowd, lan.actor, "code", lan.subject)
    code = lan.code(lan.actor.now)

    won = winners(
        crowd, lambda session: check_totp(session, lan.actor, attempt, session.get_one(Account, lan.id), code)
    )

    assert won == 1


def test_one_recovery_code_serves_one_request(crowd: Outbox, lan: Enrolled) -> None:
    """Of forty requests with the same recovery code one is accepted."""
    attempt = counted(crowd, lan.actor, "code", lan.subject)

    won = winners(
        crowd,
        lambda session: spend_recovery_code(
            session, lan.actor, attempt, session.get_one(Account, lan.id), lan.codes[0]
        ),
    )

    assert won == 1


def test_one_slip_serves_one_request(crowd: Outbox, lan: Enrolled, actor: Actor) -> None:
    """Of forty requests with the same activation code one sets the password."""
    with crowd.transaction() as session:
        session.execute(delete(Totp))
        ((_, code),) = issue_activation_codes(session, actor, [lan.id])
    attempt = counted(crowd, actor, "activation", "slip")

    won = winners(crowd, lambda session: activate(session, actor, attempt, code, OTHER_PASSWORD))

    assert won == 1


@pytest.mark.parametrize("step", ["authenticator", "recovery code", "finish"])
def test_one_recovery_step_is_taken_once(crowd: Outbox, lan: Enrolled, step: str) -> None:
    """Of forty requests for the same step of an attempt to recover one takes it."""
    steps = ["authenticator", "recovery code", "finish"].index(step)
    token = at_recovery_step(crowd, lan, steps)
    actor = replace(lan.actor, account_id=None)
    attempt = counted(crowd, actor, "code", lan.subject)

    def take(session: Session) -> None:
        if step == "authenticator":
            prove_authenticator(session, actor, attempt, token, lan.code(actor.now))
        elif step == "recovery code":
            prove_recovery_code(session, actor, attempt, token, lan.codes[0])
        else:
            finish_recovery(session, actor, token, OTHER_PASSWORD, revoke_app_passwords_too=False)

    assert winners(crowd, take) == 1


def test_two_codes_at_once_take_one_step(crowd: Outbox, lan: Enrolled) -> None:
    """Different good recovery codes sent at once take one step of an attempt, and the losers stay unspent."""
    token = at_recovery_step(crowd, lan, 1)
    actor = replace(lan.actor, account_id=None)
    attempt = counted(crowd, actor, "code", lan.subject)
    codes = iter(lan.codes * 4)

    won = winners(crowd, lambda session: prove_recovery_code(session, actor, attempt, token, next(codes)))

    with crowd.transaction() as session:
        later = begin_try(session, actor, "code", lan.subject)
    with crowd.transaction() as session:
        spent = 0
        for code in lan.codes:
            try:
                spend_recovery_code(session, actor, later, lock(session, lan.id), code)
            except CodeRefused:
                spent += 1
    assert (won, spent) == (1, 1)


def test_guesses_at_once_stay_within_the_limit(crowd: Outbox, lan: Enrolled) -> None:
    """Of forty wrong guesses at once no more than five are compared with the secret."""
    compared: list[int] = []

    def guess(_session: Session) -> None:
        def check(session: Session, attempt: Try) -> None:
            compared.append(1)
            check_totp(session, lan.actor, attempt, session.get_one(Account, lan.id), "000000")

        guarded(crowd, lan.actor, "code", lambda _: lan.subject, check)

    winners(crowd, guess)

    assert 1 <= len(compared) <= 5


def test_right_code_among_many_guesses_is_not_looked_at_either(crowd: Outbox, lan: Enrolled) -> None:
    """Once the brake has closed, a right code is answered as a wrong one is."""
    for _ in range(5):
        counted(crowd, lan.actor, "code", lan.subject)

    with pytest.raises(TooManyTries):
        counted(crowd, lan.actor, "code", lan.subject)

    with pytest.raises(TooManyTries):
        guarded(
            crowd,
            lan.actor,
            "code",
            lambda _: lan.subject,
            lambda session, attempt: check_totp(
                session, lan.actor, attempt, session.get_one(Account, lan.id), lan.code(lan.actor.now)
            ),
        )


def test_app_passwords_made_at_once_stay_within_the_limit(crowd: Outbox, lan: Enrolled) -> None:
    """Forty app passwords asked for at once become ten."""
    with crowd.transaction() as session:
        mailbox = mailboxes_of(session, lan.actor, lan.id)[0].id

    won = winners(crowd, lambda session: make_app_password(session, lan.actor, mailbox, label="phone", scopes=["imap"]))

    assert won == 10


def test_totp_codes_of_the_window_are_each_good_once(crowd: Outbox, lan: Enrolled) -> None:
    """Forty requests with the codes of three steps can sign in at most three times, and never twice with one."""
    attempt = counted(crowd, lan.actor, "code", lan.subject)
    codes = iter([lan.code(lan.actor.now, step) for step in (-1, 0, 1)] * 14)

    won = winners(
        crowd, lambda session: check_totp(session, lan.actor, attempt, session.get_one(Account, lan.id), next(codes))
    )

    assert 1 <= won <= 3


def test_step_after_the_window_is_refused(crowd: Outbox, lan: Enrolled) -> None:
    """A code that is older than one step before the present one is refused."""
    attempt = counted(crowd, lan.actor, "code", lan.subject)
    late = replace(lan.actor, now=lan.actor.now + timedelta(seconds=60))

    with crowd.transaction() as session, pytest.raises(CodeRefused):
        check_totp(session, late, attempt, session.get_one(Account, lan.id), lan.code(lan.actor.now))

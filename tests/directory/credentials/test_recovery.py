"""A forgotten password: only the legal order of steps, by the right person, in time, reaches a new one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.credentials import (
    actor_of_token,
    app_passwords_of,
    check_password,
    finish_recovery,
    load_session,
    mailboxes_of,
    make_api_token,
    make_app_password,
    prove_authenticator,
    prove_recovery_code,
    recovery_codes_left,
    recovery_of,
    start_recovery,
    subject_called,
)
from directory.credentials.sessions import start_session
from directory.credentials.tables import Recovery
from directory.credentials.tries import Try
from directory.due import Due
from directory.errors import (
    CodeRefused,
    RecoveryOver,
    SignInRefused,
    TokenRefused,
    TooManyTries,
    WeakPassword,
)
from directory.grants import Grant
from directory.notices import Notice
from tests.book import LONG_AGO, House
from tests.credentials import OTHER_PASSWORD, PASSWORD, Enrolled, tried

pytestmark = pytest.mark.slow


class Browser:
    """Someone who forgot the password, and the steps of the page; each step comes half a minute after the last."""

    def __init__(self, session: Session, whose: Enrolled, name: str | None = None) -> None:
        self.session, self.whose = session, whose
        self.actor = replace(whose.actor, account_id=None, factor_at=None, source="203.0.113.5")
        begun = tried(session, self.actor, "recovery", subject_called(session, name or whose.number))
        self.token = start_recovery(session, self.actor, begun, name or whose.number)
        self.codes = iter(whose.codes)

    @property
    def attempt(self) -> Try:
        """Give a counted try for whom the attempt is."""
        subject = self.session.scalars(select(Recovery.subject).order_by(Recovery.id.desc())).first()
        return Try("code", subject or "", ())

    def authenticator(self, typed: str | None = None) -> None:
        """Type the code of the app."""
        self.actor = replace(self.actor, now=self.actor.now + timedelta(seconds=30))
        prove_authenticator(
            self.session, self.actor, self.attempt, self.token, typed or self.whose.code(self.actor.now)
        )

    def code(self, typed: str | None = None) -> None:
        """Type a saved recovery code."""
        prove_recovery_code(self.session, self.actor, self.attempt, self.token, typed or next(self.codes))

    def finish(self, password: str = OTHER_PASSWORD, *, revoke: bool = False) -> None:
        """Choose the new password."""
        finish_recovery(self.session, self.actor, self.token, password, revoke_app_passwords_too=revoke)

    def state(self) -> str:
        """Read where the attempt stands."""
        return self.session.scalars(select(Recovery.state).order_by(Recovery.id.desc())).first() or ""


NEXT = {"authenticator": ("started", "authenticator"), "code": ("authenticator", "ready"), "finish": ("ready", "done")}
"""The state in which a step is legal, and where it leads."""


def walk(session: Session, browser: Browser, steps: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Take steps in an order, each in a transaction of its own; give the states it led to and those it should."""
    found, expected, state = [], [], "started"
    for step in steps:
        try:
            with session.begin_nested():
                getattr(browser, step.removeprefix("wrong "))(*(["000000"] if step.startswith("wrong") else []))
        except (CodeRefused, RecoveryOver):
            pass
        if step in NEXT and NEXT[step][0] == state:
            state = NEXT[step][1]
        found.append(browser.state())
        expected.append(state)
    return found, expected


def test_only_the_legal_order_reaches_a_new_password(session: Session, an: Enrolled) -> None:
    """Of all orders of four steps, repeated or left out, only authenticator, code, finish leads to the end."""
    for steps in product(NEXT, repeat=4):
        point = session.begin_nested()

        found, expected = walk(session, Browser(session, an), steps)

        point.rollback()
        assert found == expected, steps


def test_random_walks_reach_a_new_password_only_by_the_legal_order(session: Session, an: Enrolled) -> None:
    """Two hundred walks with wrong codes in between never take a step that is not next."""
    chance = random.Random(43)
    for _ in range(200):
        point = session.begin_nested()
        steps = tuple(chance.choices([*NEXT, "wrong authenticator", "wrong code"], k=7))

        found, expected = walk(session, Browser(session, an), steps)

        point.rollback()
        assert found == expected, steps


def recover(session: Session, an: Enrolled, *, revoke: bool = False) -> Browser:
    """Walk the whole way."""
    browser = Browser(session, an)
    browser.authenticator()
    browser.code()
    browser.finish(revoke=revoke)
    return browser


def test_new_password_serves_and_the_old_does_not(session: Session, an: Enrolled) -> None:
    """After the recovery the new password signs in and the old one does not."""
    recover(session, an)

    attempt = tried(session, an.actor, "password", an.subject)
    assert check_password(session, attempt, an.account, OTHER_PASSWORD) is an.account
    with pytest.raises(SignInRefused):
        check_password(session, tried(session, an.actor, "password", an.subject), an.account, PASSWORD)


def test_sessions_die(session: Session, an: Enrolled) -> None:
    """No session that was open before the recovery lives after it."""
    token, _ = start_session(session, an.actor, an.account, "full", "x")

    recover(session, an)

    assert load_session(session, an.actor, token) is None


def test_api_tokens_die(session: Session, house: House, an: Enrolled) -> None:
    """No API token made before the recovery works after it."""
    session.add(Grant(account_id=an.id, role="agency_it", agency_id=house.department.id, valid_from=LONG_AGO))
    session.flush()
    _, token = make_api_token(session, an.actor, house.department.id, label="import", days=30)

    recover(session, an)

    with pytest.raises(TokenRefused):
        actor_of_token(session, token, an.actor.now, "x")


@pytest.mark.parametrize(("revoke", "left"), [(False, 1), (True, 0)])
def test_app_passwords_are_asked_about(session: Session, an: Enrolled, *, revoke: bool, left: int) -> None:
    """App passwords stay, or are revoked and their entries due, as the form was answered."""
    mailbox = mailboxes_of(session, an.actor, an.id)[0]
    make_app_password(session, an.actor, mailbox.id, label="phone", scopes=["imap"])
    session.query(Due).delete()

    recover(session, an, revoke=revoke)

    assert len(app_passwords_of(session, an.actor, an.id)) == left
    assert (session.get(Due, ("account", an.id)) is not None) == revoke


def test_recovery_uses_up_one_code_and_is_told(session: Session, an: Enrolled) -> None:
    """Nine recovery codes are left, and the holder gets a notice of the new password."""
    recover(session, an)

    notices = session.scalars(select(Notice).where(Notice.account_id == an.id)).all()
    assert recovery_codes_left(session, an.id) == 9
    assert "password.reset" in [notice.fields["action"] for notice in notices]


def test_second_attempt_dies_with_the_first_one_finished(session: Session, an: Enrolled) -> None:
    """An attempt that is ready when another one finishes is over."""
    other = Browser(session, an)
    other.authenticator()
    other.code()
    winner = Browser(session, an)
    winner.actor = other.actor
    winner.codes = other.codes
    winner.authenticator()
    winner.code()
    winner.finish()

    with pytest.raises(RecoveryOver):
        other.finish("sáu con thuyền trôi qua cầu")


def test_password_changed_meanwhile_ends_the_attempt(session: Session, an: Enrolled) -> None:
    """An attempt begun under earlier credentials accepts nothing any more."""
    browser = Browser(session, an)
    an.account.credential_version += 1
    session.flush()

    with pytest.raises(CodeRefused):
        browser.authenticator()


def test_attempt_is_over_after_a_quarter_of_an_hour(session: Session, an: Enrolled) -> None:
    """A step that comes fifteen minutes after the beginning is refused."""
    browser = Browser(session, an)
    browser.actor = replace(browser.actor, now=an.actor.now + timedelta(minutes=15))

    with pytest.raises(RecoveryOver):
        browser.authenticator()


def test_weak_password_leaves_the_attempt_ready(session: Session, an: Enrolled) -> None:
    """Whoever chooses a weak password may choose again without new codes."""
    browser = Browser(session, an)
    browser.authenticator()
    browser.code()

    with pytest.raises(WeakPassword), session.begin_nested():
        browser.finish("nguyenvanan2026")
    browser.finish()

    assert browser.state() == "done"


@pytest.mark.parametrize("state", ["pending", "suspended", "disabled"])
def test_closed_account_fails_as_a_wrong_code_does(session: Session, an: Enrolled, state: str) -> None:
    """An account that cannot sign in is refused at the first code, in the words of a wrong one."""
    an.account.state = state
    session.flush()
    browser = Browser(session, an)

    with pytest.raises(CodeRefused):
        browser.authenticator()


def test_nobody_fails_as_a_wrong_code_does(session: Session, an: Enrolled) -> None:
    """A name that nobody has gets an attempt, and is refused at the first code."""
    browser = Browser(session, an, "khong.co.ai@tinh.gov.vn")

    with pytest.raises(CodeRefused):
        browser.authenticator()


@pytest.mark.parametrize("name", [None, "khong.co.ai@tinh.gov.vn"])
def test_guesses_are_braked_alike_for_all(session: Session, an: Enrolled, name: str | None) -> None:
    """Beginning anew does not bring new guesses, whether or not the name is somebody's."""
    through = 0
    for _ in range(3):
        browser = Browser(session, an, name)
        for _ in range(4):
            try:
                tried(session, browser.actor, "code", browser.attempt.subject)
                through += 1
            except TooManyTries:
                continue

    assert through == 5


def test_codes_of_another_person_are_refused(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """Neither another person's authenticator nor another person's recovery code moves an attempt."""
    browser = Browser(session, an)

    with pytest.raises(CodeRefused):
        browser.authenticator(binh.code(an.actor.now + timedelta(seconds=30)))
    browser.authenticator()
    with pytest.raises(CodeRefused):
        browser.code(binh.codes[0])


def test_token_of_a_session_is_no_attempt(session: Session, an: Enrolled) -> None:
    """A token made for another purpose opens no attempt to recover, and an attempt's token no session."""
    token, _ = start_session(session, an.actor, an.account, "full", "x")
    browser = Browser(session, an)

    with pytest.raises(RecoveryOver):
        recovery_of(session, an.actor, token)
    assert load_session(session, an.actor, browser.token) is None

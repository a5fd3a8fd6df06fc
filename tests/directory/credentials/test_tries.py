"""The brake on guessing, and that no secret is compared without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials import begin_try, check_password, check_totp, spend_recovery_code
from directory.credentials.sessions import start_session
from directory.credentials.tries import Kind, TryMisused, forget, network
from directory.errors import TooManyTries
from tests.credentials import PASSWORD, Enrolled, tried


def guess(session: Session, actor: Actor, times: int, subject: str = "account:x", kind: Kind = "password") -> int:
    """Try some times at one moment; count the tries that the brake lets through."""
    through = 0
    for _ in range(times):
        try:
            begin_try(session, actor, kind, subject)
        except TooManyTries:
            continue
        through += 1
    return through


def test_five_tries_are_free(session: Session, an: Enrolled) -> None:
    """From one source five guesses in a row are looked at, then the brake closes."""
    assert guess(session, an.actor, 20) == 5


def test_brake_opens_again_and_closes_longer(session: Session, an: Enrolled) -> None:
    """After the wait one more guess is looked at, and the next wait is longer."""
    guess(session, an.actor, 20)
    later = replace(an.actor, now=an.actor.now + timedelta(seconds=1))
    guess(session, later, 20)

    with pytest.raises(TooManyTries) as refused:
        begin_try(session, later, "password", "account:x")

    assert refused.value.fields["seconds"] == 2


def test_account_is_braked_over_all_sources(session: Session, an: Enrolled) -> None:
    """Guesses from a hundred sources together are held to twenty."""
    through = sum(guess(session, replace(an.actor, source=f"198.51.100.{number}"), 1) for number in range(100))

    assert through == 20


def test_stranger_does_not_shut_someone_out_of_the_usual_place(session: Session, an: Enrolled) -> None:
    """When strangers have closed the brake, the holder still gets in from where a session was full before."""
    start_session(session, an.actor, an.account, "full", "usual")
    for number in range(100):
        guess(session, replace(an.actor, source=f"198.51.100.{number}"), 1, an.subject)

    assert guess(session, an.actor, 1, an.subject) == 1


def test_one_customer_of_ipv6_is_one_source(session: Session, an: Enrolled) -> None:
    """Addresses within one /64 are counted together."""
    through = sum(guess(session, replace(an.actor, source=f"2001:db8::{number:x}"), 1) for number in range(20))

    assert (through, network("2001:db8::1")) == (5, "2001:db8::/64")


def test_success_takes_the_count_back(session: Session, an: Enrolled) -> None:
    """After the right password the next five guesses are free again."""
    for _ in range(4):
        tried(session, an.actor, "password", an.subject)
    check_password(session, tried(session, an.actor, "password", an.subject), an.account, PASSWORD)

    assert guess(session, an.actor, 20, an.subject) == 5


def test_try_must_be_committed_first(session: Session, an: Enrolled) -> None:
    """The transaction that counted a try cannot compare the secret as well."""
    attempt = begin_try(session, an.actor, "password", an.subject)

    with pytest.raises(TryMisused):
        check_password(session, attempt, an.account, PASSWORD)


@pytest.mark.parametrize(
    ("kind", "whose"), [pair for pair in product(("password", "code", "activation"), "ab") if pair != ("code", "a")]
)
def test_try_serves_its_own_purpose_and_person(
    session: Session, an: Enrolled, binh: Enrolled, kind: Kind, whose: str
) -> None:
    """A try counted for another purpose or person compares nothing."""
    attempt = tried(session, an.actor, kind, (an if whose == "a" else binh).subject)

    with pytest.raises(TryMisused):
        check_totp(session, an.actor, attempt, an.account, an.code(an.actor.now))
    with pytest.raises(TryMisused):
        spend_recovery_code(session, an.actor, attempt, an.account, an.codes[0])


def test_whole_agency_behind_one_address_activates(session: Session, an: Enrolled) -> None:
    """Fifty people behind one address can type their slips at the same moment."""
    assert guess(session, an.actor, 60, kind="activation") == 50


def test_forgotten_try_was_not_counted(session: Session, an: Enrolled) -> None:
    """A try that is taken back leaves the brake as it was."""
    forget(session, tried(session, an.actor, "password", an.subject))

    assert guess(session, an.actor, 20, an.subject) == 5

"""The authenticator app: enrolment and codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials import (
    check_totp,
    confirm_totp,
    has_totp,
    provisioning_uri,
    secret_being_enrolled,
    start_totp,
)
from directory.credentials.sessions import start_session
from directory.credentials.tables import Totp
from directory.errors import CodeRefused, FactorNeeded, NotAllowed, NotFound
from directory.keys import keys_of
from tests.book import House, hire
from tests.credentials import Enrolled, tried

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def check(session: Session, an: Enrolled, typed: str, actor: Actor | None = None) -> None:
    """Show a code as if it were typed at sign-in."""
    attempt = tried(session, actor or an.actor, "code", an.subject)
    check_totp(session, actor or an.actor, attempt, an.account, typed)


def spellings(code: str) -> list[str]:
    """Write a code in ways that people and keyboards do."""
    half = code[:3], code[3:]
    return [
        *(separator.join(half) for separator in (" ", "  ", "-", "\u00a0", "\u2009", "\t", ".", "\u200b")),
        *(f"{before}{code}{after}" for before, after in ((" ", ""), ("", " "), ("\n", "\n"), ("\u3000", "\u3000"))),
        code.translate(FULL_WIDTH),
        " ".join(code),
        " ".join(code.translate(FULL_WIDTH)),
        "\u3000".join(half).translate(FULL_WIDTH),
    ]


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_code_of_a_neighbouring_step_is_accepted(session: Session, an: Enrolled, step: int) -> None:
    """A clock that is half a minute off still gets in."""
    check(session, an, an.code(an.actor.now, step))

    assert session.get_one(Totp, an.id).last_step == int(an.actor.now.timestamp()) // 30 + step


@pytest.mark.parametrize("step", [-2, 2])
def test_code_of_a_farther_step_is_refused(session: Session, an: Enrolled, step: int) -> None:
    """A code a minute away is too old or too early."""
    with pytest.raises(CodeRefused):
        check(session, an, an.code(an.actor.now, step))


@pytest.mark.parametrize("way", range(16))
def test_spelling_of_a_code_does_not_matter(session: Session, an: Enrolled, way: int) -> None:
    """Spaces, dashes and full-width digits are read as the code they mean."""
    check(session, an, spellings(an.code(an.actor.now))[way])

    assert session.get_one(Totp, an.id).last_step > 0


@pytest.mark.parametrize("way", range(16))
def test_code_is_not_good_twice_in_another_spelling(session: Session, an: Enrolled, way: int) -> None:
    """A code that was accepted is refused however it is written the second time."""
    code = an.code(an.actor.now)
    check(session, an, code)

    with pytest.raises(CodeRefused):
        check(session, an, spellings(code)[way])


def test_earlier_code_is_refused_after_a_later_one(session: Session, an: Enrolled) -> None:
    """Once a step is used, codes of steps before it are dead as well."""
    check(session, an, an.code(an.actor.now, 1))

    with pytest.raises(CodeRefused):
        check(session, an, an.code(an.actor.now, 0))


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "٠١٢٣٤٥", "１２３", "0x1234", "-12345", "1e5000"])
def test_what_is_no_code_is_refused(session: Session, an: Enrolled, typed: str) -> None:
    """Anything but six digits is a wrong code, never an error of ours."""
    with pytest.raises(CodeRefused):
        check(session, an, typed)


def test_code_of_another_person_is_refused(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """A code belongs to one account."""
    with pytest.raises(CodeRefused):
        check(session, an, binh.code(an.actor.now))


def test_secret_is_sealed_for_its_account(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """The stored secret does not contain the secret and opens for its own account only."""
    kept = session.get_one(Totp, an.id).secret

    assert an.secret.encode() not in kept
    assert keys_of(session).open(kept, "totp.secret", an.number) == an.secret


def test_confirmation_code_is_not_good_for_signing_in(session: Session, actor: Actor, house: House) -> None:
    """The code that confirmed an enrolment cannot be used again."""
    (account,) = hire(session, actor, house.department, "Phạm Văn Cường")
    holder = replace(actor, is_system=False, account_id=account.id)
    secret = start_totp(session, holder, account.id)
    code = pyotp.TOTP(secret).at(actor.now)
    confirm_totp(session, holder, tried(session, holder, "code", f"account:{account.number}"), code)

    with pytest.raises(CodeRefused):
        check_totp(session, holder, tried(session, holder, "code", f"account:{account.number}"), account, code)


def test_new_start_replaces_an_unconfirmed_secret(session: Session, actor: Actor, house: House) -> None:
    """The code of a secret that was begun before the present one confirms nothing."""
    (account,) = hire(session, actor, house.department, "Phạm Văn Cường")
    holder = replace(actor, is_system=False, account_id=account.id)
    first = start_totp(session, holder, account.id)
    start_totp(session, holder, account.id)
    attempt = tried(session, holder, "code", f"account:{account.number}")

    with pytest.raises(CodeRefused):
        confirm_totp(session, holder, attempt, pyotp.TOTP(first).at(actor.now))

    assert not has_totp(session, account.id)


def test_unconfirmed_secret_belongs_to_one_session(session: Session, actor: Actor, house: House) -> None:
    """A secret begun in one session is neither shown to nor confirmed by another of the same account."""
    (account,) = hire(session, actor, house.department, "Phạm Văn Cường")
    holder = replace(actor, is_system=False, account_id=account.id)
    here, there = (
        replace(holder, session_id=start_session(session, holder, account, "password", "x")[1].id) for _ in "ab"
    )
    secret = start_totp(session, here, account.id)

    with pytest.raises(NotFound):
        secret_being_enrolled(session, there, account.id)
    attempt = tried(session, there, "code", f"account:{account.number}")
    with pytest.raises(NotFound):
        confirm_totp(session, there, attempt, pyotp.TOTP(secret).at(actor.now))


def test_enrolment_is_not_finished_after_an_hour(session: Session, actor: Actor, house: House) -> None:
    """A QR code that was left open is worth nothing an hour later."""
    (account,) = hire(session, actor, house.department, "Phạm Văn Cường")
    holder = replace(actor, is_system=False, account_id=account.id)
    secret = start_totp(session, holder, account.id)
    later = replace(holder, now=actor.now + timedelta(hours=1))

    attempt = tried(session, later, "code", f"account:{account.number}")
    with pytest.raises(NotFound):
        confirm_totp(session, later, attempt, pyotp.TOTP(secret).at(later.now))


def test_old_app_stays_until_the_new_one_is_confirmed(session: Session, an: Enrolled) -> None:
    """Beginning to change the app does not take the second factor away."""
    start_totp(session, an.actor, an.id)

    check(session, an, an.code(an.actor.now))

    assert has_totp(session, an.id)


def test_old_app_is_gone_once_the_new_one_is_confirmed(session: Session, an: Enrolled) -> None:
    """After the change a code of the old app is refused."""
    secret = start_totp(session, an.actor, an.id)
    attempt = tried(session, an.actor, "code", an.subject)
    confirm_totp(session, an.actor, attempt, pyotp.TOTP(secret).at(an.actor.now - timedelta(seconds=30)))

    with pytest.raises(CodeRefused):
        check(session, an, an.code(an.actor.now, 1))


@pytest.mark.parametrize("minutes", [None, -1, 6, 600])
def test_change_needs_a_fresh_factor(session: Session, an: Enrolled, minutes: int | None) -> None:
    """Whoever did not show the second factor within five minutes cannot change the app."""
    shown = None if minutes is None else an.actor.now - timedelta(minutes=minutes)

    with pytest.raises(FactorNeeded):
        start_totp(session, replace(an.actor, factor_at=shown), an.id)


def test_stale_session_cannot_confirm_over_a_confirmed_app(session: Session, actor: Actor, an: Enrolled) -> None:
    """An enrolment begun before another app was confirmed does not replace it without a fresh factor."""
    secret = start_totp(session, an.actor, an.id)
    without = replace(an.actor, factor_at=None)

    attempt = tried(session, without, "code", an.subject)
    with pytest.raises(FactorNeeded):
        confirm_totp(session, without, attempt, pyotp.TOTP(secret).at(actor.now))


def test_nobody_enrols_for_another(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """One's own account is the only one whose app one can change."""
    with pytest.raises(NotAllowed):
        start_totp(session, binh.actor, an.id)


def test_qr_code_names_issuer_and_address(session: Session, an: Enrolled) -> None:
    """What the QR code carries shows in the app whose code it is."""
    address = provisioning_uri(session, an.account, an.secret)

    parsed = pyotp.parse_uri(address)
    assert (parsed.issuer, str(parsed.name).endswith("@tinh.gov.vn"), parsed.secret) == ("Công vụ", True, an.secret)


def test_secret_being_enrolled_is_shown_to_its_session(session: Session, an: Enrolled) -> None:
    """The page with the QR code can be loaded again."""
    secret = start_totp(session, an.actor, an.id)

    assert secret_being_enrolled(session, an.actor, an.id) == secret


def test_unconfirmed_secret_is_no_factor(session: Session, actor: Actor, house: House) -> None:
    """Before the first code an account has no authenticator app."""
    (account,) = hire(session, actor, house.department, "Phạm Văn Cường")
    start_totp(session, replace(actor, is_system=False, account_id=account.id), account.id)

    assert session.scalar(select(Totp).where(Totp.account_id == account.id)) is None

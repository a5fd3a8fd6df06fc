"""What was ended, revoked or spent stays so, kept by PostgreSQL: tried by going round the code."""

from __future__ import annotations

from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.lifecycle import Leaving, leave
from tests.book import House, hire
from tests.directory.test_what_ends_with_an_account import CONTACT, GIVEN, SOON


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give the account of somebody of the unit."""
    return hire(session, actor, house.unit, "Lê Thị Dung")[0]


@pytest.mark.parametrize(
    ("given", "once", "again"),
    [
        ("session", "UPDATE sessions SET ended_at = now()", "UPDATE sessions SET ended_at = NULL"),
        ("app password", "UPDATE app_passwords SET revoked_at = now()", "UPDATE app_passwords SET revoked_at = NULL"),
        ("token", "UPDATE api_tokens SET revoked_at = now()", "UPDATE api_tokens SET revoked_at = NULL"),
        ("slip", "UPDATE activation_codes SET revoked_at = now()", "UPDATE activation_codes SET revoked_at = NULL"),
        ("slip", "UPDATE activation_codes SET revoked_at = now()", "UPDATE activation_codes SET used_at = now()"),
        ("slip", "UPDATE activation_codes SET used_at = now()", "UPDATE activation_codes SET used_at = NULL"),
        ("recovery code", "UPDATE recovery_codes SET used_at = now()", "UPDATE recovery_codes SET used_at = NULL"),
        (
            "recovery contact",
            "UPDATE recovery_contacts SET ended_at = now()",
            "UPDATE recovery_contacts SET ended_at = NULL",
        ),
        ("second factor", "UPDATE totp SET last_step = 7", "UPDATE totp SET last_step = 7"),
        ("role", "UPDATE accounts SET credential_version = 5", "UPDATE accounts SET credential_version = 4"),
    ],
)
def test_postgresql_lets_nothing_that_is_over_come_back(
    session: Session, house: House, account: Account, given: str, once: str, again: str
) -> None:
    """What was ended, revoked or spent opens nothing again."""
    session.execute(text((GIVEN | CONTACT)[given]), {"account": account.id, "agency": house.unit.id})
    session.execute(text(once))

    with pytest.raises(DBAPIError, match="stays over"):
        session.execute(text(again))


def test_new_authenticator_counts_from_the_beginning(session: Session, account: Account) -> None:
    """Whoever enrols another authenticator is not kept from it by the codes of the one before."""
    session.execute(text(GIVEN["second factor"]), {"account": account.id})
    session.execute(text("UPDATE totp SET last_step = 7"))

    session.execute(text("UPDATE totp SET secret = 'y', last_step = 3"))

    assert session.scalar(text("SELECT last_step FROM totp")) == 3


def test_postgresql_opens_no_account_with_the_credentials_of_before(
    session: Session, actor: Actor, account: Account
) -> None:
    """A closed account is opened again only with another version of its credentials."""
    leave(session, actor, [Leaving(account.official_id)])

    with pytest.raises(DBAPIError, match="stays over"):
        session.execute(text("UPDATE accounts SET state = 'active' WHERE id = :id"), {"id": account.id})


STEPS = ("started", "authenticator", "ready", "done", "expired")
ALLOWED = {*pairwise(STEPS[:4]), *((step, "expired") for step in STEPS[:3])}
REFUSED = [(one, other) for one in STEPS for other in STEPS if one != other and (one, other) not in ALLOWED]


@pytest.mark.parametrize(("one", "other"), REFUSED)
def test_postgresql_lets_no_step_of_a_recovery_be_left_out(session: Session, one: str, other: str) -> None:
    """A forgotten password is replaced step by step, and no step is done again."""
    attempt = f"""
        INSERT INTO recoveries (digest, credential_version, state, started_at, expires_at, source)
        VALUES ('d', 1, :state, now(), {SOON}, '')"""
    session.execute(text(attempt), {"state": one})

    with pytest.raises(DBAPIError, match="stays over"):
        session.execute(text("UPDATE recoveries SET state = :state"), {"state": other})


@pytest.mark.parametrize(
    "of_it",
    [
        "account_id = (SELECT min(id) FROM accounts)",
        "digest = 'e'",
        "credential_version = 2",
        "expires_at = expires_at + interval '1 hour'",
    ],
)
def test_postgresql_lets_a_recovery_be_for_nobody_else(session: Session, account: Account, of_it: str) -> None:
    """An attempt stays with the account and the credentials that it began with."""
    attempt = f"""
        INSERT INTO recoveries (digest, credential_version, started_at, expires_at, source)
        VALUES ('d', 1, now(), {SOON}, '')"""
    session.execute(text(attempt))

    with pytest.raises(DBAPIError, match="not allowed"):
        session.execute(text(f"UPDATE recoveries SET {of_it}"))

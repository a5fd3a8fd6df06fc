"""What becomes of accounts that were closed before PostgreSQL kept what ends with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, create_engine, text

from provisioning.migrations import migrate
from tests.conftest import administer
from tests.directory.test_what_ends_with_an_account import GIVEN, POST, SOMEBODY

MAILBOX = """
INSERT INTO mailboxes (public_id, kind, account_id, quota_bytes, created_at)
VALUES ('m', 'personal', :account, 1, now())
"""


@pytest.fixture
def before(cluster: str) -> Iterator[Engine]:
    """Give a book as it was before PostgreSQL kept what ends with an account."""
    administer(cluster, "CREATE DATABASE before")
    engine = create_engine(cluster.format("before"))
    migrate(engine, "0041")
    yield engine
    engine.dispose()
    administer(cluster, "DROP DATABASE before WITH (FORCE)")


def test_what_was_left_open_ends_with_the_migration(before: Engine) -> None:
    """Of an account that was closed with something left, that ends on the day on which the last thing else did."""
    with before.begin() as connection:
        its = dict(connection.execute(text(SOMEBODY)).mappings().one())
        given = [GIVEN[what] for what in GIVEN if what != "role mailbox"]
        for statement in (MAILBOX, POST.format("'2024-05-01'", "'primary'"), POST.format("NULL", "'acting'"), *given):
            connection.execute(text(statement), its)
        connection.execute(text("UPDATE accounts SET state = 'disabled'"))

    migrate(before, "0042")

    with before.begin() as connection:
        connection.execute(text("UPDATE accounts SET closed_on = closed_on"))
    with before.connect() as connection:
        ended = (
            "SELECT closed_on FROM accounts UNION SELECT valid_to FROM grants UNION SELECT valid_to FROM appointments"
        )
        assert connection.scalars(text(ended)).all() == [date(2024, 5, 1)]


def test_account_in_use_is_as_it_was_after_the_migration(before: Engine) -> None:
    """What an account in use has and holds goes on."""
    with before.begin() as connection:
        its = dict(connection.execute(text(SOMEBODY)).mappings().one())
        for what in ("session", "password", "role", "token", "slip"):
            connection.execute(text(GIVEN[what]), its)

    migrate(before, "0042")

    with before.connect() as connection:
        ended = """
            SELECT closed_on::text FROM accounts UNION SELECT valid_to::text FROM grants
            UNION SELECT ended_at::text FROM sessions UNION SELECT revoked_at::text FROM api_tokens
            UNION SELECT revoked_at::text FROM activation_codes"""
        assert connection.scalars(text(ended)).all() == [None]
        assert connection.scalar(text("SELECT count(*) FROM passwords")) == 1

"""What becomes of roles and agencies that stood in the book before PostgreSQL kept their ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from provisioning.migrations import migrate
from tests.conftest import administer
from tests.directory.test_what_ends_with_an_account import SOMEBODY

JANUARY, MARCH, MAY, JULY = (f"'2025-{month:02}-01'" for month in (1, 3, 5, 7))


@pytest.fixture
def before(cluster: str) -> Iterator[Engine]:
    """Give a book as it was before, with an agency and somebody who works there."""
    administer(cluster, "CREATE DATABASE before_agencies")
    engine = create_engine(cluster.format("before_agencies"))
    migrate(engine, "0043")
    with engine.begin() as connection:
        connection.execute(text(SOMEBODY))
    yield engine
    engine.dispose()
    administer(cluster, "DROP DATABASE before_agencies WITH (FORCE)")


def run(engine: Engine, *statements: str) -> None:
    """Run plain SQL in one transaction."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def roles(engine: Engine) -> list[tuple[str | None, ...]]:
    """Give the days of all roles that were ever held."""
    held = """
        SELECT to_char(valid_from, 'MM'), to_char(valid_to, 'MM') FROM grants
         WHERE coalesce(valid_to, 'infinity') > valid_from ORDER BY valid_from"""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(held))]


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ([(JANUARY, "NULL"), (JANUARY, "NULL")], [("01", None)]),
        ([(JANUARY, "NULL"), (MARCH, MAY)], [("01", None)]),
        ([(JANUARY, MAY), (MARCH, "NULL")], [("01", "05"), ("05", None)]),
        ([(JANUARY, MAY), (MARCH, JULY), (MARCH, MAY)], [("01", "05"), ("05", "07")]),
        ([(JANUARY, MARCH), (MARCH, MAY)], [("01", "03"), ("03", "05")]),
        ([(MAY, MARCH), (JANUARY, "NULL")], [("01", None)]),
    ],
)
def test_role_that_was_given_twice_is_held_on_the_same_days(
    before: Engine, given: list[tuple[str, str]], held: list[tuple[str | None, ...]]
) -> None:
    """Roles that overlap hold on the days on which one of them did, and on each once."""
    rows = ", ".join(f"(1, 'hr', 1, {since}, {until})" for since, until in given)
    run(before, f"INSERT INTO grants (account_id, role, agency_id, valid_from, valid_to) VALUES {rows}")

    migrate(before)

    assert roles(before) == held


def test_role_that_outlasted_its_agency_ends_with_it(before: Engine) -> None:
    """A role that had a later end than its agency ends with it."""
    given = "INSERT INTO grants (account_id, role, agency_id, valid_from, valid_to) VALUES (1, 'hr', 1, {}, {})"
    run(before, given.format(JANUARY, JULY), f"UPDATE agencies SET valid_to = {MAY}")

    migrate(before)

    assert roles(before) == [("01", "05")]


@pytest.mark.parametrize(
    ("left", "told"),
    [
        ("INSERT INTO domains (name, agency_id) VALUES ('p.gov.vn', 1)", r"let them retire.*: p\.gov\.vn"),
        (
            """INSERT INTO agencies (public_id, parent_id, kind, name, valid_from)
               VALUES ('b', 1, 'unit', 'Tổ Một', '2020-01-01')""",
            r"move them below.*: Tổ Một \(b\)",
        ),
    ],
)
def test_what_a_person_decides_is_asked_before_the_migration(before: Engine, left: str, told: str) -> None:
    """A domain in use, or an agency that goes on, below a closed agency is named; nothing is changed until then."""
    run(before, left, f"UPDATE agencies SET valid_to = {MAY} WHERE id = 1")

    with pytest.raises(DBAPIError, match=f"(?i){told}"):
        migrate(before)

    with before.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0043"

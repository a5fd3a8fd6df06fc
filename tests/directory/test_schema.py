"""Rules that PostgreSQL keeps, tried by going round the code."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from directory.tables import Base
from provisioning.migrations.declared import include_name

PEOPLE = """
WITH a AS (INSERT INTO agencies (public_id, kind, name, valid_from) VALUES ('a', 'province', 'A', '2020-01-01')
           RETURNING id),
     d AS (INSERT INTO domains (name, agency_id) SELECT 'tinh.gov.vn', id FROM a RETURNING id),
     o AS (INSERT INTO officials (public_id, family, given, full_name, created_at)
           SELECT 'o' || n, 'Lê', 'An', 'Lê An', now() FROM generate_series(1, 2) n RETURNING id, public_id),
     c AS (INSERT INTO accounts (number, official_id, created_at)
           SELECT 'cv' || repeat(substr(public_id, 2) || '2', 4), id, now()
           FROM (SELECT id, 'x' || (row_number() OVER ()) + 2 AS public_id FROM o) o RETURNING id)
INSERT INTO mailboxes (public_id, kind, account_id, quota_bytes, created_at)
SELECT 'm' || id, 'personal', id, 1, now() FROM c
"""


@pytest.fixture
def people(session: Session) -> Session:
    """Give an agency with a domain and two officials with accounts and mailboxes."""
    session.execute(text(PEOPLE))
    return session


def refuse(session: Session, statement: str) -> None:
    """Assert that PostgreSQL refuses a statement."""
    with pytest.raises((IntegrityError, DBAPIError)):
        session.execute(text(statement))


def give(session: Session, kind: str, mailbox: str, until: str = "NULL") -> None:
    """Give the address an@tinh.gov.vn to the first or second mailbox."""
    session.execute(
        text(
            "INSERT INTO addresses (local, domain_id, domain_name, kind, mailbox_id, valid_until)"
            f" SELECT 'an', d.id, d.name, '{kind}', (SELECT {mailbox}(id) FROM mailboxes), {until} FROM domains d"
        )
    )


def test_declared_schema_is_the_migrated_one(shared_engine: Engine) -> None:
    """The migrations lead to exactly the tables that the code declares."""
    with shared_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": include_name})

        differences = compare_metadata(context, Base.metadata)

    assert differences == []


def test_one_address_cannot_have_two_owners(people: Session) -> None:
    """A second row for the same address is refused."""
    give(people, "primary", "min")

    refuse(
        people,
        "INSERT INTO addresses (local, domain_id, domain_name, kind, mailbox_id)"
        " SELECT 'an', d.id, d.name, 'alias', (SELECT max(id) FROM mailboxes) FROM domains d",
    )


def test_address_is_not_handed_on_while_in_use(people: Session) -> None:
    """An address in use cannot be given to another mailbox."""
    give(people, "primary", "min")

    refuse(people, "UPDATE addresses SET mailbox_id = (SELECT max(id) FROM mailboxes)")


def test_address_is_not_handed_on_during_quarantine(people: Session) -> None:
    """An address in quarantine cannot be given to another mailbox."""
    give(people, "quarantined", "min", "DATE '2999-01-01'")

    refuse(people, "UPDATE addresses SET mailbox_id = (SELECT max(id) FROM mailboxes), kind = 'primary'")


def test_address_may_be_handed_on_after_quarantine(people: Session) -> None:
    """An address whose quarantine is over can be given to another mailbox."""
    give(people, "quarantined", "min", "DATE '2001-01-01'")

    people.execute(
        text("UPDATE addresses SET mailbox_id = (SELECT max(id) FROM mailboxes), kind = 'primary', valid_until = NULL")
    )

    assert people.scalar(text("SELECT mailbox_id = (SELECT max(id) FROM mailboxes) FROM addresses"))


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'quarantined'",
        "valid_until = '2999-01-01'",
        "kind_before = 'alias'",
        "kind = 'quarantined', valid_until = '2999-01-01', kind_before = 'reserved'",
    ],
)
def test_address_has_what_its_kind_has(people: Session, change: str) -> None:
    """An address in quarantine has a last day and was in use before; a primary one has neither."""
    give(people, "primary", "min")

    refuse(people, f"UPDATE addresses SET {change}")


@pytest.mark.parametrize("local", ["An", "ăn", "an ", ".an", "an-", ""])
def test_address_is_lower_case_ascii(people: Session, local: str) -> None:
    """A local part that is not in its one normal spelling is refused."""
    refuse(
        people,
        "INSERT INTO addresses (local, domain_id, domain_name, kind, mailbox_id)"
        f" SELECT '{local}', d.id, d.name, 'alias', (SELECT max(id) FROM mailboxes) FROM domains d",
    )


def test_addresses_are_never_deleted(people: Session) -> None:
    """The memory of who had an address cannot be deleted."""
    give(people, "primary", "min")

    refuse(people, "DELETE FROM addresses")


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET action = 'x'", "DELETE FROM audit_events"])
def test_audit_takes_inserts_only(session: Session, statement: str) -> None:
    """An audit event can be neither changed nor deleted."""
    session.execute(
        text(
            "INSERT INTO audit_events (at, source, action, subject, detail, mac)"
            " VALUES (now(), 'x', 'x.y', 'x', '{}', '')"
        )
    )

    refuse(session, statement)


def test_domain_is_under_gov_vn(people: Session) -> None:
    """A domain outside .gov.vn is refused."""
    refuse(people, "INSERT INTO domains (name, agency_id) SELECT 'tinh.com', id FROM agencies")


def test_one_primary_appointment_at_a_time(people: Session) -> None:
    """A second primary appointment in the same days is refused."""
    post = (
        "INSERT INTO appointments (official_id, agency_id, kind, valid_from)"
        " SELECT (SELECT min(id) FROM officials), id, 'primary', '2026-01-01' FROM agencies"
    )
    people.execute(text(post))

    refuse(people, post)


def test_move_of_an_agency_carries_its_subtree(session: Session) -> None:
    """When an agency gets another parent, the paths of everything below follow."""
    session.execute(
        text(
            "INSERT INTO agencies (public_id, kind, name, valid_from) VALUES ('p', 'province', 'P', now());"
            "INSERT INTO agencies (public_id, kind, name, valid_from) VALUES ('q', 'department', 'Q', now());"
            "INSERT INTO agencies (public_id, kind, name, valid_from, parent_id)"
            " SELECT 'r', 'unit', 'R', now(), id FROM agencies WHERE public_id = 'q'"
        )
    )

    session.execute(
        text("UPDATE agencies SET parent_id = (SELECT id FROM agencies WHERE public_id = 'p') WHERE public_id = 'q'")
    )

    assert session.scalar(
        text(
            "SELECT r.path = p.path || q.id::text || r.id::text FROM agencies p, agencies q, agencies r"
            " WHERE p.public_id = 'p' AND q.public_id = 'q' AND r.public_id = 'r'"
        )
    )


def test_agency_cannot_be_below_itself(session: Session) -> None:
    """A parent that lies below the agency is refused."""
    session.execute(
        text(
            "INSERT INTO agencies (public_id, kind, name, valid_from) VALUES ('q', 'department', 'Q', now());"
            "INSERT INTO agencies (public_id, kind, name, valid_from, parent_id)"
            " SELECT 'r', 'unit', 'R', now(), id FROM agencies WHERE public_id = 'q'"
        )
    )

    refuse(
        session,
        "UPDATE agencies SET parent_id = (SELECT id FROM agencies WHERE public_id = 'r') WHERE public_id = 'q'",
    )

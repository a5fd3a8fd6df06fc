"""One database for many tests that commit, emptied before each: quicker than a copy for each of them."""

from __future__ import annotations

from itertools import count

import pytest
from sqlalchemy import create_engine, text

from tests.conftest import administer

_databases = count(1)
_EMPTY = text("""
    DO $$ DECLARE names text; BEGIN
      SELECT string_agg(quote_ident(tablename), ', ') INTO names
        FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version';
      -- What is never deleted in earnest has triggers that say so.
      SET LOCAL session_replication_role = replica;
      EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY CASCADE';
    END $$
""")


@pytest.fixture(scope="session")
def common_url(cluster: str, schema: str) -> str:
    """Give the address of the database that the tests of a folder share."""
    name = f"emptied{next(_databases)}"
    administer(cluster, f"CREATE DATABASE {name} TEMPLATE schema")
    return cluster.format(name)


@pytest.fixture
def database_url(common_url: str) -> str:
    """Give the address of a database with nothing in it."""
    engine = create_engine(common_url)
    with engine.begin() as connection:
        connection.execute(_EMPTY)
    engine.dispose()
    return common_url

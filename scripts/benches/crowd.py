"""A directory of any size, written straight into the tables: appointing two million people by verbs takes hours.

Names are drawn as the sample draws them, with a fixed seed, and copied into a passing table; from there one statement
a table makes agencies, domains, officials, accounts, mailboxes, addresses, posts, factors, days of use and events.
What other tests and benches look for is as it would be: some people have no account yet, some left, some are
suspended. Personal data are bytes that nobody can open; the first hundred have none: they are the ones to sign in as.
The same size gives the same directory.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, cycle, islice
from random import Random

from sqlalchemy import Connection, text

from benches.filling import AGENCIES, PEOPLE, SINGLE
from directory.naming import Name, fold, split_name
from provisioning.sample.names import people

_POOL = 250_000
"""Names that are drawn; a larger directory has them several times, as homonyms are."""
_STATES = ("active", "pending", "none", "disabled", "suspended")
_STATE_SHARES = tuple(accumulate((0.62, 0.3, 0.05, 0.029, 0.001)))
_TABLES = (
    "officials",
    "accounts",
    "mailboxes",
    "addresses",
    "appointments",
    "totp",
    "use_days",
    "entry_status",
    "audit_events",
)


@dataclass(frozen=True)
class Size:
    """How much there is of what."""

    officials: int
    agencies: int
    domains: int
    events: int = 0
    days: int = 0
    """Days of use of each account that is used."""


SMALL = Size(officials=30_000, agencies=400, domains=100, events=60_000, days=2)
MIDDLE = Size(officials=60_000, agencies=600, domains=200, events=60_000, days=2)
LARGE = Size(officials=2_300_000, agencies=15_000, domains=5_000, events=10_000_000, days=4)


def crowd(connection: Connection, size: Size) -> None:
    """Fill an empty directory; the tables are analysed, and nothing is committed."""
    roots = max(4, size.agencies // 235)
    departments = max(roots, size.agencies // 4)
    connection.execute(text("CREATE TEMPORARY TABLE drawn (n bigint PRIMARY KEY, family text, middle text, given text,"
                            " full_name text, local text, sex text, state text, place double precision)"))  # fmt: skip
    _copy(connection, size)
    given = {"roots": roots, "departments": departments, "agencies": size.agencies, "domains": size.domains}
    for statement in AGENCIES:
        connection.execute(text(statement), given)
    connection.execute(text("SET LOCAL work_mem = '256MB'"))
    with _bare(connection):
        for statement in PEOPLE:
            connection.execute(text(statement), {"events": size.events, "days": size.days})
    for table in ("agencies", "domains", "holdings", "due", *_TABLES):
        if table not in SINGLE:
            last = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608 - ours
            connection.execute(text(last))
        connection.execute(text(f"ANALYZE {table}"))


def _copy(connection: Connection, size: Size) -> None:
    """Copy the people who were drawn into the passing table."""
    random = Random("crowd")
    names = [(made.full_name, made.sex) for made in islice(people(random), min(_POOL, size.officials))]
    parts = [(*_parts(split_name(name)), name, sex) for name, sex in names]
    columns = "n, family, middle, given, local, full_name, sex, state, place"
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY drawn ({columns}) FROM STDIN") as copy:
        for n, person in zip(range(1, size.officials + 1), cycle(parts), strict=False):
            state = random.choices(_STATES, cum_weights=_STATE_SHARES)[0]
            copy.write_row((n, *person, state, random.random()))
    connection.execute(text("ANALYZE drawn"))


def _parts(name: Name) -> tuple[str, str, str, str]:
    """Give family, middle and given name, and what stands before the @: the given name and the others' initials."""
    initials = "".join(word[0] for word in fold(f"{name.family} {name.middle}").split())
    return name.family, name.middle, name.given, re.sub("[^a-z]", "", fold(name.given) + initials)


@contextmanager
def _bare(connection: Connection) -> Iterator[None]:
    """Take the indexes and references of the large tables away while they are filled, and build them at once after."""
    named = {"tables": list(_TABLES)}
    references = connection.execute(
        text(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid::regclass::text = ANY(:tables) AND contype IN ('f', 'x')"
        ),
        named,
    ).all()
    indexes = connection.execute(
        text(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE NOT indisunique"
            " AND indrelid::regclass::text = ANY(:tables)"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
        ),
        named,
    ).all()
    for table, name, _ in references:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    for name, _ in indexes:
        connection.execute(text(f"DROP INDEX {name}"))
    # It notes the agencies of a change for their groups, which are made with the crowd, and looks people up by index.
    connection.execute(text("ALTER TABLE addresses DISABLE TRIGGER addresses_noted_insert"))
    yield
    connection.execute(text("ALTER TABLE addresses ENABLE TRIGGER addresses_noted_insert"))
    connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
    for _, definition in indexes:
        connection.exec_driver_sql(definition)
    for table, name, definition in references:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")

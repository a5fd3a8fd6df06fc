"""Two directories on one server, made once for all benches of a run: the sample, and one with many more people.

In both somebody is signed in who looks after everything, which is the hard case: nothing narrows what is asked for.
The large one is made straight in its tables (`crowd.py`); with `--large` it has 2.3 million officials.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from statistics import median

from flask.testing import FlaskClient
from sqlalchemy import text

from benches.crowd import LARGE, MIDDLE, crowd
from benches.figures import BenchError, seconds
from benches.place import servers, service_on, shared
from directory.accounts import Account
from directory.base import system
from directory.credentials.sessions import start_session
from directory.tallies import keep_tallies
from provisioning.app import create_app
from provisioning.bootstrap import Service, clock
from provisioning.sample import load

ASKED = 20


@dataclass(frozen=True)
class Directories:
    """The two services, and a browser on each."""

    many: Service
    few: Service
    at_many: FlaskClient
    at_few: FlaskClient


@contextmanager
def directories(large: bool) -> Iterator[Directories]:  # noqa: FBT001 - as every bench
    """Give the two directories; they stay for the other benches of this run."""
    yield shared(_made, large)


@contextmanager
def _made(large: bool) -> Iterator[Directories]:  # noqa: FBT001 - as every bench
    """Make the two directories."""
    with servers("postgresql") as stack, service_on(stack, "many") as many, service_on(stack, "few") as few:
        with many.outbox.engine.begin() as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            crowd(connection, LARGE if large else MIDDLE)
        load(few.outbox, system(clock(), "bench"))
        for service in (many, few):
            with service.outbox.transaction() as session:
                keep_tallies(session, system(clock(), "bench"))
            with service.outbox.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                # As autovacuum would have done by and by.
                connection.execute(text("VACUUM ANALYZE"))
        yield Directories(many, few, signed_in(many), signed_in(few))


def signed_in(service: Service) -> FlaskClient:
    """Let somebody look after everything, and sign them in."""
    actor = system(clock(), "bench")
    with service.outbox.transaction() as session:
        account = session.get_one(Account, session.scalars(text(_FIRST)).one())
        session.execute(text(_EVERYTHING), {"account": account.id, "today": actor.today})
        token, row = start_session(session, actor, account, "full", "bench")
        row.factor_at = actor.now
    app = create_app(service)
    client = app.test_client()
    client.set_cookie(app.extensions["signin"].cookie, token, secure=service.settings.cookie_secure)
    return client


_FIRST = "SELECT id FROM accounts WHERE state = 'active' ORDER BY id LIMIT 1"
_EVERYTHING = """
INSERT INTO grants (account_id, role, agency_id, valid_from)
SELECT :account, 'operator', id, :today FROM agencies WHERE parent_id IS NULL AND valid_to IS NULL
"""


def page(client: FlaskClient, address: str, mark: str) -> float:
    """How many milliseconds a page takes, in the middle of some times; the mark must stand in it."""

    def ask() -> None:
        answer = client.get(address)
        if answer.status_code != HTTPStatus.OK or mark.encode() not in answer.data:
            raise BenchError(f"the page {address} answered {answer.status_code}")

    ask()
    return 1_000 * median(seconds(ask) for _ in range(ASKED))

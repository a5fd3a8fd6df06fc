"""A directory of thirty thousand, with the portal before it, and four people at it whose reach is very different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session

from benches.crowd import SMALL, crowd
from directory.accounts import Account
from directory.base import Actor, system
from directory.credentials.sessions import start_session
from directory.tallies import keep_tallies
from provisioning.bootstrap import Service, assemble, clock
from provisioning.config import Settings
from tests.conftest import KEYS, administer
from tests.web.conftest import BASE_URL, answering, browser

Values = Mapping[str, Any] | Sequence[Any] | None
"""What stands for the placeholders of a statement."""
REACHES = {"everything": "parent_id IS NULL", "a province": "id = 1", "a unit": "id = 400", "nothing": "false"}
"""Over which agencies each of the four is operator."""


@dataclass(frozen=True)
class Town:
    """The portal, who sits before it by what they reach, and the statements that it sends."""

    service: Service
    clients: dict[str, FlaskClient]
    sent: list[tuple[str, Values]]
    ids: dict[str, str]
    """Of somebody, of an agency and of a role mailbox, for addresses of pages."""
    failed: set[str] = field(default_factory=set)
    """Pages that were answered with an error of ours."""

    @property
    def engine(self) -> Engine:
        """The engine of the service."""
        return self.service.outbox.engine

    def ask(self, reach: str, address: str) -> list[tuple[str, Values]]:
        """Open a page and give the statements, each with its values, that it sent."""
        self.sent.clear()
        answer = self.clients[reach].get(address.format(**self.ids))
        if answer.status_code >= 500:
            self.failed.add(address)
        return list(self.sent)


@pytest.fixture(scope="session")
def crowded(cluster: str, schema: str) -> Iterator[str]:
    """Give the address of a database with thirty thousand officials, whose counts are kept."""
    administer(cluster, "CREATE DATABASE crowd TEMPLATE schema")
    engine = create_engine(cluster.format("crowd"))
    with engine.begin() as connection:
        crowd(connection, SMALL)
        with Session(connection) as session:
            keep_tallies(session, system(clock(), "test"))
            session.execute(text("ANALYZE tallies"))
    engine.dispose()
    yield cluster.format("crowd")
    administer(cluster, "DROP DATABASE crowd WITH (FORCE)")


@pytest.fixture(scope="session")
def town(crowded: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give the portal with its four people signed in."""
    service = assemble(
        Settings(database_url=crowded, secrets_dir=_secrets(tmp_path_factory.mktemp("keys")), base_url=BASE_URL)
    )
    app = answering(service)
    clients: dict[str, FlaskClient] = {}
    with service.outbox.transaction() as session:
        actor = system(clock(), "test")
        account_ids = session.scalars(text("SELECT id FROM accounts WHERE state = 'active' ORDER BY id LIMIT 4"))
        for account_id, (reach, agencies) in zip(account_ids, REACHES.items(), strict=True):
            session.execute(
                text(
                    "INSERT INTO grants (account_id, role, agency_id, valid_from)"
                    f" SELECT :account, 'operator', id, '2020-01-01' FROM agencies WHERE {agencies}"
                ),
                {"account": account_id},
            )
            clients[reach] = browser(app)
            token = _token(session, actor, account_id)
            clients[reach].set_cookie(app.extensions["signin"].cookie, token, secure=True)
        ids = {kind: session.execute(text(asked)).scalar_one() for kind, asked in _IDS.items()}
    sent: list[tuple[str, Values]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Values, *_: object) -> None:
        sent.append((statement, values))

    event.listen(service.outbox.engine, "before_cursor_execute", note)
    yield Town(service, clients, sent, ids)
    service.outbox.engine.dispose()


_IDS = {
    "official": "SELECT public_id FROM officials WHERE id = 50",
    "agency": "SELECT public_id FROM agencies WHERE id = 1",
    "unit": "SELECT public_id FROM agencies WHERE id = 400",
    "mailbox": "SELECT public_id FROM mailboxes WHERE kind = 'role' LIMIT 1",
}


def _secrets(folder: Path) -> Path:
    """Write the keys of the tests to a folder."""
    secrets = {"field_key": KEYS.field, "index_key": KEYS.index, "audit_key": KEYS.audit, "session_key": b"s" * 32}
    for name, key in secrets.items():
        (folder / name).write_text(key.hex())
    return folder


def _token(session: Session, actor: Actor, account_id: int) -> str:
    """Sign somebody in with a fresh second factor."""
    token, row = start_session(session, actor, session.get_one(Account, account_id), "full", "a test")
    row.factor_at = actor.now
    return token

"""Where benches run: servers of their own in a folder that is removed afterwards, and the service on top of them."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from benches.figures import BenchError
from provisioning.bootstrap import Service, assemble
from provisioning.config import Settings
from provisioning.migrations import migrate
from stack import settings
from stack.errors import StackError
from stack.servers import Stack


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder on a real disk: /tmp may be memory, where a durable server would cost nothing."""
    root = Path(tempfile.mkdtemp(prefix="congvu-", dir="/var/tmp"))
    try:
        yield root
    finally:
        shutil.rmtree(root)


@contextmanager
def servers(*parts: str) -> Iterator[Stack]:
    """Start some servers, as durable as in production."""
    with folder() as root:
        try:
            with Stack(root, parts=parts) as stack:
                yield stack
        except StackError as refused:
            raise BenchError(str(refused)) from refused


@contextmanager
def service_on(stack: Stack, database: str) -> Iterator[Service]:
    """Assemble the service on a new database of the stack, with the newest schema and nothing in it."""
    url = make_url(stack.postgresql.url)
    _administer(stack, f"CREATE DATABASE {database}")
    environment = {name.removeprefix("CONGVU_").lower(): value for name, value in settings.environment(stack).items()}
    given = {name: value for name, value in environment.items() if name in Settings.model_fields}
    given["database_url"] = url.set(database=database).render_as_string(hide_password=False)
    service = assemble(Settings.model_validate(given))
    try:
        migrate(service.outbox.engine)
        yield service
    finally:
        service.outbox.engine.dispose()


def _administer(stack: Stack, statement: str) -> None:
    """Run one statement outside any transaction."""
    engine = create_engine(stack.postgresql.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()

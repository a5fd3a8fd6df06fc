"""Where benches run: servers of their own in a folder that is removed afterwards, and the service on top of them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import create_engine, make_url, text

from benches.figures import BenchError
from provisioning.bootstrap import Service, assemble
from provisioning.config import Settings
from provisioning.migrations import migrate
from stack import settings
from stack.errors import StackError
from stack.servers import Stack

Made = TypeVar("Made")
_standing: list[tuple[Callable[[bool], AbstractContextManager[Any]], bool, Any]] = []
_stack = ExitStack()


def shared(make: Callable[[bool], AbstractContextManager[Made]], large: bool) -> Made:  # noqa: FBT001 - as benches
    """Give a place that several benches measure in; it is made once, and cleared away after all of them."""
    for maker, size, place in _standing:
        if maker is make and size == large:
            found: Made = place
            return found
    made = _stack.enter_context(make(large))
    _standing.append((make, large, made))
    return made


def clear() -> None:
    """Clear away what several benches shared."""
    _standing.clear()
    _stack.close()


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
    administer(stack, f"CREATE DATABASE {database}")
    environment = {name.removeprefix("CONGVU_").lower(): value for name, value in settings.environment(stack).items()}
    given = {name: value for name, value in environment.items() if name in Settings.model_fields}
    given["database_url"] = url.set(database=database).render_as_string(hide_password=False)
    service = assemble(Settings.model_validate(given))
    try:
        migrate(service.outbox.engine)
        yield service
    finally:
        service.outbox.engine.dispose()


def speak(stack: Stack, program: str, *words: object) -> str:
    """Run one of OpenLDAP's clients as the one who writes; give what it printed."""
    given = stack.environment()
    who = ["-ZZ", "-x", "-H", given["CONGVU_LDAP_URI"], "-D", given["CONGVU_LDAP_BIND_DN"]]
    who += ["-y", given["CONGVU_LDAP_PASSWORD_FILE"]]
    command = [program, *who, *map(str, words)]
    environment = {**os.environ, "LDAPTLS_CACERT": given["CONGVU_LDAP_CA_FILE"]}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"{program} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def administer(stack: Stack, statement: str) -> None:
    """Run one statement outside any transaction."""
    engine = create_engine(stack.postgresql.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()

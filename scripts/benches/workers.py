"""Workers beside a bench, each a process of its own as in the stack, and the entries that they made."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import exists, select

from benches.figures import BenchError
from benches.place import speak
from directory.due import Due
from provisioning.bootstrap import Service
from stack.servers import Stack
from stack.service import Worker

PATIENCE_SECONDS = 600
POLL_SECONDS = 0.01
_WHOLE_LINES = ("-LLL", "-o", "ldif-wrap=no")


@contextmanager
def working(stack: Stack, service: Service, lanes: Sequence[str] = ("reconcile",), count: int = 1) -> Iterator[None]:
    """Run workers in some lanes; they are ready."""
    environment = stack.environment() | {"CONGVU_DATABASE_URL": service.settings.database_url}
    names = [f"worker-{'-'.join(lanes)}-{number}" for number in range(count)]
    for name in names:
        worker = Worker(environment, stack.layout.log_file(name), name, tuple(lanes))
        worker.prepare()
        stack.supervisor.start(worker)
    yield
    for name in names:
        stack.supervisor.stop(name)


def wait_real(service: Service) -> None:
    """Wait until the workers have made everything real."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with service.outbox.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(select(exists(select(Due.subject)))):
            if time.monotonic() > deadline:
                raise BenchError(f"entries are still due after {PATIENCE_SECONDS} s")
            time.sleep(POLL_SECONDS)


def export(stack: Stack, service: Service, numbers: Sequence[str], file: Path) -> None:
    """Write the entries of accounts into a file, as OpenLDAP's client reads them."""
    wanted = file.with_suffix(".numbers")
    wanted.write_text("".join(f"{number}\n" for number in numbers))
    base = service.settings.ldap_base
    file.write_text(speak(stack, "ldapsearch", *_WHOLE_LINES, "-b", base, "-f", wanted, "(uid=%s)"))


def names_in(file: Path) -> list[str]:
    """Give the names of the entries of a file."""
    return [line.removeprefix("dn: ") for line in file.read_text().splitlines() if line.startswith("dn: ")]


def delete(stack: Stack, file: Path) -> int:
    """Delete the entries of a file from the tree; give how many there were."""
    names = names_in(file)
    listed = file.with_suffix(".names")
    listed.write_text("".join(f"{name}\n" for name in names))
    speak(stack, "ldapdelete", "-f", listed)
    return len(names)

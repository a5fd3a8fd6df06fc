"""The second start of the whole stack, against starting the same programs bare.

Ours is what `scripts/run` does when everything is there already: it looks whether packages, certificate, configuration,
schema and sample are as they should be, and starts PostgreSQL, slapd, Dovecot, Postfix, the worker and the web server.
The other side looks at nothing: it starts these six, in the same order, on the same files. Both wait until each
answers. Most of the time goes into importing Python modules: the four servers alone answer after a fraction of it.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from benches.figures import BenchError, at_most, seconds
from benches.place import folder
from stack import packages, session
from stack.errors import StackError
from stack.ports import Ports
from stack.servers import Stack
from stack.service import service

NAME = "start"
GOAL = at_most(2)
UNIT = "s"

PATIENCE_SECONDS = 600
IS_BUSY = text("SELECT EXISTS (SELECT FROM due) OR EXISTS (SELECT FROM notices WHERE sent_at IS NULL)")


@dataclass(frozen=True)
class Place:
    """What every start finds again."""

    root: Path
    ports: Ports

    @contextmanager
    def stack(self) -> Iterator[Stack]:
        """The stack, to be started; it is stopped at the end."""
        stack = Stack(self.root, self.ports)
        try:
            yield stack
        except StackError as refused:
            raise BenchError(str(refused)) from refused
        finally:
            stack.close()


@contextmanager
def set_up(_large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Start for the first time: everything is made, the sample is loaded, and the worker has done what that brings."""
    # As scripts/run does: where it is set, Python compiles the service anew at each start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    ports, claim = Ports.reserve()
    with folder() as root, claim:
        place = Place(root, ports)
        # The figures alone go to stdout.
        with place.stack() as stack, redirect_stdout(sys.stderr):
            start(stack)
            wait_idle(stack)
        yield place


def ours(place: Place) -> float:
    """Start the whole stack."""
    with place.stack() as stack:
        return seconds(lambda: start(stack))


def other(place: Place) -> float:
    """Start the programs alone."""
    with place.stack() as stack:
        servers = [getattr(stack, part) for part in stack.parts]
        environment = stack.environment()
        programs = service(environment, stack.layout, stack.ports)
        stack.supervisor.take()

        def start_bare() -> None:
            for server in servers:
                stack.supervisor.start(server)
            stack.supervisor.start(*programs)

        return seconds(start_bare)


def start(stack: Stack) -> None:
    """Do what `scripts/run` does, but for the look at .venv, in which this runs."""
    packages.install(packages.SERVICE, packages.SERVERS, packages.POSTFIX)
    session.start(stack, with_service=True)


def wait_idle(stack: Stack) -> None:
    """Wait until all entries of the sample are real and all its notices sent."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    engine = create_engine(stack.postgresql.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        while connection.scalar(IS_BUSY):
            if time.monotonic() > deadline:
                raise BenchError(f"the worker was not done with the sample after {PATIENCE_SECONDS} s")
            time.sleep(0.5)
    engine.dispose()

"""The command that writes every entry of a target as LDIF: what an empty server begins with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import IO

import click

from directory.base import system
from directory.targets import DEFAULT
from provisioning import bootstrap, worker
from provisioning.bootstrap import Service
from provisioning.cli.targets import known_target
from provisioning.ldap.ldif import records
from provisioning.reconcile.preview import Span, pages, spans

_LEFT_OUT = (
    "{number} adopted entries are left out, with the app passwords below them: restore them from the backup of whoever"
    " owns them, then run congvu reconcile --all."
)
_CUT_SHORT = "A process that reads the directory has ended; its error stands above. What was written is not whole."
WRITERS = 2
PAGE = 2000
"""Entries that are made at once: PostgreSQL has less work for each of many."""


@click.command(epilog="Example: congvu ldif --output all.ldif")
@click.option("--output", type=click.File("wb"), default="-", help="Where to write; without it, here.")
@click.option("--target", "name", default=DEFAULT, show_default=True, help="For which LDAP server.")
def ldif(*, output: IO[bytes], name: str) -> None:
    """Write every entry as LDIF, for `slapadd -q` into a server that has none yet; then run congvu reconcile --all.

    Adopted entries (congvu link) are left out: what others wrote in them is in the backup of whoever owns them.

    The file has the hashes of app passwords: keep it from others, and remove it afterwards.
    """
    service = bootstrap.assemble()
    try:
        worker.settle()
        if adopted := write(service, known_target(service, name), output):
            click.echo(_LEFT_OUT.format(number=adopted), err=True)
    finally:
        service.close()


def write(service: Service, name: str, output: IO[bytes]) -> int:
    """Write the entries of a target, and give how many adopted ones were left out.

    Some processes read pages from the book and make them into text, in turn: whatever loads them is quicker than one.
    """
    with service.outbox.transaction() as session:
        parts = spans(session, PAGE)
    adopted = 0
    with _writers(service, name, parts) as lines:
        for page in range(len(parts)):
            try:
                text, left_out = lines[page % WRITERS].recv()
            except (EOFError, OSError):  # between two pages, or in the middle of one
                raise click.ClickException(_CUT_SHORT) from None
            output.write(text)
            adopted += left_out
    return adopted


@contextmanager
def _writers(service: Service, name: str, parts: Sequence[Span]) -> Iterator[list[Connection]]:
    """Run the processes; each hands its pages over one by one, and makes no more before they are taken."""
    forking = get_context("fork")
    lines, running = [], []
    try:
        for turn in range(WRITERS):
            here, there = forking.Pipe(duplex=False)
            lines.append(here)
            writer = forking.Process(
                target=_pour, args=(service, name, parts[turn::WRITERS], there, lines), daemon=True
            )
            writer.start()
            there.close()  # so that the line ends with the process
            running.append(writer)
        yield lines
    finally:
        for writer in running:
            writer.terminate()
            writer.join()


def _pour(service: Service, name: str, parts: Sequence[Span], line: Connection, others: Sequence[Connection]) -> None:
    """Hand over the pages whose turn it is, each with how many adopted entries were left out of it."""
    for other in others:
        other.close()  # so that nobody is left who takes pages when the command is killed, and this one ends too
    service.outbox.engine.dispose(close=False)  # its connections stay the other process's
    base = service.targets[name].base
    for page in pages(service.outbox, system(bootstrap.clock(), "congvu ldif"), name, parts):
        own = [records(each, base) for each in page if each.link is None]
        line.send(("".join(own).encode("ascii"), len(page) - len(own)))

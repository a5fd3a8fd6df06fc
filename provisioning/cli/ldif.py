"""The command that writes every entry of a target as LDIF: what an empty server begins with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import click

from directory.base import system
from directory.targets import DEFAULT
from provisioning import bootstrap, worker
from provisioning.bootstrap import Service
from provisioning.cli.targets import known_target
from provisioning.ldap.ldif import records
from provisioning.ldap.walk import ahead
from provisioning.reconcile.marks import Marks
from provisioning.reconcile.preview import all_keys, by_target, pages

_LEFT_OUT = (
    "{number} adopted entries are left out, with the app passwords below them: restore them from the backup of whoever"
    " owns them, then run congvu reconcile --all."
)


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

    One page is read from the book, another made into text and a third handed over at the same time: the database, this
    program and the one that reads at the other end of a pipe do not wait for each other.
    """
    adopted = 0
    for page, left_out in ahead(_written(service, name)):
        output.write(page)
        adopted += left_out
    return adopted


def _written(service: Service, name: str) -> Iterator[tuple[bytes, int]]:
    """Give pages of LDIF, each with how many adopted entries were left out of it."""
    with service.outbox.transaction() as session:
        keys = by_target(session, all_keys(session)).get(name, Marks())
    base = service.targets[name].base
    for page in ahead(pages(service.outbox, system(bootstrap.clock(), "congvu ldif"), keys)):
        own = [records(each, base) for each in page if each.link is None]
        yield "".join(own).encode("ascii"), len(page) - len(own)

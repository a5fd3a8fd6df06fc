"""Commands of the engine: the worker, and making entries real by hand."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TextIO

import click
from sqlalchemy.orm import Session

from directory.base import Actor, system
from directory.desired.entries import Attributes
from directory.desired.values import Key
from directory.due import TABLES, mark
from directory.errors import DirectoryError
from directory.targets import DEFAULT
from provisioning import bootstrap, logs
from provisioning import worker as the_worker
from provisioning.bootstrap import Service
from provisioning.cli.targets import known_target
from provisioning.ldap.ldif import records
from provisioning.ports import Unavailable
from provisioning.reconcile import Reconciler
from provisioning.reconcile.claims import is_held
from provisioning.reconcile.preview import (
    Difference,
    all_keys,
    by_target,
    differences,
    entries,
    keys_of_account,
    keys_of_agency,
    waiting_keys,
)

FAILED = 1
"""Exit code: something differs (--dry-run), or could not be made real."""


@click.command(epilog="Example: congvu worker --lane reconcile")
@click.option(
    "--lane",
    "lanes",
    multiple=True,
    type=click.Choice(the_worker.ALL_LANES),
    default=the_worker.ALL_LANES,
    help="Do only this kind of work; may be given again. Without it all of them. `reconcile` makes entries real.",
)
def worker(*, lanes: tuple[str, ...]) -> None:
    """Do what waits: make entries real, send notices, apply lists. Stops on Ctrl-C when its jobs are done."""
    logs.configure()
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    the_worker.run(bootstrap.assemble(), dict.fromkeys(lanes))


@click.command(epilog="Example: congvu reconcile --agency H36.05 --dry-run")
@click.option("--account", "number", help="Only this account, by its number.")
@click.option("--agency", "code", help="Only this agency and all below it, by its identifier code.")
@click.option("--all", "is_all", is_flag=True, help="Every account, role mailbox and domain.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only show what differs; exit code 1 if anything does.")
@click.option("--json", "is_json", is_flag=True, help="Print for a program instead of a person.")
def reconcile(*, number: str | None, code: str | None, is_all: bool, is_dry: bool, is_json: bool) -> None:
    """Make the entries on the LDAP server what the directory says; without a choice, those that wait."""
    if sum((number is not None, code is not None, is_all)) > 1:
        raise click.UsageError("Choose one of --account, --agency and --all.")
    service = bootstrap.assemble()
    actor = system(bootstrap.clock(), "congvu reconcile")
    try:
        with service.outbox.transaction() as session:
            keys = _chosen(session, actor, number, code, is_all=is_all)
        if is_dry:
            sys.exit(_show(service, actor, keys, is_json=is_json))
        if number is not None or code is not None or is_all:
            _mark(service, actor, keys)
        sys.exit(_work(service, is_json=is_json))
    except DirectoryError as error:
        raise click.ClickException(str(error)) from error
    except Unavailable as error:
        raise click.ClickException(error.reason) from error
    finally:
        service.close()


def _chosen(session: Session, actor: Actor, number: str | None, code: str | None, *, is_all: bool) -> list[Key]:
    """Give the subjects that were asked for."""
    if number is not None:
        return keys_of_account(session, number)
    if code is not None:
        return keys_of_agency(session, actor, code)
    return all_keys(session) if is_all else waiting_keys(session)


def _show(service: Service, actor: Actor, keys: list[Key], *, is_json: bool) -> int:
    """Print what differs."""
    found = list(_differences(service, actor, keys))
    if is_json:
        click.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2))
    else:
        for each in found:
            click.echo("\n".join(_lines(each)))
        click.echo(f"{len(found)} of the entries of {len(keys)} subjects differ.")
    return FAILED if found else 0


def _differences(service: Service, actor: Actor, keys: list[Key]) -> Iterator[Difference]:
    """Compare entries, each on the server where it stands."""
    with service.outbox.transaction() as session:
        homes = by_target(session, keys)
    for name, some in homes.items():
        if name not in service.targets:
            raise Unavailable(f"{len(some)} subjects are on the server {name}, which no setting describes")
        yield from differences(service.outbox, service.targets[name].system, actor, some)


def _lines(difference: Difference) -> list[str]:
    """Tell one difference, an attribute a line."""
    return [
        f"{difference.kind} {difference.entry}",
        *(
            f"  {name}: {_values(difference.before, name)} → {_values(difference.after, name)}"
            for name in difference.names
        ),
    ]


def _values(attributes: Attributes, name: str) -> str:
    """Write the values of an attribute that may be missing."""
    return ", ".join(attributes.get(name) or ("–",))


def _mark(service: Service, actor: Actor, keys: list[Key]) -> None:
    """Note the subjects as due; if this program is stopped, the worker does the rest."""
    with service.outbox.transaction() as session:
        for subject in TABLES:
            mark(session, actor, subject, [id_ for each, id_ in keys if each == subject])


def _work(service: Service, *, is_json: bool) -> int:
    """Do rounds beside the worker's, for each target until nothing can be claimed there."""
    totals = {"done": 0, "retried": 0, "refused": 0}
    away = [name for name in service.targets if not _work_on(service.reconciler_of(name), totals)]
    if away:
        raise click.ClickException(
            f"The LDAP server does not work now, or is in maintenance ({', '.join(away)}); what waits is written later."
        )
    if is_json:
        click.echo(json.dumps(totals))
    else:
        click.echo("{done} are right now, {retried} are tried again, {refused} need a person.".format(**totals))
    return FAILED if totals["retried"] or totals["refused"] else 0


def _work_on(reconciler: Reconciler, totals: dict[str, int]) -> bool:
    """Do rounds for one target, and count; say whether it lets itself be written to."""
    with reconciler.outbox.transaction() as session:
        if is_held(session, reconciler.name):
            return False
    while (report := reconciler.run()).claimed:
        if report.paused_for is not None:
            return False
        for name in totals:
            totals[name] += getattr(report, name)
    return True


@click.command(epilog="Example: congvu scan --changed")
@click.option("--changed", "is_changed", is_flag=True, help="Only what was written since the scan before.")
@click.option("--target", "name", default=DEFAULT, show_default=True, help="Which LDAP server.")
@click.option("--json", "is_json", is_flag=True, help="Print for a program instead of a person.")
def scan(*, is_changed: bool, name: str, is_json: bool) -> None:
    """Find entries that others changed, removed or added, and have ours written anew; 1 if a person must decide."""
    service = bootstrap.assemble()
    try:
        scanner = service.scanner_of(known_target(service, name))
        report = scanner.changed() if is_changed else scanner.full()
    except Unavailable as error:
        raise click.ClickException(error.reason) from error
    finally:
        service.close()
    if is_json:
        click.echo(json.dumps(asdict(report)))
    else:
        click.echo(
            f"{report.entries} entries met: {report.restored} to be written anew, {report.asked} wait for a person,"
            f" {report.foreign} are nobody's."
        )
    sys.exit(FAILED if report.asked else 0)


@click.command(epilog="Example: congvu ldif --output all.ldif")
@click.option("--output", type=click.File("w", encoding="ascii"), default="-", help="Where to write; without it, here.")
@click.option("--target", "name", default=DEFAULT, show_default=True, help="For which LDAP server.")
def ldif(*, output: TextIO, name: str) -> None:
    """Write every entry as LDIF, for `slapadd -q` into a server that has none yet; then run congvu reconcile --all.

    The file has the hashes of app passwords: keep it from others, and remove it afterwards.
    """
    service = bootstrap.assemble()
    try:
        base = service.targets[known_target(service, name)].base
        with service.outbox.transaction() as session:
            keys = by_target(session, all_keys(session)).get(name, [])
        found = entries(service.outbox, system(bootstrap.clock(), "congvu ldif"), keys)
        output.writelines(records(entry, base) for entry in found)
    finally:
        service.close()

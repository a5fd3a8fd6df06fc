"""Commands of the engine: the worker, and making entries real by hand."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import click
from sqlalchemy.orm import Session

from directory.base import Actor, system
from directory.desired.entries import Attributes
from directory.desired.values import Key
from directory.errors import DirectoryError
from provisioning import bootstrap, logs
from provisioning import worker as the_worker
from provisioning.bootstrap import Service
from provisioning.ports import Unavailable
from provisioning.reconcile import Reconciler
from provisioning.reconcile.claims import is_held
from provisioning.reconcile.marks import Marks
from provisioning.reconcile.preview import (
    Difference,
    all_keys,
    by_target,
    differences,
    keys_of_account,
    keys_of_agency,
    waiting_keys,
)
from provisioning.reconcile.status import mark_unsettled

FAILED, AWAY = 1, 3
"""Exit codes: something differs (--dry-run) or needs a person; an LDAP server is away or kept still. 2: wrong use."""


class Away(click.ClickException):
    """An LDAP server cannot be reached, or is kept still."""

    exit_code = AWAY


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
@click.option("--account", "number", help="Compare only this account, by its number.")
@click.option("--agency", "code", help="Compare only this agency and all below it, by its identifier code.")
@click.option("--all", "is_all", is_flag=True, help="Compare everything, and look for entries that are nobody's.")
@click.option("--changed", "is_changed", is_flag=True, help="Compare only what was written since the scan before.")
@click.option("--confirmed", "is_confirmed", is_flag=True, help="Go on, however much it is that differs at once.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only show what differs; exit code 1 if anything does.")
@click.option("--json", "is_json", is_flag=True, help="Print for a program instead of a person.")
def reconcile(**options: Any) -> None:  # noqa: ANN401 - what click has read
    """Make the entries on the LDAP servers what the directory says: those that wait, and those that are named here and
    differ. What others changed is written anew, taken over, or kept for a person to decide, as in a scan.

    Exit code: 0 all is right; 1 something differs (--dry-run) or needs a person; 2 wrong use; 3 an LDAP server is away
    or in maintenance.
    """
    choice = Choice(**options)
    if choice.is_dry and choice.is_changed:
        raise click.UsageError("What was written since the scan before cannot be compared with --dry-run.")
    service = bootstrap.assemble()
    try:
        sys.exit(_reconcile(service, choice))
    except DirectoryError as error:
        raise click.ClickException(str(error)) from error
    except Unavailable as error:
        raise Away(f"The LDAP server does not work now; what waits is written later: {error.reason}") from error
    finally:
        service.close()


@dataclass(frozen=True)
class Choice:
    """What is to be reconciled, and how."""

    number: str | None
    code: str | None
    is_all: bool
    is_changed: bool
    is_confirmed: bool
    is_dry: bool
    is_json: bool

    def __post_init__(self) -> None:
        if sum((self.number is not None, self.code is not None, self.is_all, self.is_changed)) > 1:
            raise click.UsageError("Choose one of --account, --agency, --all and --changed.")

    @property
    def is_named(self) -> bool:
        """Whether some subjects are to be compared, and not only what waits done."""
        return self.number is not None or self.code is not None or self.is_all


def _reconcile(service: Service, choice: Choice) -> int:
    """Do what was chosen; give the exit code."""
    actor = system(bootstrap.clock(), "congvu reconcile")
    totals = dict.fromkeys(("done", "retried", "refused"), 0)
    with service.outbox.transaction() as session:
        keys = _chosen(session, actor, choice)
    if choice.is_dry:
        return _show(service, actor, keys, is_json=choice.is_json)
    if choice.is_named or choice.is_changed:
        totals |= _compare(service, actor, choice, keys)
    return _work(service, totals, is_json=choice.is_json)


def _compare(service: Service, actor: Actor, choice: Choice, keys: Collection[Key]) -> dict[str, int]:
    """Compare, each subject on the server where it stands; count what is to be done about what differs."""
    counts = dict.fromkeys(("restored", "taken", "asked", "foreign"), 0)
    with service.outbox.transaction() as session:
        mark_unsettled(session, actor, keys)
        homes = by_target(session, keys)
    for name in service.targets if choice.is_all or choice.is_changed else homes:
        scanner = replace(service.scanner_of(_known(service, name)), is_confirmed=choice.is_confirmed)
        found = (
            scanner.changed()
            if choice.is_changed
            else scanner.full(homes.get(name, Marks()))
            if choice.is_all
            else scanner.some(homes[name])
        )
        for each in counts:
            counts[each] += getattr(found, each, 0)
        if found.is_held:
            click.echo(
                f"So much differs on {name} that nothing was written: look on the page, or use --confirmed.", err=True
            )
    return counts


def _known(service: Service, name: str) -> str:
    """Give the name of a target that the settings describe."""
    if name not in service.targets:
        raise Unavailable(f"something is on the server {name}, which no setting describes")
    return name


def _chosen(session: Session, actor: Actor, choice: Choice) -> Collection[Key]:
    """Give the subjects that were asked for."""
    if choice.number is not None:
        return keys_of_account(session, choice.number)
    if choice.code is not None:
        return keys_of_agency(session, actor, choice.code)
    if choice.is_all:
        return all_keys(session)
    return waiting_keys(session) if choice.is_dry else []


def _show(service: Service, actor: Actor, keys: Collection[Key], *, is_json: bool) -> int:
    """Print what differs, each as soon as it is found."""
    number = 0
    for number, each in enumerate(_differences(service, actor, keys), start=1):
        if is_json:
            click.echo(f"{'[' if number == 1 else ','}\n{json.dumps(asdict(each), ensure_ascii=False, indent=2)}")
        else:
            click.echo("\n".join(_lines(each)))
    if is_json:
        click.echo("]" if number else "[]")
    else:
        click.echo(f"{number} of the entries of {len(keys)} subjects differ.")
    return FAILED if number else 0


def _differences(service: Service, actor: Actor, keys: Collection[Key]) -> Iterator[Difference]:
    """Compare entries, each on the server where it stands."""
    with service.outbox.transaction() as session:
        homes = by_target(session, keys)
    for name, some in homes.items():
        yield from differences(service.outbox, service.targets[_known(service, name)].system, actor, some)


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


def _work(service: Service, totals: dict[str, int], *, is_json: bool) -> int:
    """Do rounds beside the worker's, for each target until nothing can be claimed there."""
    away = [name for name in service.targets if not _work_on(service.reconciler_of(name), totals)]
    if away:
        raise Away(
            f"The LDAP server does not work now, or is in maintenance ({', '.join(away)}); what waits is written later."
        )
    if is_json:
        click.echo(json.dumps(totals))
    else:
        if "restored" in totals:
            click.echo(_COMPARED.format(**totals))
        click.echo("{done} are right now, {retried} are tried again, {refused} need a person.".format(**totals))
    return FAILED if totals["retried"] or totals["refused"] or totals.get("asked") else 0


_COMPARED = (
    "{restored} had been changed and are written anew, {taken} were taken over into the directory,"
    " {asked} wait for a person, {foreign} are nobody's."
)


def _work_on(reconciler: Reconciler, totals: dict[str, int]) -> bool:
    """Do rounds for one target, and count; say whether it lets itself be written to."""
    with reconciler.outbox.transaction() as session:
        if is_held(session, reconciler.name):
            return False
    while (report := reconciler.run()).claimed:
        if report.paused_for is not None:
            return False
        for name in ("done", "retried", "refused"):
            totals[name] += getattr(report, name)
    return True

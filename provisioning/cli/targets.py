"""Commands about targets: how each LDAP server is, and maintenance, during which nothing is written to one."""

from __future__ import annotations

import json
import time
from datetime import datetime

import click

from directory.base import VIETNAM, system
from directory.errors import DirectoryError
from provisioning import bootstrap
from provisioning.bootstrap import Service
from provisioning.reconcile.targets import (
    Maintenance,
    TargetHealth,
    begin_maintenance,
    being_written,
    end_maintenance,
    healths,
)

_LOOK_SECONDS = 0.2
WARNING = (
    "Nothing will be written to {name} until `congvu target resume {name}`: no new account, no new password, and NO"
    " DISABLE. Whoever leaves or is suspended meanwhile still gets into their mail there."
)


@click.group()
def target() -> None:
    """See how the LDAP servers are, and keep one still while somebody works on it."""


@target.command("list", epilog="Example: congvu target list --json")
@click.option("--json", "is_json", is_flag=True, help="Print for a program instead of a person.")
def list_targets(*, is_json: bool) -> None:
    """Tell of each target its state, what waits for it and since when, and what fails."""
    service = bootstrap.assemble()
    try:
        with service.outbox.transaction() as session:
            found = [_told(each) for each in healths(session, system(bootstrap.clock(), "shell"), service.targets)]
    finally:
        service.close()
    if is_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for each in found:
        click.echo("{name}: {state}; {due} wait ({urgent} to be shut), {refused} need a person".format(**each))
        for name in ("reason", "failing_since", "maintenance_since", "maintenance_until", "oldest"):
            if each[name]:
                click.echo(f"  {name.replace('_', ' ')}: {each[name]}")


@target.command(epilog='Example: congvu target pause default --until "23/11/2026 06:00"')
@click.argument("name")
@click.option(
    "--until",
    type=click.DateTime(["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"]),
    help="By when it is expected back, in Vietnamese time; pages show it, and nothing happens by itself.",
)
@click.option("--reason", help="Why; pages show it.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask first.")
def pause(*, name: str, until: datetime | None, reason: str | None, is_sure: bool) -> None:
    """Stop writing to a target, disables among it, and wait until what is under way is done."""
    service = bootstrap.assemble()
    try:
        known_target(service, name)
        click.echo(WARNING.format(name=name))
        if not is_sure:
            click.confirm("Stop writing?", abort=True)
        wish = Maintenance(name, until.replace(tzinfo=VIETNAM) if until else None, reason)
        with service.outbox.transaction() as session:
            begin_maintenance(session, system(bootstrap.clock(), "shell"), [wish])
        _wait_for_workers(service, name)
    except DirectoryError as error:
        raise click.ClickException(str(error)) from error
    finally:
        service.close()
    click.echo(f"Nothing is written to {name} any more. What is due waits.")


@target.command(epilog="Example: congvu target resume default")
@click.argument("name")
def resume(*, name: str) -> None:
    """Write to a target again, at once; then it is compared whole with the directory."""
    service = bootstrap.assemble()
    try:
        known_target(service, name)
        with service.outbox.transaction() as session:
            ended = end_maintenance(session, system(bootstrap.clock(), "shell"), [name])
            for each in ended:
                service.queue.defer(session, "scan_target", target=each)
    finally:
        service.close()
    said = "{} is written to again; what waited comes now." if ended else "{} was not in maintenance."
    click.echo(said.format(name))


def known_target(service: Service, name: str) -> str:
    """Give a target's name back, or end here if the settings describe none of that name."""
    if name not in service.targets:
        raise click.ClickException(f"no target is called {name}; there are: {', '.join(service.targets)}")
    return name


def _wait_for_workers(service: Service, name: str) -> None:
    """Wait until no worker has anything in hand for a target: at most as long as the lease of a dead one."""
    left = -1
    while left:
        with service.outbox.transaction() as session:
            left = being_written(session, name)
        if left:
            time.sleep(_LOOK_SECONDS)


def _told(health: TargetHealth) -> dict[str, object]:
    """Tell how a target is, for a program too."""
    status, load = health.status, health.load
    return {
        "name": health.name,
        "state": health.state,
        "reason": status.reason if status else None,
        "failing_since": _written(status.failing_since if status else None),
        "maintenance_since": _written(status.maintenance_since if status else None),
        "maintenance_until": _written(status.maintenance_until if status else None),
        "due": load.due if load else 0,
        "urgent": load.urgent if load else 0,
        "oldest": _written(load.oldest if load else None),
        "retrying": load.retrying if load else 0,
        "refused": load.refused if load else 0,
        "a_second": round(health.rate, 2),
        "scanned": {kind: _written(scan.finished_at) for kind, scan in health.scans.items()},
    }


def _written(instant: datetime | None) -> str | None:
    """Write an instant with its offset."""
    return instant.astimezone(VIETNAM).isoformat(timespec="seconds") if instant else None

"""The command that founds provinces and communes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from directory.agencies import normal_code
from directory.base import system
from directory.errors import DirectoryError
from provisioning import bootstrap
from provisioning.bootstrap import Service
from provisioning.places import Loaded, Province, load_province, provinces


@click.group()
def places() -> None:
    """Found the provinces and communes of Viet Nam."""


@places.command(epilog="Example: congvu places load --under H36 --dry-run")
@click.option("--under", "code", help="Identifier code of one province, such as H36.")
@click.option("--all", "is_all", is_flag=True, help="All 34 provinces.")
@click.option("--domains", "with_domains", is_flag=True, help="Add each province's usual mail domain too.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would be founded, and found nothing.")
@click.option("--json", "is_json", is_flag=True, help="Print for a program instead of a person.")
def load(*, code: str | None, is_all: bool, with_domains: bool, is_dry: bool, is_json: bool) -> None:
    """Found provinces with their communes; what is there already stays, so it can be run again at any time."""
    if is_all == bool(code):
        raise click.UsageError("Name one province with --under CODE, or say --all.")
    chosen = _chosen(code)
    service = bootstrap.assemble()
    try:
        loaded = [_load(service, each, with_domains=with_domains, is_dry=is_dry) for each in chosen]
    except DirectoryError as refused:
        raise click.ClickException(f"{refused} The provinces before this one are founded; run it again.") from refused
    finally:
        service.close()
    if is_json:
        click.echo(json.dumps([asdict(each) for each in loaded], ensure_ascii=False, indent=2))
        return
    for each in loaded:
        begun = "new" if each.province_founded else "there already"
        click.echo(
            f"{each.code} {each.name} ({begun}): {each.communes_founded} communes founded, {each.known} places there"
        )
    total = sum(each.communes_founded + each.province_founded for each in loaded)
    click.echo(f"{total} agencies {'would be' if is_dry else 'were'} founded")


def _chosen(code: str | None) -> Sequence[Province]:
    """Give the provinces that were asked for."""
    known = provinces()
    if code is None:
        return list(known.values())
    try:
        normal = normal_code(code)
    except DirectoryError as refused:
        raise click.UsageError(str(refused)) from refused
    if normal not in known:
        raise click.UsageError(f"{normal} is no province. Provinces: {', '.join(known)}.")
    return [known[normal]]


def _load(service: Service, province: Province, *, with_domains: bool, is_dry: bool) -> Loaded:
    """Load one province in one transaction; a dry run undoes it."""
    actor = system(bootstrap.clock(), "congvu places")
    with service.outbox.transaction() as session:
        kept = session.begin_nested()
        loaded = load_province(session, actor, province, with_domain=with_domains)
        if is_dry:
            kept.rollback()
            session.info.clear()
    return loaded

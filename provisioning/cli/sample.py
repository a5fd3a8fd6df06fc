"""Commands on the sample: load it, show its sign-ins, read its authenticator, write a staff list to import."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from directory.base import system
from provisioning import bootstrap
from provisioning.sample import (
    MOST_ROWS,
    MOST_SERIES,
    NotEmpty,
    SignIn,
    code_of,
    load,
    read_sign_ins,
    write_sign_ins,
    write_staff_list,
)

_COLUMNS = ("role", "agency", "name", "address", "password")
as_json = click.option("--json", "is_json", is_flag=True, help="Print for a program instead of a person.")
in_file = click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="CONGVU_SAMPLE_FILE",
    default=Path("var/sample.json"),
    show_default=True,
    help="Where the sign-ins are kept (CONGVU_SAMPLE_FILE).",
)


@click.group(epilog="Example: congvu sample load")
def sample() -> None:
    """Try the service with a made-up directory; never on one that is used."""


@sample.command("load", epilog="Example: congvu sample load --if-empty")
@click.option("--if-empty", is_flag=True, help="Do nothing, successfully, when the directory is not empty.")
@in_file
@as_json
def load_sample(*, if_empty: bool, path: Path, is_json: bool) -> None:
    """Fill an empty directory with made-up agencies and people, and print who can sign in."""
    service = bootstrap.assemble()
    try:
        loaded = load(service.outbox, system(bootstrap.clock(), "congvu sample load"))
    except NotEmpty:
        click.echo("sample: the directory is not empty, nothing was loaded", err=not if_empty)
        raise SystemExit(0 if if_empty else 1) from None
    finally:
        service.outbox.engine.dispose()
    write_sign_ins(path, loaded.sign_ins)
    if not is_json:
        click.echo(f"sample: {loaded.agencies} agencies, {loaded.officials} officials, {loaded.accounts} accounts")
    _show(loaded.sign_ins, is_json=is_json)


@sample.command("show", epilog="Example: congvu sample show")
@in_file
@as_json
def show_sample(*, path: Path, is_json: bool) -> None:
    """Print who can sign in, and with which password."""
    _show(_read(path), is_json=is_json)


@sample.command("code", epilog="Example: congvu sample code hr@sonoivu.lamdong.gov.vn")
@click.argument("address")
@in_file
@as_json
def show_code(*, address: str, path: Path, is_json: bool) -> None:
    """Print the six digits that the authenticator app of a sample person shows now; each code works once."""
    found = next((each for each in _read(path) if address.lower() in {each.address, each.account_number}), None)
    if found is None:
        raise click.ClickException(f"{address} is nobody of the sample who can sign in; see congvu sample show")
    now = bootstrap.clock()
    code = code_of(found.totp_secret, now)
    seconds = 30 - int(now.timestamp()) % 30
    click.echo(json.dumps({"code": code, "seconds": seconds}) if is_json else code)


@sample.command("list", epilog="Example: congvu sample list --rows 500 --agency H36.05 list.xlsx")
@click.option("--rows", type=click.IntRange(1, MOST_ROWS), default=500, show_default=True, help="How many people.")
@click.option("--agency", default="H36.05", show_default=True, help="Identifier code of an agency of the sample.")
@click.option(
    "--series", type=click.IntRange(0, MOST_SERIES), default=0, show_default=True, help="Another number, other people."
)
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def write_list(*, rows: int, agency: str, series: int, path: Path) -> None:
    """Write a staff list of new people, as offices send them, to try the import on."""
    try:
        write_staff_list(path, agency, rows, series)
    except KeyError:
        raise click.ClickException(f"{agency} is no agency of the sample, such as H36.05") from None
    click.echo(f"sample: {rows} people of {agency} in {path}")


def _read(path: Path) -> list[SignIn]:
    """Read the sign-ins; without them say where they come from."""
    try:
        return read_sign_ins(path)
    except FileNotFoundError:
        raise click.ClickException(
            f"there is no {path}: congvu sample load writes it into an empty directory"
        ) from None


def _show(sign_ins: Sequence[SignIn], *, is_json: bool) -> None:
    """Print the sign-ins; the authenticator's secret stays in the file."""
    if is_json:
        shown = [{column: asdict(each)[column] for column in (*_COLUMNS, "account_number")} for each in sign_ins]
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    table = Table(*_COLUMNS)
    for each in sign_ins:
        table.add_row(*(str(asdict(each)[column]) for column in _COLUMNS))
    Console(width=160).print(table)
    click.echo("second factor: congvu sample code ADDRESS")

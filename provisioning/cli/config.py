"""The command that shows the settings, and tries them on the servers that they name."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass

import click
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from provisioning import bootstrap, migrations
from provisioning.config import Settings
from provisioning.pings import ask_all, pings_of

SECRETS = ("field_key", "index_key", "audit_key", "session_key")
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*(?=@)")


@dataclass(frozen=True)
class Shown:
    """One setting as it is shown."""

    name: str
    value: str | None
    source: str
    meaning: str


@dataclass(frozen=True)
class Check:
    """What was tried and what is wrong with it, if anything is."""

    subject: str
    failure: str | None


@click.command(epilog="Example: congvu config --check")
@click.option("--check", "is_check", is_flag=True, help="Read the secrets and connect to each server; 1 if one fails.")
@click.option("--json", "is_json", is_flag=True, help="Print for a program instead of a person.")
def config(*, is_check: bool, is_json: bool) -> None:
    """Print every setting with its value, where it comes from and what it means; secrets are masked."""
    try:
        settings = Settings()  # type: ignore[call-arg]  # the environment fills it
    except ValidationError as error:
        raise click.ClickException("\n".join(_wrong(error))) from error
    shown = [_shown(settings, name) for name in Settings.model_fields]
    checks = list(_checks(settings)) if is_check else []
    if is_json:
        found: dict[str, object] = {"settings": [asdict(each) for each in shown]}
        if is_check:
            found["checks"] = [asdict(each) for each in checks]
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print(shown, checks)
    raise SystemExit(any(check.failure for check in checks))


def _wrong(error: ValidationError) -> Iterator[str]:
    """Say which settings are missing or cannot be read, and what they mean; never their values."""
    for each in error.errors(include_input=False, include_url=False):
        name = str(each["loc"][0])
        meaning = Settings.model_fields[name].description
        yield f"CONGVU_{name.upper()}: {each['msg']}. {meaning}."


def _shown(settings: Settings, name: str) -> Shown:
    """Show one setting; a password inside of an address is masked, all other secrets are in files."""
    variable, value = f"CONGVU_{name.upper()}", getattr(settings, name)
    text = None if value is None else _PASSWORD.sub(r"\1:***", _written(value))
    source = "environment" if variable in os.environ else "default"
    return Shown(variable, text, source, Settings.model_fields[name].description or "")


def _written(value: object) -> str:
    """Write a value as it is set in the environment."""
    if isinstance(value, dict):
        return json.dumps({name: each.model_dump(mode="json", exclude_none=True) for name, each in value.items()})
    return str(value)


def _checks(settings: Settings) -> Iterator[Check]:
    """Try everything in turn; what cannot be tried because something before it fails is left out."""
    secrets = [Check(f"secret {name}", _read(settings, name)) for name in SECRETS]
    yield from secrets
    if any(check.failure for check in secrets):
        return
    try:
        service = bootstrap.assemble(settings)
    except SystemExit as error:
        yield Check("secrets of the servers", str(error))
        return
    with closing(service):
        for answer in ask_all(pings_of(service)):
            yield Check(answer.part, answer.failure)
        yield Check("schema", _schema(service))


def _read(settings: Settings, name: str) -> str | None:
    """Read a key; say what is wrong with it."""
    try:
        settings.secret(name)
    except SystemExit as error:
        return str(error)
    return None


def _schema(service: bootstrap.Service) -> str | None:
    """Say whether the database has the newest schema."""
    try:
        present, newest = migrations.revisions(service.outbox.engine)
    except SQLAlchemyError as error:
        return f"it cannot be read: {type(error).__name__}"
    return None if present == newest else f"it is at {present or 'nothing'}, not at {newest}; run congvu migrate"


def _print(shown: list[Shown], checks: list[Check]) -> None:
    """Print the settings as a table and the checks as lines."""
    if checks:
        for check in checks:
            click.echo(f"{check.subject}: {check.failure or 'ok'}")
        return
    table = Table("setting", "value", "source", "meaning")
    for each in shown:
        table.add_row(each.name, "(not set)" if each.value is None else each.value, each.source, each.meaning)
    Console(width=None if sys.stdout.isatty() else 200).print(table)

"""The command on adoption."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from directory.adoption import INDICATORS, Row, overview, report, take_snapshot
from directory.agencies import Agency, agency_by_code
from directory.base import Actor, system
from directory.errors import DirectoryError
from provisioning import bootstrap

Line = tuple[Row, date | None]


@dataclass(frozen=True)
class Printed:
    """One agency as it is printed."""

    agency: str | None
    name: str | None
    day: str | None
    declared: int | None
    listed: int
    late: bool
    rates: dict[str, dict[str, object]]


@click.command(epilog="Example: congvu adoption --agency H36.05 --json")
@click.option("--agency", "code", help="Identifier code of an agency; without it the topmost agencies are shown.")
@click.option("--count", "is_counted", is_flag=True, help="Count now and keep the figures of today, then show them.")
@click.option("--json", "is_json", is_flag=True, help="Print for a program instead of a person.")
def adoption(*, code: str | None, is_counted: bool, is_json: bool) -> None:
    """Show who has official e-mail and who uses it, against the targets."""
    service = bootstrap.assemble()
    actor = system(bootstrap.clock(), "congvu adoption")
    try:
        with service.outbox.transaction() as session:
            agency = agency_by_code(session, code) if code else None
            if is_counted:
                take_snapshot(session, actor, actor.today, agency)
            rows = [_plain(*line) for line in _lines(session, actor, agency)]
    except DirectoryError as error:
        raise click.ClickException(str(error)) from error
    finally:
        service.outbox.engine.dispose()
    if is_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
    else:
        _print(rows)


def _lines(session: Session, actor: Actor, agency: Agency | None) -> Iterable[Line]:
    """Give the rows of an agency's report, or of the overview."""
    if agency is None:
        yield from ((kept.row, kept.counted_on) for kept in overview(session, actor))
        return
    found = report(session, actor, agency, actor.today)
    yield from ((row, found.counted_on) for row in (found.total, *found.children, *([found.own] if found.own else [])))


def _plain(row: Row, counted_on: date | None) -> Printed:
    """Put a row into plain values; who stands at the agency itself has no code and no name."""
    return Printed(
        agency=row.agency.code if row.agency else None,
        name=row.agency.name if row.agency else None,
        day=counted_on.isoformat() if counted_on else None,
        declared=row.figures.declared,
        listed=row.figures.listed,
        late=row.is_late,
        rates={
            rate.name: {
                "count": rate.count,
                "of": rate.base,
                "percent": None if rate.share is None else float(rate.share),
                "target": None if rate.target is None else float(rate.target),
                "status": rate.status.value,
                "missing": rate.missing,
            }
            for rate in row.rates
        },
    )


def _print(rows: list[Printed]) -> None:
    """Print a table; a rate below its target has a mark."""
    table = Table("agency", "name", "day", "declared", "listed", *(indicator.name for indicator in INDICATORS))
    for row in rows:
        rates = [
            f"{'-' if rate['percent'] is None else rate['percent']}{' !' if rate['missing'] else ''}"
            for rate in row.rates.values()
        ]
        declared = "-" if row.declared is None else str(row.declared)
        table.add_row(
            row.agency or "", row.name or "(in no unit)", row.day or "never", declared, str(row.listed), *rates
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    if any(row.late for row in rows):
        click.echo("Rates are in per cent; ! is below the target.")

"""Commands on the database."""

from __future__ import annotations

import click

from provisioning import bootstrap, migrations


@click.command(epilog="Example: congvu migrate")
def migrate() -> None:
    """Bring the database to the newest schema."""
    service = bootstrap.assemble()
    migrations.migrate(service.outbox.engine)
    click.echo("database: at the newest schema")

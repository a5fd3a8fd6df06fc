"""The operator's shell: `congvu COMMAND`. A command parses, calls one verb or job, prints, and exits with a meaning."""

from __future__ import annotations

import click

from provisioning.cli.adoption import adoption
from provisioning.cli.beginning import begin
from provisioning.cli.config import config
from provisioning.cli.database import migrate
from provisioning.cli.engine import reconcile, worker
from provisioning.cli.sample import sample


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Keep the directory of civil servants and make its accounts real."""


main.add_command(adoption)
main.add_command(begin)
main.add_command(config)
main.add_command(migrate)
main.add_command(reconcile)
main.add_command(worker)
main.add_command(sample)

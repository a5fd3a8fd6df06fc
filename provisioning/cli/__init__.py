"""The operator's shell: `congvu COMMAND`. A command parses, calls one verb or job, prints, and exits with a meaning."""

from __future__ import annotations

from collections.abc import Iterator

import click

from provisioning.cli.adoption import adoption
from provisioning.cli.beginning import begin
from provisioning.cli.config import config
from provisioning.cli.database import migrate
from provisioning.cli.engine import reconcile, worker
from provisioning.cli.ldif import ldif
from provisioning.cli.links import link
from provisioning.cli.list_senders import list_senders
from provisioning.cli.places import places
from provisioning.cli.sample import sample
from provisioning.cli.targets import target


class Examples(click.Group):
    """A group whose help shows every command below it, each with its example."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click calls it
        """Write a command's purpose and its example line, the commands of groups among them."""
        with formatter.section("Commands"):
            for path, command in commands(self):
                formatter.write_text(f"{path}: {command.get_short_help_str(140)}")
                with formatter.indentation():
                    formatter.write_text(command.epilog or "")


def commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Give every command below a group with the words that call it."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


@click.group(cls=Examples, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
def main() -> None:
    """Keep the directory of civil servants and make its accounts real."""


main.add_command(adoption)
main.add_command(begin)
main.add_command(config)
main.add_command(ldif)
main.add_command(link)
main.add_command(list_senders)
main.add_command(migrate)
main.add_command(places)
main.add_command(reconcile)
main.add_command(target)
main.add_command(worker)
main.add_command(sample)

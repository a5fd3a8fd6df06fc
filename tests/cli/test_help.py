"""`congvu --help`: every command with an example that its own options understand."""

from __future__ import annotations

import shlex

import click
import pytest
from click.testing import CliRunner

from provisioning.cli import commands, main

COMMANDS = dict(commands(main))


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_help_shows_each_command_with_its_example(path: str) -> None:
    """The first help a person asks for names the command and gives a line to copy."""
    shown = CliRunner().invoke(main, ["--help"], terminal_width=400).stdout

    assert f"{path}: " in shown
    assert f"Example: congvu {path}" in shown


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_an_example_can_be_parsed(path: str) -> None:
    """The example's words are options and arguments that the command has."""
    command = COMMANDS[path]
    line = (command.epilog or "").removeprefix(f"Example: congvu {path}")

    parsed = command.make_context(path, shlex.split(line), resilient_parsing=False)

    assert isinstance(parsed, click.Context)

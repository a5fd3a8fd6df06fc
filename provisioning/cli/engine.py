"""Commands of the engine: the worker, and making entries real by hand."""

from __future__ import annotations

import logging

import click

from provisioning import bootstrap, logs
from provisioning import worker as the_worker


@click.command(epilog="Example: congvu worker")
def worker() -> None:
    """Do what waits: make entries real, send notices, apply lists. Stops on Ctrl-C when its jobs are done."""
    logs.configure()
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    the_worker.run(bootstrap.assemble())

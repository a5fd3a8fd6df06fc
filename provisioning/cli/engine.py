"""Commands of the engine: the worker, and making entries real by hand."""

from __future__ import annotations

import logging

import click

from provisioning import bootstrap
from provisioning import worker as the_worker


@click.command(epilog="Example: congvu worker")
def worker() -> None:
    """Do what waits: make entries real, send notices, apply lists. Stops on Ctrl-C when its jobs are done."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    the_worker.run(bootstrap.assemble())

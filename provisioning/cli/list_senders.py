"""The command that Postfix asks who may send to a mailing list."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType

import click

from provisioning import bootstrap, logs
from provisioning.mail import Doorkeeper, Judge


@click.command("list-senders", epilog="Example: congvu list-senders")
def list_senders() -> None:
    """Answer Postfix, which asks who may send to a mailing list. Stops on Ctrl-C."""
    logs.configure()
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    service = bootstrap.assemble()
    settings = service.settings
    judge = Judge(service.outbox, bootstrap.clock)
    try:
        with Doorkeeper(settings.list_senders_host, settings.list_senders_port, judge) as keeper:

            def stop(_number: int, _frame: FrameType | None) -> None:
                # From another thread: `shutdown` waits for the loop that this signal has interrupted.
                threading.Thread(target=keeper.shutdown).start()

            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, stop)
            logs.log_of(__name__).info("list-senders is ready", port=settings.list_senders_port)
            keeper.serve_forever()
    except OSError as error:
        where = f"{settings.list_senders_host}:{settings.list_senders_port}"
        raise click.ClickException(f"{where} cannot be listened on: {error.strerror}") from error
    finally:
        service.close()

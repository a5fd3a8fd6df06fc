"""Pings: one short question to each part that the service stands on.

Only /healthy, /metrics and `congvu config --check` ask; no page waits for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from directory.targets import DEFAULT
from provisioning.bootstrap import Service
from provisioning.config import Settings
from provisioning.mail import ping_doorkeeper
from provisioning.ports import Unavailable
from provisioning.usage import logs_at

PATIENCE_SECONDS = 3.0
"""A part that does not answer within this counts as failed, whatever its own time limit is."""
WORKER_SECONDS = 30
"""A worker says every few seconds that it lives."""
DATABASE = "database"


@dataclass(frozen=True)
class Ping:
    """One part and how to ask it; `ask` returns, or raises `Unavailable`."""

    part: str
    ask: Callable[[], object]


@dataclass(frozen=True)
class Answer:
    """What came of a ping."""

    part: str
    seconds: float
    failure: str | None
    """Why, in words for whoever runs the servers: names of hosts and files, never a secret."""


def pings_of(service: Service) -> list[Ping]:
    """Give the pings of the parts that the settings name; Postfix and list-senders only if they say where.

    The servers of further targets are called by the target's name: `ldap-hue`, `dovecot-hue`.
    """
    settings = service.settings
    engine = service.outbox.engine
    found = [
        Ping(DATABASE, partial(_database, engine)),
        Ping("queue", partial(_queue, engine)),
    ]
    for name, target in service.targets.items():
        found.append(Ping(part_of(name), target.system.ping))
        if target.mail_server is not None:
            found.append(Ping(part_of(name, "dovecot"), target.mail_server.ping))
    if settings.model_fields_set & {"smtp_host", "smtp_port"}:
        found.append(Ping("postfix", service.mailer.ping))
    if settings.model_fields_set & {"list_senders_host", "list_senders_port"}:
        keeper = partial(ping_doorkeeper, settings.list_senders_host, settings.list_senders_port)
        found.append(Ping("list-senders", keeper))
    if logs := logs_of(settings):
        found.append(Ping("logs", partial(_logs, logs)))
    return found


def part_of(target: str, server: str = "ldap") -> str:
    """Give what a server of a target is called among the parts."""
    return server if target == DEFAULT else f"{server}-{target}"


def ask_all(pings: Sequence[Ping], patience: float = PATIENCE_SECONDS) -> list[Answer]:
    """Ask all parts at the same time, and wait no longer than that for any."""
    pool = ThreadPoolExecutor(max(1, len(pings)), thread_name_prefix="ping")
    asked = [pool.submit(_ask, ping) for ping in pings]
    done, _ = wait(asked, timeout=patience)
    pool.shutdown(wait=False)
    late = f"no answer within {patience:g} seconds"
    return [
        answer.result() if answer in done else Answer(ping.part, patience, late)
        for ping, answer in zip(pings, asked, strict=True)
    ]


def logs_of(settings: Settings) -> list[Path]:
    """Give the logs that days of use are read from."""
    return [path for path in (settings.dovecot_log, settings.postfix_log) if path is not None]


def _ask(ping: Ping) -> Answer:
    """Ask one part and measure how long it takes."""
    began = time.monotonic()
    try:
        ping.ask()
    except Unavailable as error:
        return Answer(ping.part, time.monotonic() - began, error.reason)
    return Answer(ping.part, time.monotonic() - began, None)


def _database(engine: Engine) -> None:
    """Ask PostgreSQL for a sign of life."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise Unavailable(f"PostgreSQL does not answer: {type(error).__name__}") from error


def _queue(engine: Engine) -> None:
    """See that a worker has said lately that it lives."""
    try:
        with engine.connect() as connection:
            age = connection.scalar(
                text("SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers")
            )
    except SQLAlchemyError as error:
        raise Unavailable(f"the queue cannot be read: {type(error).__name__}") from error
    if age is None:
        raise Unavailable("no worker has been started; run congvu worker")
    if age > WORKER_SECONDS:
        raise Unavailable(f"no worker has been seen for {age:.0f} seconds; run congvu worker")


def _logs(logs: Sequence[Path]) -> None:
    """See that the logs of the mail servers can be read."""
    for path in logs:
        try:
            for log in logs_at(path).values():
                log.open("rb").close()
        except OSError as error:
            raise Unavailable(f"the log {path} cannot be read: {error.strerror}") from error

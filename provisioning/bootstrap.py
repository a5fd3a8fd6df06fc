"""The composition root: the only place that knows every concrete class."""

from __future__ import annotations

from dataclasses import dataclass

from provisioning.config import Settings
from provisioning.outbox import Outbox, engine_for


@dataclass(frozen=True)
class Service:
    """The service put together: what the web, the worker and the shell start from."""

    settings: Settings
    outbox: Outbox


def assemble(settings: Settings | None = None) -> Service:
    """Put the service together from its settings (by default the environment's)."""
    settings = settings or Settings()  # type: ignore[call-arg]  # the environment fills it
    outbox = Outbox(engine=engine_for(settings.database_url), keys=settings.keys, wake=lambda _session, _wake_up: None)
    return Service(settings=settings, outbox=outbox)

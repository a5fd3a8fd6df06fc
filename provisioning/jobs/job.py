"""One kind of job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """A name under which jobs stand in the queue, and what is done with the service and their arguments."""

    name: str
    run: Callable[..., None]
    """Called with the service and the job's arguments."""
    every: str | None = None
    """When it runs by itself, as in cron with seconds as a sixth field; it then takes no arguments."""

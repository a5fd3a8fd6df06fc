"""What the worker does: one module an area, each with JOBS.

To add jobs: write a module whose JOBS names each `Job` and the function that does it, `run(service, **arguments)`,
and add its name to AREAS. A verb's caller puts one in with `service.queue.defer(session, "name", …)`,
in the verb's own transaction. A job is short, and may run twice: one does 200 to 500 rows and puts in the next.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import chain

from procrastinate import App, PsycopgConnector

from provisioning.bootstrap import Service
from provisioning.jobs.entries import reconciling
from provisioning.jobs.job import Job
from provisioning.jobs.unknown import leave_unknown
from provisioning.outbox import queue_of

AREAS = (
    "adoption",
    "agencies",
    "credentials",
    "entries",
    "kept_mail",
    "leftovers",
    "lists",
    "notices",
    "policies",
    "tallies",
    "usage",
)
TASK_MODULES = tuple(import_module(f"{__name__}.{area}") for area in AREAS)
"""Every module with jobs."""


def app_for(service: Service) -> App:
    """Make the queue's application with every job, for a worker on the service's database."""
    url = service.outbox.engine.url.set(drivername="postgresql")
    app = App(
        connector=PsycopgConnector(
            conninfo=url.render_as_string(hide_password=False),
            min_size=2,
            max_size=8 + 3 * len(service.targets),
            timeout=5,
            # That a job was taken or is done may be forgotten with a fallen server: it is then done again.
            kwargs={"options": "-c synchronous_commit=off"},
        )
    )
    for job in (
        *chain.from_iterable(module.JOBS for module in TASK_MODULES),
        *chain.from_iterable(map(reconciling, service.targets)),
    ):
        _register(app, service, job)
    leave_unknown(app)
    return app


def _register(app: App, service: Service, job: Job) -> None:
    """Make a job known to the queue; one that runs by itself never waits there twice."""
    task = app.task(name=job.name, queue=queue_of(job.name), queueing_lock=job.name if job.every else None)(
        _bound(service, job)
    )
    if job.every:
        app.periodic(cron=job.every)(task)


def _bound(service: Service, job: Job) -> Callable[..., None]:
    """Give the function that the queue calls. `timestamp` is what it says to jobs that run by themselves."""

    def run(timestamp: int | None = None, **arguments: object) -> None:  # noqa: ARG001 - the queue's own argument
        job.run(service, **arguments)

    return run

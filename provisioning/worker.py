"""The worker: takes jobs from the queue until it is told to stop, and comes back when PostgreSQL does.

Lanes work side by side: one for the entries of each target, so that a disable never waits behind a long list nor
behind a server that is away, one for notices, so that no list waits behind a thousand letters, and one for everything
else, in which what a day brings has a place of its own. Any number of workers may run on any number of machines, each
with all lanes or with some: threads of one process share one interpreter, so whoever applies long lists gives the
entries a process of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Status
from procrastinate.worker import Worker
from psycopg import OperationalError

from provisioning.bootstrap import Service
from provisioning.jobs import app_for
from provisioning.outbox import CALENDAR, LANES, lane_of

log = logging.getLogger(__name__)

POLLING_SECONDS = 5.0
"""A job is announced by NOTIFY; this is how late it is if the announcement was lost."""
HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 20.0
"""Without a heartbeat for so long a worker is dead, and its jobs are another's."""
GRACE_SECONDS = 20.0
"""Time for running jobs to end when the worker is told to stop."""
RETURN_SECONDS = 1.0
"""Between tries to reach PostgreSQL again."""
_OBJECTS = 50_000
"""New objects after which the garbage collector looks for rings."""
ALL_LANES = ("default", *LANES.values())


def run(service: Service, lanes: Collection[str] = ALL_LANES) -> None:
    """Work in these lanes until SIGTERM or SIGINT, then finish the jobs at hand."""
    settle()
    try:
        asyncio.run(_run(service, _places(service, lanes)))
    finally:
        service.close()


def settle() -> None:
    """Spare the garbage collector what was loaded at the start, and looks after every few hundred new objects.

    A batch of a list takes a third less time: its rows are no rings, so they go without being looked for.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)


def _places(service: Service, lanes: Collection[str]) -> dict[str, int]:
    """Give how many jobs of each lane run at once: of entries two, one writes while the other reads and records.

    Each target has such a lane for itself, and one for disables: a server that does not answer keeps only its own
    waiting, and a long batch no disable. What a day brings has a place that no list takes.
    """
    places = {lane: service.settings.worker_concurrency if lane == "default" else 1 for lane in lanes}
    if "default" in places:
        places[CALENDAR] = 1
    if places.pop("reconcile", None):
        places |= {lane_of(target): 2 for target in service.targets}
        places |= {lane_of(target, urgent=True): 1 for target in service.targets}
    return places


async def _run(service: Service, lanes: dict[str, int]) -> None:
    loop = asyncio.get_running_loop()
    # asyncio's own pool has as many threads as the machine has processors and a few more, whatever is asked of it.
    loop.set_default_executor(ThreadPoolExecutor(sum(lanes.values()), thread_name_prefix="job"))
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    while not stopping.is_set():
        app = app_for(service)
        try:
            async with app.open_async():
                await _work(app, lanes, stopping)
        except (ConnectorException, OperationalError) as error:
            log.warning("the queue cannot be reached, trying again: %s", error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), RETURN_SECONDS)


async def _work(app: App, lanes: dict[str, int], stopping: asyncio.Event) -> None:
    """Run the lanes until the worker is told to stop or one of them has lost the database."""
    workers = [_worker(app, queue, concurrency) for queue, concurrency in lanes.items()]
    log.info("worker %s is ready", _name())
    tasks = [asyncio.create_task(worker.run()) for worker in workers]  # type: ignore[no-untyped-call]  # procrastinate's own
    watch = [asyncio.create_task(stopping.wait()), asyncio.create_task(_take_over(app))]
    await asyncio.wait([*tasks, *watch], return_when=asyncio.FIRST_COMPLETED)
    for worker in workers:
        worker.stop()  # type: ignore[no-untyped-call]  # procrastinate's own
    for task in watch:
        task.cancel()
    ended = await asyncio.gather(*tasks, *watch, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


def _worker(app: App, queue: str, concurrency: int) -> Worker:
    """Make the worker of one lane, under a name that no other process has."""
    return Worker(
        app,
        queues=[queue],
        name=f"{_name()}-{queue}",
        concurrency=concurrency,
        fetch_job_polling_interval=POLLING_SECONDS,
        shutdown_graceful_timeout=GRACE_SECONDS,
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
        install_signal_handlers=False,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=STALLED_SECONDS,
    )


async def _take_over(app: App) -> None:
    """Put the jobs of workers that died back into the queue."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            log.warning("taking over job %s of a worker that died", job.call_string)
            try:
                if job.queueing_lock:
                    # One that comes by itself does not wait twice; the next is on its way.
                    await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
                else:
                    await app.job_manager.retry_job(job)
            except ConnectorException as error:
                log.info("another worker was quicker: %s", error)
        await asyncio.sleep(STALLED_SECONDS / 2)


def _name() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"

"""The job that forgets jobs which have failed: they stay in the queue for a person to look at, but not for ever."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from provisioning.bootstrap import Service
from provisioning.jobs.job import Job
from provisioning.logs import log_of

log = log_of(__name__)
KEPT = timedelta(days=30)
"""How long a job that has failed can be looked at."""
_FORGET = text(
    "DELETE FROM procrastinate_jobs WHERE status IN ('succeeded', 'failed', 'cancelled', 'aborted')"
    " AND NOT EXISTS (SELECT FROM procrastinate_events"
    "  WHERE job_id = procrastinate_jobs.id AND at > now() - CAST(:kept AS interval))"
)


def forget(service: Service) -> None:
    """Forget jobs that ended long ago."""
    with service.outbox.engine.begin() as connection:
        jobs = connection.execute(_FORGET, {"kept": KEPT}).rowcount
    log.info("jobs that ended long ago are forgotten", jobs=jobs)


# At night in Viet Nam (UTC+7).
JOBS = (Job("forget_jobs", forget, every="50 19 * * *"),)

"""Jobs that have ended: those that failed can be looked at for a month, and are forgotten then."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from provisioning.bootstrap import Service
from provisioning.jobs.leftovers import KEPT, forget

pytestmark = pytest.mark.slow


def ended(service: Service, status: str, days: int) -> int:
    """Leave a job that got this status so many days ago; give its number."""
    with service.outbox.engine.begin() as connection:
        job: int = connection.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('none', 'lists', 'todo')"
                " RETURNING id"
            )
        ).scalar_one()
        connection.execute(
            text("UPDATE procrastinate_jobs SET status = CAST(:status AS procrastinate_job_status) WHERE id = :job"),
            {"status": status, "job": job},
        )
        connection.execute(
            text("UPDATE procrastinate_events SET at = now() - make_interval(days => :days) WHERE job_id = :job"),
            {"days": days, "job": job},
        )
    return job


def is_there(service: Service, job: int) -> bool:
    """Say whether a job is in the queue still."""
    with service.outbox.engine.begin() as connection:
        return connection.scalar(text("SELECT id FROM procrastinate_jobs WHERE id = :job"), {"job": job}) is not None


@pytest.mark.parametrize(
    ("status", "days", "stays"),
    [("failed", 1, True), ("failed", KEPT.days - 1, True), ("failed", KEPT.days + 1, False), ("todo", 400, True)],
)
def test_failed_job_stays_for_a_month(service: Service, status: str, days: int, *, stays: bool) -> None:
    """A job that failed is forgotten after a month; one that still waits never is."""
    job = ended(service, status, days)

    forget(service)

    assert is_there(service, job) is stays

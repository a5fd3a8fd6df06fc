"""The job that applies staff lists, one batch at a time; the transaction of a batch wakes the job for the next."""

from __future__ import annotations

from directory.staff_lists.apply import apply_next
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job


def apply(service: Service) -> None:
    """Do one batch of the lists that are being applied."""
    with service.outbox.transaction() as session:
        apply_next(session, clock(), "lists")


JOBS = (Job("lists", apply, every="* * * * *"),)
"""By itself once a minute too: a wake-up that a killed worker took along is made good."""

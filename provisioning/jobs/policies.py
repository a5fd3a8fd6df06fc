"""The job that rolls out policies, one batch at a time; the transaction of a batch wakes the job for the next."""

from __future__ import annotations

from directory.base import system
from directory.lifecycle import roll_out_next
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job


def roll_out(service: Service) -> None:
    """Do one batch of the policies that are being rolled out."""
    with service.outbox.transaction() as session:
        roll_out_next(session, system(clock(), "worker"))


JOBS = (Job("policies", roll_out, every="* * * * *"),)
"""By itself once a minute too: a policy may hold from a day on, and a killed worker may take a wake-up along."""

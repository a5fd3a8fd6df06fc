"""The job that counts what there is, for the pages that cannot count so much themselves."""

from __future__ import annotations

from directory.base import system
from directory.tallies import keep_tallies
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job


def keep(service: Service) -> None:
    """Count everything."""
    with service.outbox.transaction() as session:
        keep_tallies(session, system(clock(), "worker"))


JOBS = (Job("tallies", keep, every="*/15 * * * *"),)
"""Each count reads every post once: seconds at two million officials."""

"""The job of agencies: what was planned for today, a step of a merger, domains whose last day has passed."""

from __future__ import annotations

from directory.base import system
from directory.lifecycle import end_domains
from directory.reorganisation import carry_out_next, settle_agencies
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job
from provisioning.logs import log_of

log = log_of(__name__)


def follow(service: Service) -> None:
    """Do what is to be done; each part is a transaction of its own, so that one that fails stops no other."""
    actor = system(clock(), "agencies")
    with service.outbox.transaction() as session:
        ended = end_domains(session, actor)
    with service.outbox.transaction() as session:
        changed = settle_agencies(session, actor)
    with service.outbox.transaction() as session:
        carry_out_next(session, actor)  # while something is left, the transaction wakes this job again
    if ended or changed:
        log.info("a day has come for agencies", domains=ended, agencies=changed)


JOBS = (Job("agencies", follow, every="* * * * *"),)
"""Every minute: on the days that were planned, also after a day on which the service was down."""

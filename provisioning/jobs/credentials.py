"""The job that forgets sessions, slips, attempts and answers that are long over."""

from __future__ import annotations

from directory import answers
from directory.base import system
from directory.credentials import forget_leftovers
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job
from provisioning.logs import log_of

log = log_of(__name__)


def forget(service: Service) -> None:
    """Forget what nobody needs any more."""
    with service.outbox.transaction() as session:
        rows = forget_leftovers(session, system(clock(), "worker"))
        answers.forget(session, system(clock(), "worker"))
    log.info("leftovers of credentials are forgotten", rows=rows)


# At night in Viet Nam (UTC+7).
JOBS = (Job("forget_leftovers", forget, every="40 19 * * *"),)

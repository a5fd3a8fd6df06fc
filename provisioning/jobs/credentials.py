"""The jobs that forget what of sign-ins and answers is long over, and revoke app passwords that nobody uses."""

from __future__ import annotations

from directory import answers
from directory.base import system
from directory.credentials import forget_leftovers, revoke_disused
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job
from provisioning.jobs.usage import is_use_known
from provisioning.logs import log_of

log = log_of(__name__)


def forget(service: Service) -> None:
    """Forget what nobody needs any more."""
    with service.outbox.transaction() as session:
        rows = forget_leftovers(session, system(clock(), "worker"))
        answers.forget(session, system(clock(), "worker"))
    log.info("leftovers of credentials are forgotten", rows=rows)


def revoke_unused(service: Service) -> None:
    """Revoke app passwords that no mail client uses; without the log of the mail store none."""
    if not is_use_known(service):
        return
    after: int | None = 0
    while after is not None:
        with service.outbox.transaction() as session:
            after = revoke_disused(session, system(clock(), "worker"), after)


JOBS = (
    # At night in Viet Nam (UTC+7).
    Job("forget_leftovers", forget, every="40 19 * * *"),
    Job("revoke_unused", revoke_unused, every="15 18-20 * * *"),
)

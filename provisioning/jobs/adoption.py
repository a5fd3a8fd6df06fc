"""The job that keeps the figures of each day that has ended."""

from __future__ import annotations

from datetime import timedelta

from directory.adoption import (
    forget_use,
    is_counted,
    mark_sign_ins,
    suspend_disused,
    take_snapshot,
    thin_snapshots,
    thin_use,
)
from directory.base import start_of, system
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job
from provisioning.jobs.usage import is_use_known
from provisioning.logs import log_of

LOOK_BACK = timedelta(days=7)
"""Sign-ins of so many days are looked at again, in case no worker was there to note them at the time."""
log = log_of(__name__)


def count_yesterday(service: Service) -> None:
    """Count the day that has ended, once; a night without a worker is made up for at the next hour."""
    actor = system(clock(), "worker")
    yesterday = actor.today - timedelta(days=1)
    with service.outbox.transaction() as session:
        if is_counted(session, yesterday):
            return
        mark_sign_ins(session, start_of(actor.today) - LOOK_BACK)
        forget_use(session, actor.today)
        agencies = take_snapshot(session, actor, yesterday)
    log.info("adoption is counted", day=yesterday.isoformat(), agencies=agencies)


def thin(service: Service) -> None:
    """Keep of what is long past only what is still asked for: the last of each month."""
    today = system(clock(), "worker").today
    with service.outbox.transaction() as session:
        days = thin_use(session, today)
    with service.outbox.transaction() as session:
        snapshots = thin_snapshots(session, today)
    log.info("adoption is thinned", days=days, snapshots=snapshots)


def suspend_unused(service: Service) -> None:
    """Suspend what nobody uses, and tell those whose turn comes; killed, it does the rest the next time.

    Without the log of the mail store nobody is told or suspended: a whole province that only uses mail would be.
    """
    if not is_use_known(service):
        return
    with service.outbox.transaction() as session:
        mark_sign_ins(session, start_of(system(clock(), "worker").today) - LOOK_BACK)
    after: int | None = 0
    while after is not None:
        with service.outbox.transaction() as session:
            after = suspend_disused(session, system(clock(), "worker"), after)


JOBS = (
    # Ten past each hour; the first after midnight in Viet Nam (UTC+7, no summer time) finds the day to count.
    Job("adoption", count_yesterday, every="10 * * * *"),
    Job("thin_adoption", thin, every="30 20 * * *"),
    # From one to four at night in Viet Nam: what a killed worker left is done an hour later.
    Job("suspend_unused", suspend_unused, every="0 18-20 * * *"),
)

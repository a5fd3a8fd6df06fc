"""The jobs that roll out policies, one batch at a time, and let mailboxes follow posts that begin."""

from __future__ import annotations

from directory.base import system
from directory.lifecycle import follow_new_posts, roll_out_next
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job


def roll_out(service: Service) -> None:
    """Do one batch of the policies that are being rolled out."""
    with service.outbox.transaction() as session:
        roll_out_next(session, system(clock(), "worker"))


def follow_posts(service: Service) -> None:
    """Let the mailboxes of those whose post began follow it, a batch after the other."""
    after: int | None = 0
    while after is not None:
        with service.outbox.transaction() as session:
            after = follow_new_posts(session, system(clock(), "worker"), after)


JOBS = (
    # By itself once a minute too: a policy may hold from a day on, and a killed worker may take a wake-up along.
    Job("policies", roll_out, every="* * * * *"),
    # At ten past midnight in Viet Nam (UTC+7), when the day's posts have begun.
    Job("quotas", follow_posts, every="10 17 * * *"),
)

"""Jobs that make entries real, and those that find what has become due by the calendar alone."""

from __future__ import annotations

from directory.base import system
from directory.lifecycle import carry_out_days
from directory.mailing_lists import follow
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job
from provisioning.reconcile.moments import mark_what_time_changed

ROUNDS = 5
"""Rounds one job does before it makes room for the next."""


def reconcile(service: Service) -> None:
    """Make what is due real; a target that failed is left in peace for a while."""
    for _ in range(ROUNDS):
        report = service.reconciler.run()
        if report.paused_for is not None:
            with service.outbox.transaction() as session:
                service.queue.defer(session, "reconcile", after=report.paused_for)
            return
        if not report.claimed:
            return
    with service.outbox.transaction() as session:
        service.queue.defer(session, "reconcile")


def follow_the_calendar(service: Service) -> None:
    """Carry out what was decided for days that have begun, then note as due what else the time has changed."""
    done = 1
    while done:
        with service.outbox.transaction() as session:
            done = carry_out_days(session, system(clock(), "calendar"))
    with service.outbox.transaction() as session:
        mark_what_time_changed(session, clock())


def follow_posts(service: Service) -> None:
    """Note as due the mailing lists that may have other members, at most once in a while, however much happened."""
    with service.outbox.transaction() as session:
        follow(session, system(clock(), "lists"))


JOBS = (
    # Whoever marks something due wakes it; by itself it comes for what waited, and for what a dead worker left.
    Job("reconcile", reconcile, every="* * * * * */5"),
    Job("calendar", follow_the_calendar, every="* * * * *"),
    Job("members", follow_posts, every="* * * * * */10"),
)

"""Jobs that make entries real, and those that find what has become due by the calendar alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from directory.base import system
from directory.lifecycle import carry_out_days
from directory.mailing_lists import follow
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job
from provisioning.logs import log_of
from provisioning.ports import Unavailable
from provisioning.reconcile.moments import mark_what_time_changed
from provisioning.reconcile.scan import Report

log = log_of(__name__)
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


def scan_all(service: Service) -> None:
    """Compare every entry with the book."""
    _scan(service.scanner.full)


def scan_changes(service: Service) -> None:
    """Compare what was written since the scan before."""
    _scan(service.scanner.changed)


def _scan(scan: Callable[[], Report]) -> None:
    """Do one scan; one that the target cuts off is done whole the next time."""
    try:
        report = scan()
    except Unavailable as fault:
        log.warning("the target could not be scanned", reason=fault.reason)
        return
    log.info("scanned", **asdict(report))


JOBS = (
    # Whoever marks something due wakes it; by itself it comes for what waited, and for what a dead worker left.
    Job("reconcile", reconcile, every="* * * * * */5"),
    Job("calendar", follow_the_calendar, every="* * * * *"),
    Job("members", follow_posts, every="* * * * * */10"),
    # At half past two in Viet Nam (UTC+7); it finds what was removed, too.
    Job("scan", scan_all, every="30 19 * * *"),
    Job("scan_changes", scan_changes, every="*/15 * * * *"),
)

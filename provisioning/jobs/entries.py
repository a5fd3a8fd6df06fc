"""Jobs that make entries real, and those that find what has become due by the calendar alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from directory.base import system
from directory.due import wake
from directory.lifecycle import carry_out_days
from directory.mailing_lists import follow, may_follow
from directory.targets import DEFAULT
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job
from provisioning.logs import log_of
from provisioning.outbox import CALENDAR, lane_of
from provisioning.ports import Unavailable
from provisioning.reconcile.claims import is_paused
from provisioning.reconcile.moments import mark_what_time_changed
from provisioning.reconcile.scan import Report, Scanner

log = log_of(__name__)


def reconcile(service: Service, target: str = DEFAULT, *, only_urgent: bool = False) -> None:
    """Make what is due in a target real; one that failed is left in peace for a while."""
    reconciler = service.reconciler_of(target)
    is_more = True
    while is_more:
        report = reconciler.run(only_urgent=only_urgent)
        if report.paused_for is not None:
            with service.outbox.transaction() as session:
                service.queue.defer(session, lane_of(target), after=report.paused_for)
            return
        if only_urgent and report.claimed:
            with service.outbox.transaction() as session:
                wake(session, target)  # for what was marked together with these and has waited for them
        # Whoever takes a whole batch has called for another, who goes on.
        is_more = 0 < report.claimed < reconciler.batch


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
        if may_follow(session):
            follow(session, system(clock(), "lists"))


def scan_all(service: Service) -> None:
    """Compare every entry with the book."""
    _scan(service, Scanner.full)


def scan_changes(service: Service) -> None:
    """Compare what was written since the scan before."""
    _scan(service, Scanner.changed)


def scan_target(service: Service, target: str) -> None:
    """Compare one target with the book, as after a maintenance: who knows what was done there."""
    _scan_one(service, target, Scanner.full)


def _scan(service: Service, scan: Callable[[Scanner], Report]) -> None:
    """Scan each target."""
    for target in service.targets:
        _scan_one(service, target, scan)


def _scan_one(service: Service, target: str, scan: Callable[[Scanner], Report]) -> None:
    """Scan a target that is not kept still; a scan that it cuts off is done whole the next time."""
    with service.outbox.transaction() as session:
        if is_paused(session, target):
            return
    try:
        report = scan(service.scanner_of(target))
    except Unavailable as fault:
        log.warning("the target could not be scanned", target=target, reason=fault.reason)
    else:
        log.info("scanned", target=target, **asdict(report))


def reconciling(target: str) -> list[Job]:
    """Give the jobs that make the entries of one target real.

    Whoever marks something due wakes one; the first comes by itself too, for what waited and what a dead worker left.
    """
    return [
        Job(lane_of(target), partial(reconcile, target=target), every="* * * * * */5"),
        Job(lane_of(target, urgent=True), partial(reconcile, target=target, only_urgent=True)),
    ]


JOBS = (
    Job(CALENDAR, follow_the_calendar, every="* * * * *"),
    Job("members", follow_posts, every="* * * * * */10"),
    # At half past two in Viet Nam (UTC+7); it finds what was removed, too.
    Job("scan", scan_all, every="30 19 * * *"),
    Job("scan_changes", scan_changes, every="*/15 * * * *"),
    Job("scan_target", scan_target),
)

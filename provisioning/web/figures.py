"""The figures of the engine, read from the book when they are asked for: right with any number of processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.orm import Session

from directory.targets import DEFAULT
from provisioning.outbox import CALENDAR, lane_of
from provisioning.pings import Answer, part_of
from provisioning.reconcile.tables import SCANS
from provisioning.reconcile.targets import Load, TargetHealth

GAUGES = {
    "congvu_drifts": ("Entries changed by others that wait for a person", "SELECT count(*) FROM drifts"),
    "congvu_foreign": ("Entries of the target that are nobody's", "SELECT count(*) FROM foreign_entries"),
    "congvu_notices_waiting": ("Notices that wait to be sent", "SELECT count(*) FROM notices WHERE sent_at IS NULL"),
    "congvu_jobs": ("Jobs in the queue", "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"),
    "congvu_worker_seen_seconds": (
        "Since when no worker has said that it lives; -1 if none ever did",
        "SELECT COALESCE(extract(epoch FROM now() - max(last_heartbeat)), -1) FROM procrastinate_workers",
    ),
}
"""Each with its meaning and the statement that gives it; every one is answered from an index or a short table."""
OF_TARGETS: dict[str, tuple[str, Callable[[TargetHealth, datetime], float]]] = {
    "congvu_due": ("Subjects that wait to be made real", lambda each, _: _load(each).due),
    "congvu_due_urgent": ("Of these, disables", lambda each, _: _load(each).urgent),
    "congvu_due_oldest_seconds": (
        "Since when the oldest of them waits",
        lambda each, now: _seconds(_load(each).oldest, now) or 0,
    ),
    "congvu_failing": ("Entries that will be tried again", lambda each, _: _load(each).retrying),
    "congvu_refused": ("Entries that a person must look at", lambda each, _: _load(each).refused),
    "congvu_entry_rate": ("Tries a second to make an entry real, over the latest minutes", lambda each, _: each.rate),
    "congvu_target_known": ("Whether the settings say where the target is", lambda each, _: each.is_known),
    "congvu_target_failing_seconds": (
        "Since when the target does not work; 0 if it does",
        lambda each, now: _seconds(each.status.failing_since if each.status else None, now) or 0,
    ),
    "congvu_target_paused": (
        "Whether the target is left in peace for some seconds after a fault",
        lambda each, now: each.status is not None and (each.status.paused_until or now) > now,
    ),
    "congvu_target_maintenance": (
        "Whether a person has said that nothing is to be written to the target",
        lambda each, _: each.status is not None and each.status.maintenance_since is not None,
    ),
}
"""Each with its meaning and how it follows from the health of a target."""
WAITING_JOBS = """
    SELECT queue_name, extract(epoch FROM now() - min(COALESCE(scheduled_at, event.at)))
    FROM procrastinate_jobs AS job
    JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
    WHERE job.status = 'todo' AND COALESCE(scheduled_at, event.at) <= now() GROUP BY queue_name
"""
LANES_OF_ALL = ("default", CALENDAR, "notices", lane_of(DEFAULT), lane_of(DEFAULT, urgent=True))
"""Those that every service has; other targets have lanes of their own."""
LOGS = "SELECT name, host, lines, unreadable, gaps FROM log_positions ORDER BY name, host"
LOG_COUNTERS = {
    "lines": "Lines read from a log of the mail servers",
    "unreadable": "Lines of a log that looked like use and could not be read",
    "gaps": "How often a log was gone before it was read to its end",
}


def exposition(session: Session, answers: Sequence[Answer], targets: Sequence[TargetHealth], now: datetime) -> bytes:
    """Give all figures in Prometheus's text form."""
    registry = CollectorRegistry()
    registry.register(_Book(session))
    registry.register(_Parts(answers))
    registry.register(_Targets(targets, answers, now))
    return generate_latest(registry)


def exposition_of_parts(answers: Sequence[Answer]) -> bytes:
    """Give what is known without the book: which parts answer."""
    registry = CollectorRegistry()
    registry.register(_Parts(answers))
    return generate_latest(registry)


class _Parts(Collector):
    """Tells which parts answer."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = answers

    def describe(self) -> Iterable[Metric]:
        """Describe nothing beforehand."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Tell of every part."""
        up = GaugeMetricFamily("congvu_up", "Whether a part answers", labels=["part"])
        for answer in self.answers:
            up.add_metric([answer.part], float(answer.failure is None))
        yield up


class _Targets(Collector):
    """Tells the figures of each target."""

    def __init__(self, targets: Sequence[TargetHealth], answers: Sequence[Answer], now: datetime) -> None:
        self.targets = targets
        self.answers = {answer.part: answer.failure is None for answer in answers}
        self.now = now

    def describe(self) -> Iterable[Metric]:
        """Describe nothing beforehand."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Tell every figure."""
        for name, (meaning, figure) in OF_TARGETS.items():
            family = GaugeMetricFamily(name, meaning, labels=["target"])
            for each in self.targets:
                family.add_metric([each.name], float(figure(each, self.now)))
            yield family
        up = GaugeMetricFamily("congvu_target_up", "Whether the LDAP server of the target answers", labels=["target"])
        results = CounterMetricFamily(
            "congvu_entry_results", "Tries to make an entry real, with any outcome", labels=["target"]
        )
        reasons = GaugeMetricFamily("congvu_failing_reasons", "Entries that fail, by why", labels=["target", "reason"])
        scans = GaugeMetricFamily(
            "congvu_scan_seconds",
            "Since when the target was not compared whole (full), or what changed in it; -1 if it never was",
            labels=["target", "kind"],
        )
        for each in self.targets:
            up.add_metric([each.name], float(self.answers.get(part_of(each.name), False)))
            results.add_metric([each.name], each.status.results if each.status else 0)
            for reason, count in _load(each).reasons.items():
                reasons.add_metric([each.name, reason], count)
            for kind in SCANS:
                scan = each.scans.get(kind)
                age = _seconds(scan.finished_at if scan else None, self.now)
                scans.add_metric([each.name, kind], -1 if age is None else age)
        yield from (up, results, reasons, scans)


def _load(health: TargetHealth) -> Load:
    """Give what waits and fails; it is told to this service's own eyes always."""
    return health.load or Load()


def _seconds(instant: datetime | None, now: datetime) -> float | None:
    """Give how long ago something was."""
    return (now - instant).total_seconds() if instant else None


class _Book(Collector):
    """Reads the figures for one scrape."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def describe(self) -> Iterable[Metric]:
        """Describe nothing beforehand: registering must not read the book."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Read every figure."""
        for name, (meaning, statement) in GAUGES.items():
            yield GaugeMetricFamily(name, meaning, float(self.session.scalar(text(statement)) or 0))
        yield self._lanes()
        yield from self._logs()

    def _lanes(self) -> Metric:
        """Read since when jobs wait in each lane: which lanes a worker has is told nowhere, only that it lives."""
        family = GaugeMetricFamily(
            "congvu_jobs_oldest_seconds",
            "Since when a job waits in a lane and no worker takes it; 0 if none waits",
            labels=["lane"],
        )
        waiting: dict[str, float] = dict(self.session.execute(text(WAITING_JOBS)).all())
        for lane in sorted({*LANES_OF_ALL, *waiting}):
            family.add_metric([lane], float(waiting.get(lane, 0)))
        return family

    def _logs(self) -> Iterable[Metric]:
        """Read how far the logs were read."""
        rows = list(self.session.execute(text(LOGS)).mappings())
        for column, meaning in LOG_COUNTERS.items():
            family = CounterMetricFamily(f"congvu_log_{column}", meaning, labels=["log", "host"])
            for row in rows:
                family.add_metric([row["name"], row["host"]], row[column])
            yield family

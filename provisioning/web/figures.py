"""The figures of the engine, read from the book when they are asked for: right with any number of processes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.orm import Session

from provisioning.pings import Answer

GAUGES = {
    "congvu_due": ("Subjects that wait to be made real", "SELECT count(*) FROM due"),
    "congvu_due_urgent": ("Of these, disables", "SELECT count(*) FROM due WHERE urgent"),
    "congvu_due_oldest_seconds": (
        "Since when the oldest of them waits",
        "SELECT COALESCE(extract(epoch FROM now() - min(since)), 0) FROM due",
    ),
    "congvu_failing": ("Entries that will be tried again", "SELECT count(*) FROM entry_status WHERE state = 'retry'"),
    "congvu_refused": (
        "Entries that a person must look at",
        "SELECT count(*) FROM entry_status WHERE state = 'refused'",
    ),
    "congvu_drifts": ("Entries changed by others that wait for a person", "SELECT count(*) FROM drifts"),
    "congvu_foreign": ("Entries of the target that are nobody's", "SELECT count(*) FROM foreign_entries"),
    "congvu_scan_seconds": (
        "Since when the target was not compared whole; -1 if it never was",
        "SELECT COALESCE(extract(epoch FROM now() - max(finished_at)), -1) FROM scans WHERE kind = 'full'",
    ),
    "congvu_notices_waiting": ("Notices that wait to be sent", "SELECT count(*) FROM notices WHERE sent_at IS NULL"),
    "congvu_jobs": ("Jobs in the queue", "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"),
    "congvu_worker_seen_seconds": (
        "Since when no worker has said that it lives; -1 if none ever did",
        "SELECT COALESCE(extract(epoch FROM now() - max(last_heartbeat)), -1) FROM procrastinate_workers",
    ),
}
"""Each with its meaning and the statement that gives it; every one is answered from an index or a short table."""
RESULTS = "SELECT COALESCE(sum(n_tup_ins + n_tup_upd), 0) FROM pg_stat_user_tables WHERE relname = 'entry_status'"
"""Each result of a try writes one row there, and PostgreSQL counts the writes: the rate of it is the engine's."""
LOGS = "SELECT name, host, lines, unreadable, gaps FROM log_positions ORDER BY name, host"
LOG_COUNTERS = {
    "lines": "Lines read from a log of the mail servers",
    "unreadable": "Lines of a log that looked like use and could not be read",
    "gaps": "How often a log was gone before it was read to its end",
}


def exposition(session: Session, answers: Sequence[Answer]) -> bytes:
    """Give all figures in Prometheus's text form."""
    registry = CollectorRegistry()
    registry.register(_Book(session, answers))
    return generate_latest(registry)


class _Book(Collector):
    """Reads the figures for one scrape."""

    def __init__(self, session: Session, answers: Sequence[Answer]) -> None:
        self.session = session
        self.answers = answers

    def describe(self) -> Iterable[Metric]:
        """Describe nothing beforehand: registering must not read the book."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Read every figure."""
        for name, (meaning, statement) in GAUGES.items():
            yield GaugeMetricFamily(name, meaning, float(self.session.scalar(text(statement)) or 0))
        results = float(self.session.scalar(text(RESULTS)) or 0)
        yield CounterMetricFamily("congvu_entry_results", "Tries to make an entry real, with any outcome", results)
        up = GaugeMetricFamily("congvu_up", "Whether a part answers", labels=["part"])
        for answer in self.answers:
            up.add_metric([answer.part], float(answer.failure is None))
        yield up
        yield from self._logs()

    def _logs(self) -> Iterable[Metric]:
        """Read how far the logs were read."""
        rows = list(self.session.execute(text(LOGS)).mappings())
        for column, meaning in LOG_COUNTERS.items():
            family = CounterMetricFamily(f"congvu_log_{column}", meaning, labels=["log", "host"])
            for row in rows:
                family.add_metric([row["name"], row["host"]], row[column])
            yield family

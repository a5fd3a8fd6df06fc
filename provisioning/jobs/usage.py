"""The job that reads days of use out of the mail servers' logs and the portal's sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from directory.adoption import mark_sign_ins
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job
from provisioning.logs import log_of
from provisioning.usage import READERS, harvest, logs_at, was_read

BACK = timedelta(hours=1)
"""How far back sessions are looked at: between showing the password and the second factor some time may pass."""
READ_WITHIN = timedelta(days=1)
"""If the log of the mail store was not read for longer, nobody knows who uses what."""
log = log_of(__name__)


def is_use_known(service: Service) -> bool:
    """Say whether the log of the mail store is being read: else whoever only uses mail looks idle, all of them at once.

    Who asks leaves everything as it is then; that stands in the log.
    """
    with service.outbox.transaction() as session:
        is_known = was_read(session, "dovecot", clock() - READ_WITHIN)
    if not is_known:
        log.warning("what nobody uses is kept: the log of the mail store was not read lately")
    return is_known


def read_logs(service: Service) -> None:
    """Read each log on from where it was left; one that cannot be read does not keep the others waiting."""
    now = clock()
    logs = {"dovecot": service.settings.dovecot_log, "postfix": service.settings.postfix_log}
    for name in READERS:
        path = logs[name]
        if path is None:
            continue
        try:
            found = logs_at(path)
        except OSError as error:
            log.warning("there is no log", log=name, path=str(path), reason=str(error))
            continue
        for host, each in found.items():
            _read(service, name, host, each, now)
    with service.outbox.transaction() as session:
        mark_sign_ins(session, now - BACK)


def _read(service: Service, name: str, host: str, path: Path, now: datetime) -> None:
    """Read one host's log on."""
    try:
        done = harvest(service.outbox, name, path, now, host=host)
    except OSError as error:
        log.warning("a log cannot be read", log=name, host=host, path=str(path), reason=str(error))
        return
    if done.unreadable or done.gaps:
        log.warning(
            "a log has lines that cannot be read", log=name, host=host, unreadable=done.unreadable, gaps=done.gaps
        )


JOBS = (Job("usage", read_logs, every="* * * * *"),)

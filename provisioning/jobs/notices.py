"""The job that sends notices."""

from __future__ import annotations

from provisioning.bootstrap import Service
from provisioning.jobs.job import Job

ROUNDS = 5
"""Rounds one job does before it makes room for the next."""


def send(service: Service) -> None:
    """Send the notices that wait; those that could not leave come again by themselves."""
    for _ in range(ROUNDS):
        if not service.postman.run().is_full:
            return
    with service.outbox.transaction() as session:
        service.queue.defer(session, "notices")


JOBS = (Job("notices", send, every="* * * * * */15"),)

"""The access log: which view answered, how and how fast. No address line, no query, no account: the audit has those."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, Response, g, request

from provisioning.logs import log_of
from provisioning.web.request import source

LONGEST_PATH = 200
QUIET = ("assets.asset", "health.healthy", "health.metrics")
"""Views that say nothing when all is well."""
log = log_of("access")


def note(answer: Response) -> Response:
    """Write one line about a request that was answered."""
    if request.endpoint in QUIET and answer.status_code < 400:  # noqa: PLR2004 - where HTTP's errors begin
        return answer
    rule = request.url_rule
    log.info(
        "answered",
        method=request.method,
        # The pattern of the view, not the address: an id of a person is nobody's business here.
        view=rule.rule if rule else None,
        path=None if rule else request.path[:LONGEST_PATH],
        status=answer.status_code,
        bytes=answer.calculate_content_length(),
        milliseconds=round((datetime.now(UTC) - g.now).total_seconds() * 1000),
        source=source(),
    )
    return answer


def install(app: Flask) -> None:
    """Let every answer be noted."""
    app.after_request(note)

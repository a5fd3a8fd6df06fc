"""Logs: one JSON object a line, with the number of the request; no line can be forged and no secret gets in."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.stdlib import BoundLogger
from structlog.typing import EventDict, Processor

SECRET = frozenset(
    {
        "api_token",
        "authorization",
        "birth_date",
        "code",
        "cookie",
        "csrf_token",
        "key",
        "password",
        "personal_id",
        "phone",
        "secret",
        "token",
        "totp",
    }
)
"""Names under which nothing is ever written, whoever puts it there."""
HIDDEN = "(not logged)"
_OTHERS = ("gunicorn.error", "gunicorn.access")
"""Loggers that come with handlers of their own."""


def log_of(name: str) -> BoundLogger:
    """Give the log of a module; what is said is a sentence, what it is about comes as named values."""
    log: BoundLogger = structlog.stdlib.get_logger(name)
    return log


def configure(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Let everything that is logged, ours and the libraries', leave as JSON; doing it again changes the stream."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_BEFORE,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # As JSON in ASCII: whatever a stranger put into a value ends up escaped.
                structlog.processors.JSONRenderer(serializer=json.dumps),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _OTHERS:
        other = logging.getLogger(name)
        other.handlers.clear()
        other.propagate = True


def bind(request_id: str) -> None:
    """Begin a request: every line of its thread says which one it belongs to."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def hide_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:  # noqa: ANN401 - structlog's signature
    """Replace values whose name says that they are secret or personal, also inside of what is logged."""
    hidden = _hidden(event)
    event.clear()
    event.update(hidden)
    return event


def _hidden(values: Mapping[str, Any]) -> MutableMapping[str, Any]:
    """Give a mapping without its secrets."""
    return {
        name: HIDDEN if name.lower() in SECRET else _hidden(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
    }


_BEFORE: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.processors.format_exc_info,
    hide_secrets,
]
"""What happens to every line, whoever wrote it."""
# Left alone, structlog writes to the standard output, which belongs to what a command was asked for.
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_BEFORE, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

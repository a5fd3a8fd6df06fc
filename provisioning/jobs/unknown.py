"""Jobs of kinds that only a newer version knows, while both work: this one leaves them in the queue for the other."""

from __future__ import annotations

from typing import Any

from procrastinate import App, RetryStrategy
from procrastinate.tasks import Task

WAIT_SECONDS = 30
"""After which one is offered again, to whoever is there then."""
OFFERS = 24 * 60 * 60 // WAIT_SECONDS
"""Within a day every worker is of one version; what none knows then has failed."""


class UnknownKind(Exception):
    """This version does not know this kind of job: the queue offers it again, until a newer worker takes it."""


class _Kinds(dict[str, Task[..., Any, Any]]):
    """The kinds that are known; in place of any other stands what leaves the job where it is."""

    def __init__(self, known: dict[str, Task[..., Any, Any]], other: Task[..., Any, Any]) -> None:
        super().__init__(known)
        self.other = other

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401, ARG002 - a dictionary's
        """Give the kind of this name; the queue asks here before each job."""
        return super().get(name, self.other)


def leave_unknown(app: App) -> None:
    """Let an application whose kinds are all registered leave the others to newer workers.

    The queue itself would mark such a job as failed, and what somebody asked for with it would never happen.
    """
    retry = RetryStrategy(max_attempts=OFFERS, wait=WAIT_SECONDS)
    other: Task[..., Any, Any] = Task(_leave, blueprint=app, name="unknown", queue="default", retry=retry)
    app.tasks = _Kinds(app.tasks, other)


def _leave(**_arguments: object) -> None:
    raise UnknownKind

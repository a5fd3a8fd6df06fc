"""What of the database is ours to declare: the book and what the service keeps; the queue is procrastinate's."""

from __future__ import annotations

from typing import Any

from provisioning.reconcile import tables as reconcile
from provisioning.usage import tables as usage

TABLES = (usage.LogPosition, reconcile.EntryStatus, reconcile.TargetStatus)
"""Tables of the service round the book; naming them here adds them to the metadata that migrations are held against."""


def include_name(name: str | None, kind: str, _parents: Any) -> bool:  # noqa: ANN401 - alembic's own mapping type
    """Leave the queue's tables and alembic's own out of comparisons."""
    return not (
        kind == "table" and name is not None and (name.startswith("procrastinate_") or name == "alembic_version")
    )

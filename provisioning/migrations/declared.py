"""What of the database is ours to declare: the queue's own tables are procrastinate's."""

from __future__ import annotations

from typing import Any


def include_name(name: str | None, kind: str, _parents: Any) -> bool:  # noqa: ANN401 - alembic's own mapping type
    """Leave the queue's tables and alembic's own out of comparisons."""
    return not (
        kind == "table" and name is not None and (name.startswith("procrastinate_") or name == "alembic_version")
    )

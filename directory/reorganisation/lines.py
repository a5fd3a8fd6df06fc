"""Dated lines of agencies, their names and their places: what holds now stands in the agency's own row as well."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Line:
    """A table that says something of an agency from a day to a day; its fields are called as those of the agency."""

    table: str
    fields: Mapping[str, str]
    """Each with its type in PostgreSQL."""


NAMES = Line("agency_names", {"name": "text", "short_name": "text"})
PLACES = Line("agency_places", {"parent_id": "bigint"})


def follow(session: Session, line: Line, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let what is new follow what held before, in three statements for any number of agencies, each named once.

    A row has `agency_id`, `since`, `decision` and the line's fields. What was planned for a later day stays.
    """
    if not rows:
        return
    session.flush()
    types = {"agency_id": "bigint", "since": "date", "decision": "text", **line.fields}
    arrays = ", ".join(f"CAST(:{name} AS {type_}[])" for name, type_ in types.items())
    wanted = f"WITH wanted AS (SELECT * FROM unnest({arrays}) AS wanted ({', '.join(types)}))"  # noqa: S608 - constants
    values = {name: [row[name] for row in rows] for name in types}
    for statement in (_FIRST, _BEFORE, _NEW):
        session.execute(text(wanted + statement.format(**_names(line))), values)


def settle(session: Session, line: Line, today: date, agency_ids: Collection[int] | None = None) -> list[int]:
    """Write what holds today into the agencies' own rows; give the ids of those that changed."""
    ids = None if agency_ids is None else list(agency_ids)
    changed = session.scalars(text(_SETTLE.format(**_names(line))), {"today": today, "ids": ids}).all()
    if changed:
        session.expire_all()
    return list(changed)


def _names(line: Line) -> dict[str, str]:
    """Give what stands in the statements for a line."""
    fields = line.fields
    return {
        "table": line.table,
        "fields": ", ".join(fields),
        "present": ", ".join(f"agencies.{field}" for field in fields),
        "wanted": ", ".join(f"wanted.{field}" for field in fields),
        "excluded": ", ".join(f"{field} = excluded.{field}" for field in fields),
        "set": ", ".join(f"{field} = line.{field}" for field in fields),
        "differ": " OR ".join(f"agencies.{field} IS DISTINCT FROM line.{field}" for field in fields),
    }


# An agency that changes for the first time gets a row of what held since it began.
_FIRST = """
INSERT INTO {table} (agency_id, valid_from, {fields})
SELECT agencies.id, agencies.valid_from, {present} FROM agencies JOIN wanted ON wanted.agency_id = agencies.id
 WHERE agencies.valid_from < wanted.since AND NOT EXISTS (SELECT FROM {table} WHERE agency_id = agencies.id)
"""
_BEFORE = """
UPDATE {table} AS line SET valid_to = wanted.since FROM wanted
 WHERE line.agency_id = wanted.agency_id AND line.valid_from < wanted.since
   AND (line.valid_to IS NULL OR line.valid_to > wanted.since)
"""
_NEW = """
INSERT INTO {table} (agency_id, valid_from, valid_to, decision, {fields})
SELECT wanted.agency_id, wanted.since,
       (SELECT min(later.valid_from) FROM {table} AS later
         WHERE later.agency_id = wanted.agency_id AND later.valid_from > wanted.since),
       wanted.decision, {wanted}
  FROM wanted
ON CONFLICT (agency_id, valid_from) DO UPDATE SET decision = excluded.decision, {excluded}
"""
_SETTLE = """
UPDATE agencies SET {set} FROM {table} AS line
 WHERE line.agency_id = agencies.id AND line.valid_from <= :today AND (line.valid_to IS NULL OR line.valid_to > :today)
   AND ({differ}) AND (CAST(:ids AS bigint[]) IS NULL OR agencies.id = ANY(CAST(:ids AS bigint[])))
RETURNING agencies.id
"""

"""Counting adoption: one statement for an agency, or for all, with everything below each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from directory.adoption.indicators import COUNTED, Figures
from directory.base import start_of
from directory.policies import DEFAULTS

FIGURES = """
WITH scope AS MATERIALIZED (
  SELECT id, path, nlevel(path) AS level, valid_from <= :day AND (valid_to IS NULL OR valid_to > :day) AS is_open
  FROM agencies WHERE CAST(:top AS ltree) IS NULL OR path <@ CAST(:top AS ltree)
),
-- Each agency with itself and those above it, as far up as we count.
line AS MATERIALIZED (
  SELECT scope.id, scope.level, above.id AS above_id, above.level AS above_level
  FROM scope
  CROSS JOIN LATERAL unnest(CAST(string_to_array(ltree2text(scope.path), '.') AS bigint[])) AS label
  JOIN scope AS above ON above.id = label
),
-- From which day on use counts at each agency: its own policy, or the nearest one above it.
counted_from AS (
  SELECT scope.id, :day - COALESCE(nearest.use_days, :use_days) + 1 AS since
  FROM scope LEFT JOIN LATERAL (
    SELECT CAST(policies.value->>'value' AS int) AS use_days
    FROM policies JOIN agencies ON agencies.id = policies.agency_id
    WHERE policies.name = 'use_days' AND agencies.path @> scope.path
    ORDER BY nlevel(agencies.path) DESC LIMIT 1
  ) AS nearest ON true
),
-- The people whose primary appointment is at the agency itself.
people AS (
  SELECT post.agency_id,
    count(*) AS listed,
    count(address.mailbox_id) AS provided,
    count(*) FILTER (WHERE is_active) AS activated,
    count(*) FILTER (WHERE is_active AND totp.confirmed_at IS NOT NULL) AS second_factor,
    count(*) FILTER (WHERE is_active AND EXISTS (
      SELECT FROM use_days AS used
      WHERE used.account_id = account.id AND used.day BETWEEN counted_from.since AND :day
    )) AS in_use
  FROM appointments AS post
  JOIN counted_from ON counted_from.id = post.agency_id
  LEFT JOIN accounts AS account ON account.official_id = post.official_id AND account.state <> 'disabled'
  LEFT JOIN mailboxes AS mailbox ON mailbox.account_id = account.id AND mailbox.state <> 'disabled'
  LEFT JOIN addresses AS address ON address.mailbox_id = mailbox.id AND address.kind = 'primary'
  LEFT JOIN totp ON totp.account_id = account.id
  CROSS JOIN LATERAL (
    SELECT address.mailbox_id IS NOT NULL AND account.activated_at < :end_of_day AS is_active
  ) AS state
  WHERE post.kind = 'primary' AND post.valid_from <= :day AND (post.valid_to IS NULL OR post.valid_to > :day)
  GROUP BY post.agency_id
),
sums AS (
  SELECT line.above_id AS id, sum(listed) AS listed, sum(provided) AS provided, sum(activated) AS activated,
    sum(in_use) AS in_use, sum(second_factor) AS second_factor
  FROM people JOIN line ON line.id = people.agency_id
  GROUP BY line.above_id
),
-- A declared headcount counts for the agencies above it up to the first that declared its own.
posts AS (
  SELECT headcounts.agency_id, headcounts.posts FROM headcounts JOIN scope ON scope.id = headcounts.agency_id
  WHERE scope.is_open AND headcounts.valid_from <= :day AND (headcounts.valid_to IS NULL OR headcounts.valid_to > :day)
),
barrier AS (
  SELECT posts.agency_id, posts.posts, COALESCE(max(line.above_level), 0) AS above_level
  FROM posts LEFT JOIN (line JOIN posts AS other ON other.agency_id = line.above_id)
    ON line.id = posts.agency_id AND line.above_level < line.level
  GROUP BY posts.agency_id, posts.posts
),
declared AS (
  SELECT line.above_id AS id, sum(barrier.posts) AS posts
  FROM barrier JOIN line ON line.id = barrier.agency_id AND line.above_level > barrier.above_level
  GROUP BY line.above_id
)
SELECT scope.id AS agency_id, CAST(declared.posts AS bigint) AS declared,
  CAST(COALESCE(sums.listed, 0) AS bigint) AS listed, CAST(COALESCE(sums.provided, 0) AS bigint) AS provided,
  CAST(COALESCE(sums.activated, 0) AS bigint) AS activated, CAST(COALESCE(sums.in_use, 0) AS bigint) AS in_use,
  CAST(COALESCE(sums.second_factor, 0) AS bigint) AS second_factor
FROM scope LEFT JOIN sums ON sums.id = scope.id LEFT JOIN declared ON declared.id = scope.id
WHERE (scope.is_open OR sums.listed > 0) AND (CAST(:depth AS int) IS NULL OR scope.level <= CAST(:depth AS int))
"""


def parameters(day: date, top: str | None, depth: int | None = None) -> dict[str, Any]:
    """Fill the statement: the day, the path of the agency on top (None: all), the deepest level wanted."""
    return {
        "day": day,
        "end_of_day": start_of(day + timedelta(days=1)),
        "top": top,
        "depth": depth,
        "use_days": DEFAULTS["use_days"],
    }


def count(session: Session, day: date, top: str, depth: int | None = None) -> dict[int, Figures]:
    """Count now: the figures of the agency on top and of those below it down to a level, by agency id."""
    rows = session.execute(text(FIGURES), parameters(day, top, depth)).mappings()
    return {row["agency_id"]: figures_of(row) for row in rows}


def figures_of(row: Mapping[Any, Any]) -> Figures:
    """Take the figures out of a row that has them as columns."""
    return Figures(declared=row["declared"], **{name: row[name] for name in COUNTED})

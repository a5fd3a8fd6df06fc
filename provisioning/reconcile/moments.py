"""Entries that change because time passes: a day begins on which a post, a holding, an address or a domain starts
or ends, or an app password expires. Nobody marks these; they are found by when their entry was last made right.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from directory.base import system
from directory.desired.entries import TOMBSTONE
from directory.due import TABLES, mark

LOOK_BACK = timedelta(days=14)
"""How long a worker may have stood still without a moment being missed."""

_TURNS = """
    SELECT official_id, agency_id, kind, unnest(ARRAY[valid_from, valid_to]) AS day FROM appointments
     WHERE valid_from BETWEEN CAST(:since AS date) AND CAST(:now AS date) + 1
        OR valid_to BETWEEN CAST(:since AS date) AND CAST(:now AS date) + 1
"""
"""Posts of the days that are looked at, found by an index: every minute all posts would be too many."""
_DAYS = """
    SELECT 'account' AS subject, accounts.id, day FROM turns JOIN accounts USING (official_id) WHERE kind = 'primary'
    UNION ALL
    SELECT 'mailbox', mailbox_id, day FROM holdings, unnest(ARRAY[valid_from, valid_to]) AS day
    UNION ALL
    SELECT CASE mailboxes.kind WHEN 'role' THEN 'mailbox' ELSE 'account' END,
           CASE mailboxes.kind WHEN 'role' THEN mailboxes.id ELSE mailboxes.account_id END, valid_until + 1
      FROM addresses JOIN mailboxes ON mailboxes.id = mailbox_id
     WHERE addresses.kind IN ('alias', 'receive_only') AND valid_until IS NOT NULL
    UNION ALL
    SELECT 'mailing_list', mailing_list_id, valid_until + 1 FROM addresses
     WHERE kind IN ('alias', 'receive_only') AND valid_until IS NOT NULL AND mailing_list_id IS NOT NULL
    UNION ALL
    SELECT 'domain', id, receives_until + 1 FROM domains WHERE state = 'retiring'
    UNION ALL
    SELECT 'mailing_list', mailing_lists.id, day
      FROM turns
      JOIN agencies AS place ON place.id = turns.agency_id
      JOIN agencies AS own ON own.path @> place.path
      JOIN mailing_lists ON mailing_lists.agency_id = own.id AND (with_units OR own.id = place.id)
     WHERE rule <> 'hand' AND state = 'active'
    UNION ALL
    SELECT 'group', own.id, day
      FROM turns
      JOIN agencies AS place ON place.id = turns.agency_id
      JOIN agencies AS own ON own.path @> place.path
    UNION ALL
    SELECT subject, agencies.id, day
      FROM agencies, unnest(ARRAY[valid_from, valid_to]) AS day, unnest(ARRAY['agency', 'group']) AS subject
     WHERE valid_from >= CAST(:since AS date) OR valid_to >= CAST(:since AS date)
"""
_INSTANTS = """
    SELECT CASE mailboxes.kind WHEN 'role' THEN 'mailbox' ELSE 'account' END AS subject,
           CASE mailboxes.kind WHEN 'role' THEN mailboxes.id ELSE mailboxes.account_id END AS id,
           CASE WHEN revoked_at IS NULL THEN expires_at ELSE revoked_at + :tombstone END AS moment
      FROM app_passwords JOIN mailboxes ON mailboxes.id = mailbox_id
"""
_CHANGED = text(f"""
    WITH turns AS MATERIALIZED ({_TURNS})
    SELECT DISTINCT moments.subject, moments.id
      FROM (SELECT subject, id, day::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' AS moment FROM ({_DAYS}) AS days
             WHERE day BETWEEN CAST(:since AS date) AND CAST(:now AS date) + 1
            UNION ALL {_INSTANTS}) AS moments
      JOIN entry_status ON entry_status.subject = moments.subject AND entry_status.subject_id = moments.id
     WHERE moment > :since AND moment <= :now AND entry_status.at < moment
""")  # noqa: S608 - constants


def mark_what_time_changed(session: Session, now: datetime) -> None:
    """Mark due the subjects whose entries were last made right before a moment that has changed them."""
    rows = session.execute(_CHANGED, {"now": now, "since": now - LOOK_BACK, "tombstone": TOMBSTONE}).all()
    for subject in TABLES:
        ids = [subject_id for each, subject_id in rows if each == subject]
        mark(session, system(now, "calendar"), subject, ids)

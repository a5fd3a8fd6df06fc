"""Audit: who did what to whom, written in the transaction of the change and signed row by row."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.base import Actor, Base, Numbered, insert_all
from directory.keys import Keys, keys_of

_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class AuditEvent(Numbered, Base):
    """One event. The table takes inserts only: a trigger refuses the rest."""

    __tablename__ = "audit_events"

    at: Mapped[datetime]
    actor_account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    source: Mapped[str]
    session_id: Mapped[int | None]
    request_id: Mapped[str | None]
    action: Mapped[str]
    """`subject.verb`, such as `official.appointed`, `account.suspended`, `password.reset`."""
    subject: Mapped[str]
    """`official:<public id>`, `account:<number>`, `mailbox:<public id>`, `agency:<public id>`, `domain:<name>`, …"""
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    """The agency concerned at that time: who may read the event is decided by it."""
    detail: Mapped[dict[str, Any]]
    """Old and new values; never a secret, never a sealed personal field."""
    mac: Mapped[bytes]

    __table_args__ = (
        Index("audit_events_agency_id_idx", "agency_id", "id"),
        Index("audit_events_subject_idx", "subject", "id"),
        Index("audit_events_action_idx", "action", "id"),
        Index("audit_events_actor_idx", "actor_account_id", "id"),
    )


def record(
    session: Session, actor: Actor, action: str, subject: str, agency_id: int | None = None, **detail: object
) -> None:
    """Write one event in the transaction of the change it tells of."""
    session.add(AuditEvent(**_signed(keys_of(session), actor, action, (subject, agency_id, detail))))


def record_all(
    session: Session, actor: Actor, action: str, told: Iterable[tuple[str, int | None, Mapping[str, object]]]
) -> None:
    """Write an event for each of many subjects, `(subject, agency id, detail)`."""
    keys = keys_of(session)
    session.execute(insert_all(AuditEvent, [_signed(keys, actor, action, each) for each in told]))


def _signed(
    keys: Keys, actor: Actor, action: str, told: tuple[str, int | None, Mapping[str, object]]
) -> dict[str, Any]:
    """Give the columns of one event with their signature."""
    subject, agency_id, detail = told
    columns: dict[str, Any] = {
        "at": actor.now,
        "actor_account_id": actor.account_id,
        "source": actor.source,
        "session_id": actor.session_id,
        "request_id": actor.request_id,
        "action": action,
        "subject": subject,
        "agency_id": agency_id,
        "detail": dict(detail),
    }
    return {**columns, "mac": signature(keys, columns)}


def signature(keys: Keys, columns: Mapping[str, Any]) -> bytes:
    """Give the HMAC-SHA256 of the canonical JSON of an event's columns: a changed row no longer matches."""
    content = {**columns, "at": columns["at"].timestamp()}
    return hmac.digest(keys.audit, _canonical(content).encode(), "sha256")

"""Notices: what the directory has to tell a person; a worker sends them after the commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.base import Actor, Base, Numbered, insert_all


class Notice(Numbered, Base):
    """One message that waits to be sent, or was. `message` names the template folder mail/<message>/."""

    __tablename__ = "notices"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("recovery_contacts.id", ondelete="SET NULL"))
    """A recovery contact of the account to which it goes in place of the mailbox; what it says is sealed there."""
    message: Mapped[str]
    fields: Mapped[dict[str, Any]]
    """What the template shows; never a secret."""
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    failure: Mapped[str | None]
    not_before: Mapped[datetime | None]
    """When a worker may take it: after another's time to hand it in, or after a wait."""

    __table_args__ = (
        Index("notices_waiting_idx", "id", postgresql_where=text("sent_at IS NULL")),
        Index("notices_first_idx", "id", postgresql_where=text("sent_at IS NULL AND message <> 'welcome'")),
    )


def notify(session: Session, actor: Actor, account_id: int, message: str, **fields: object) -> None:
    """Queue a notice to the account's mailbox; it leaves with the transaction."""
    session.add(Notice(account_id=account_id, message=message, fields=fields, queued_at=actor.now))
    session.info["notices"] = True


def notify_all(session: Session, actor: Actor, account_ids: Sequence[int], message: str, **fields: object) -> None:
    """Queue the same notice to many mailboxes."""
    if not account_ids:
        return
    rows = [{"account_id": each, "message": message, "fields": fields, "queued_at": actor.now} for each in account_ids]
    session.execute(insert_all(Notice, rows))
    session.info["notices"] = True

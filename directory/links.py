"""Links: entries that stood in a target before this directory, and whose accounts they are from now on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from directory.base import Base, Numbered, public_id
from directory.targets import DEFAULT

CONFIDENCES = ("certain", "likely", "unsure")
STATES = ("proposed", "confirmed", "refused")
OURS_IF_TAKEN = ("cn", "displayName", "sn", "givenName", "mail", "telephoneNumber")
"""What others wrote into an entry stays theirs, unless whoever confirms the link takes these for the directory."""


class Link(Numbered, Base):
    """An entry that may be, or is, the entry of an account. Confirmed, an entry has one account and it has one entry.

    Which entry and which account never changes: a trigger refuses it, because names of entries are for ever.
    """

    __tablename__ = "links"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    target: Mapped[str] = mapped_column(default=DEFAULT, server_default=DEFAULT)
    path: Mapped[str]
    """The entry's DN below the target's base, as the server spells it."""
    name: Mapped[list[Any]] = mapped_column(JSONB)
    """The same in its parts: `[["cn", "An"], ["ou", "Users"]]`."""
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    confidence: Mapped[str]
    reasons: Mapped[list[Any]] = mapped_column(JSONB)
    """What speaks for it and against it: words of `linking.evidence`, never a value of a person."""
    shown: Mapped[dict[str, Any]]
    """The name, the address and the agency that the entry tells, for the eyes of who reviews."""
    csn: Mapped[str]
    """The version that was seen when it was proposed last."""
    confirmed_csn: Mapped[str | None]
    """The version that was confirmed: no other one is adopted."""
    taken: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """Attributes of others that the directory has taken over."""
    state: Mapped[str] = mapped_column(default="proposed", server_default="proposed")
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("target", "path", "account_id", name="links_once"),
        CheckConstraint(f"confidence IN {CONFIDENCES}", name="confidence"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'confirmed') = (confirmed_csn IS NOT NULL)", name="confirmed"),
        CheckConstraint(f"taken <@ ARRAY{list(OURS_IF_TAKEN)}", name="taken"),
        Index("links_one_account_idx", "target", "path", unique=True, postgresql_where=text("state = 'confirmed'")),
        Index("links_one_entry_idx", "account_id", unique=True, postgresql_where=text("state = 'confirmed'")),
    )

"""Addresses: one owner at a time, never two; a freed one is quarantined, never handed on at once."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from directory.base import Base, Numbered
from directory.domains import Domain
from directory.errors import BadValue
from directory.mailboxes import Mailbox

KINDS = ("primary", "alias", "receive_only", "quarantined", "reserved")
_HOST = re.compile(r"^[a-z0-9.-]+$")
LOCAL = re.compile(r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?\Z")
LOCAL_LIMIT = 64
_DOMAIN = re.compile(r"^([a-z0-9-]+\.)+[a-z]+$")


class Address(Numbered, Base):
    """`local@domain` in lower-case ASCII. The row stays for ever: it is the memory of who had the address."""

    __tablename__ = "addresses"

    local: Mapped[str]
    domain_id: Mapped[int]
    domain_name: Mapped[str]
    address: Mapped[str] = mapped_column(Computed("local || '@' || domain_name", persisted=True), unique=True)
    kind: Mapped[str]
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailboxes.id"), index=True)
    """The owner; of a quarantined address, the last owner. A reserved address has none."""
    mailing_list_id: Mapped[int | None] = mapped_column(ForeignKey("mailing_lists.id"))
    """The owner, if it is a mailing list."""
    valid_until: Mapped[date | None]
    """Alias, receive-only: the last day on which it receives. Quarantined: the last on which nobody else has it."""
    kind_before: Mapped[str | None]
    """What a quarantined address was to somebody who left, and is again if they come back."""

    mailbox: Mapped[Mailbox | None] = relationship()
    domain: Mapped[Domain] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(("domain_id", "domain_name"), ("domains.id", "domains.name"), onupdate="CASCADE"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(r"local ~ '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$' AND length(local) <= 64", name="local"),
        CheckConstraint(
            "num_nonnulls(mailbox_id, mailing_list_id) = CASE kind WHEN 'reserved' THEN 0 ELSE 1 END", name="owner"
        ),
        CheckConstraint(
            "kind_before IS NULL OR kind = 'quarantined' AND kind_before IN ('primary', 'alias', 'receive_only')",
            name="kind_before",
        ),
        CheckConstraint(
            "kind IN ('alias', 'receive_only') OR (kind = 'quarantined') = (valid_until IS NOT NULL)", name="until"
        ),
        Index("addresses_one_primary_idx", "mailbox_id", unique=True, postgresql_where=text("kind = 'primary'")),
        Index(
            "addresses_mailing_list_id_idx",
            "mailing_list_id",
            postgresql_where=text("mailing_list_id IS NOT NULL"),
        ),
        Index(
            "addresses_one_primary_of_a_list_idx",
            "mailing_list_id",
            unique=True,
            postgresql_where=text("kind = 'primary' AND mailing_list_id IS NOT NULL"),
        ),
        Index("addresses_domain_id_idx", "domain_id", "local"),
        Index(
            "addresses_ending_idx",
            "valid_until",
            postgresql_where=text("kind IN ('alias', 'receive_only') AND valid_until IS NOT NULL"),
        ),
    )


def normal_address(text: str) -> str:
    """Give the one spelling of an address (trimmed, lower case); anything but plain ASCII is refused, never mapped."""
    address = text.strip().lower() if text.isascii() else ""
    local, _, domain = address.partition("@")
    if not LOCAL.match(local) or len(local) > LOCAL_LIMIT or ".." in local or not _DOMAIN.match(domain):
        raise BadValue(field="address", reason="not an address such as annv@tinh.gov.vn")
    return address


def owner_of(session: Session, address: str) -> Mailbox | None:
    """Give the mailbox that an address is delivered to now, if any; the spelling must be the normal one."""
    return session.scalar(
        select(Mailbox)
        .join(Address, Address.mailbox_id == Mailbox.id)
        .where(Address.address == address, Address.kind.in_(("primary", "alias", "receive_only")))
    )


def primary_of(session: Session, mailbox_id: int) -> str | None:
    """Give the primary address of a mailbox."""
    return session.scalar(select(Address.address).where(Address.mailbox_id == mailbox_id, Address.kind == "primary"))

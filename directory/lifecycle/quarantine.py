"""Addresses that nobody has any more: kept from everybody else until a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from directory.addresses import Address
from directory.base import dated

HELD = ("primary", "alias", "receive_only")
"""The kinds of address that a mailbox has."""


def quarantine(session: Session, until: Mapping[int, date]) -> None:
    """Put all addresses of mailboxes, by mailbox id, into quarantine until a day each; what they were stays known."""
    if not until:
        return
    given = dated(until)
    session.execute(
        update(Address)
        .where(Address.mailbox_id == given.c.id, Address.kind.in_(HELD))
        .values(kind="quarantined", kind_before=Address.kind, valid_until=given.c.day)
        .execution_options(synchronize_session="fetch")
    )


def quarantine_ended(session: Session, until: Mapping[int, date]) -> None:
    """Put single addresses, by id, that have received until their day into quarantine until a day each."""
    if not until:
        return
    given = dated(until)
    session.execute(
        update(Address)
        .where(Address.id == given.c.id, Address.kind.in_(("alias", "receive_only")))
        .values(kind="quarantined", kind_before=None, valid_until=given.c.day)
        .execution_options(synchronize_session="fetch")
    )

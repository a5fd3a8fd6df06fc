"""Personal data as pages show it: enough to tell whether it is the right one, too little to use."""

from __future__ import annotations

from sqlalchemy.orm import Session

from directory.base import Actor
from directory.grants import Action, can
from directory.officials import SEALED, official_by_public_id, open_field
from directory.people.record import Record

_HIDDEN = "•"


def masked_of(session: Session, actor: Actor, record: Record) -> dict[str, str]:
    """Give what is known of an official's personal data, masked, to those who might reveal it; to others nothing."""
    if not can(session, actor, Action.REVEAL, record.agency_id):
        return {}
    official = official_by_public_id(session, record.public_id)
    values = ((field, open_field(session, official, field)) for field in SEALED)
    return {field: masked(field, value) for field, value in values if value}


def masked(field: str, value: str) -> str:
    """Mask a value: an ID number keeps 4 and 2 digits, a phone 3 and 2, a birth date its year, a mail its domain."""
    if field == "birth_date":
        return f"{_HIDDEN * 2}/{_HIDDEN * 2}/{value[:4]}"
    if field == "personal_mail":
        local, _, domain = value.partition("@")
        return f"{local[:1]}{_HIDDEN * 5}@{domain}"
    ahead = 4 if field == "personal_id" else 3
    return value[:ahead] + _HIDDEN * max(0, len(value) - ahead - 2) + value[-2:]

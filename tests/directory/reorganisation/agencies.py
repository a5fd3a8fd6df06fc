"""Agencies beside those of the house, and what tests ask of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.base import Actor
from directory.lifecycle import Founding, found_agency
from tests.book import LONG_AGO, House

MERGER = date(2026, 11, 1)


def found(session: Session, actor: Actor, house: House, name: str, code: str) -> Agency:
    """Found a department beside the one of the house."""
    wish = Founding("department", name, parent_id=house.province.id, code=code, valid_from=LONG_AGO)
    (agency,) = found_agency(session, actor, [wish])
    return agency


def posts(session: Session, account: Account) -> list[tuple[int, date, date | None]]:
    """Give the posts of somebody: where, from, to."""
    rows = select(Appointment.agency_id, Appointment.valid_from, Appointment.valid_to)
    found = session.execute(rows.where(Appointment.official_id == account.official_id).order_by(Appointment.valid_from))
    return [(agency_id, since, until) for agency_id, since, until in found]


def on(actor: Actor, days: int) -> Actor:
    """Give the worker as actor some days later."""
    return replace(actor, now=actor.now + timedelta(days=days), is_system=True, account_id=None)
